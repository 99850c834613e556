import { parseArgs } from 'node:util';
import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import { nameSyntax } from '../definition/names.ts';
import { defaultDays, defaultTier, everyTier, type Tier } from './archive-restore-tiers.ts';

/** Ids of what was shown are remembered, 8 bytes each. */
const mostLimit = 1_000_000;
/** Of a copy, in days. */
const mostDays = 365;
const dayMs = 24 * 60 * 60 * 1000;

export const usage = `npm run archive -- query [options]
  Shows what the archive has of a range of time, each event once: its earliest record in that range.
  --source NAME      of this source; can be given several times; every source that the archive has if not given
  --from TIME        received then or later; a day before --to if not given
  --to TIME          received before; now if not given
  --type PATTERN     of this event type; * stands for any run of characters
  --tenant NAME      of this tenant
  --id EVENT         the event with this id
  --limit NUMBER     at most so many, the earliest (1000)
  --json             one JSON object a line: the record as it is archived, with copies and object
  --body             of the event of --id its body, byte for byte, and nothing else

npm run archive -- restore --from TIME --to TIME [options]
  Has S3 restore copies of what is in Glacier of a range of time: of its hours the objects with records, of its days the
  bodies that are objects of their own. Without --go it says how far that is and what it costs, and asks for nothing.
  --source NAME      of this source; can be given several times; every source that the archive has if not given
  --tier NAME        bulk       takes 5 to 12 hours, and costs nothing but the copies (${defaultTier})
                     standard   takes 3 to 5 hours
                     expedited  takes minutes, where S3 has capacity for it; not for what is in Deep Archive
                     out of Deep Archive bulk takes up to 48 hours, standard up to 12, and both cost something
  --days NUMBER      how long the copies are kept, at most ${mostDays} (${defaultDays})
  --go               ask for them; what is ready or under way is not asked for again
  Exit codes: 0 everything of the range can be read, 1 trouble (the same command goes on), 2 not understood,
  3 something is in Glacier still, asked for or not: run it again.

  Of both:
  --bucket NAME      the bucket; what BUCKET says if not given
  --local            at the runtime on this machine, not at AWS
  --aws-port NUMBER  of its AWS endpoint (4566)
  --help             print this
  TIME is RFC 3339 (2026-11-21T12:00:00Z), or a date, which means its first moment in UTC.`;

/** What an operator asks of the archive. */
export interface ArchiveQuery {
  readonly command: 'query';
  /** Empty for every source that the archive has. */
  readonly sources: readonly string[];
  /** Milliseconds since 1970, inclusive. */
  readonly from: number;
  /** Milliseconds since 1970, exclusive. */
  readonly to: number;
  /** A pattern as subscriptions have it. */
  readonly type: string | undefined;
  readonly tenant: string | undefined;
  readonly id: string | undefined;
  readonly limit: number;
  readonly json: boolean;
  /** Only with an id. */
  readonly body: boolean;
  readonly bucket: string;
  /** The AWS endpoint of this machine; `undefined` where AWS itself is meant. */
  readonly endpoint: string | undefined;
}

/** What an operator wants out of Glacier. */
export interface ArchiveRestore extends Pick<ArchiveQuery, 'sources' | 'from' | 'to' | 'bucket' | 'endpoint'> {
  readonly command: 'restore';
  readonly tier: Tier;
  /** How long copies are kept. */
  readonly days: number;
  readonly go: boolean;
}

export type ArchiveOptions = { readonly command: 'help' } | ArchiveQuery | ArchiveRestore;

const commands = ['query', 'restore'] as const;
/** Options of one command alone, and why the other has none. */
const ownOptions = {
  query: { names: ['type', 'tenant', 'id', 'limit', 'json', 'body'], otherwise: 'restore: objects are restored whole' },
  restore: { names: ['tier', 'days', 'go'], otherwise: 'query, which only reads' },
} as const;

/**
 * Reads the command line of `npm run archive`.
 *
 * @param now milliseconds since 1970
 * @throws ConfigurationError naming everything that is wrong with it
 */
export function archiveOptions(
  args: readonly string[],
  now: number,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ArchiveOptions {
  const { values, positionals, tokens } = parsed(args);
  if (values.help) return { command: 'help' };
  const problems: string[] = [];
  const command = commands.find((each) => positionals.join(' ') === each);
  if (!command) {
    problems.push(`the command must be query or restore and nothing more, got ${positionals.join(' ') || 'nothing'}`);
  }
  const given = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  for (const name of new Set(given)) {
    const times = given.filter((each) => each === name).length;
    if (name !== 'source' && times > 1) problems.push(`--${name} must be given once, got it ${times} times`);
  }
  for (const each of commands) {
    const { names, otherwise } = ownOptions[each];
    for (const name of command && command !== each ? names : []) {
      if (given.includes(name)) problems.push(`--${name} must come with ${each}, got it with ${otherwise}`);
    }
  }
  const sources = [...new Set(values.source)];
  for (const source of sources) {
    if (!nameSyntax.pattern.test(source)) {
      problems.push(`--source must be ${nameSyntax.expected}, got ${source || 'nothing'}`);
    }
  }
  const text = (name: 'type' | 'tenant' | 'id', what: string): string | undefined => {
    if (values[name] === '') problems.push(`--${name} must be ${what}, got nothing`);
    return values[name];
  };
  const whole = (name: 'limit' | 'days' | 'aws-port', most: number): number => {
    const number = Number(values[name]);
    if (!/^\d{1,7}$/.test(values[name]) || number < 1 || number > most) {
      problems.push(`--${name} must be a whole number from 1 to ${most}, got ${values[name] || 'nothing'}`);
    }
    return number;
  };
  const time = (name: 'from' | 'to', otherwise: number): number => {
    const value = values[name];
    // What costs something says itself how much of it.
    if (value === undefined && command !== 'restore') return otherwise;
    const at = timeIn(value ?? '');
    if (at !== undefined) return at;
    const expected = 'RFC 3339 such as 2026-11-21T12:00:00Z, or a date such as 2026-11-21';
    problems.push(`--${name} must be ${expected}, got ${value || 'nothing'}`);
    return Number.NaN;
  };
  const to = time('to', now);
  const from = time('from', to - dayMs);
  if (from >= to) problems.push(`--from must be before --to, got ${instant(from)} and ${instant(to)}`);
  const bucket = values.bucket ?? env.BUCKET ?? '';
  if (bucket === '') problems.push("--bucket or BUCKET must be the archive's bucket, got nothing");
  if (values.body && values.id === undefined) problems.push('--body must come with --id, got none');
  if (values.body && values.json) problems.push('--body must come without --json, got both');
  const port = whole('aws-port', 65_535);
  const tier = everyTier.find((each) => each === values.tier);
  if (!tier) problems.push(`--tier must be one of ${everyTier.join(', ')}, got ${values.tier || 'nothing'}`);
  const days = whole('days', mostDays);
  const endpoint = values.local ? `http://127.0.0.1:${port}` : undefined;
  const query: ArchiveQuery = {
    command: 'query',
    sources,
    from,
    to,
    type: text('type', 'an event type or a pattern'),
    tenant: text('tenant', 'a tenant'),
    id: text('id', "an event's id"),
    limit: whole('limit', mostLimit),
    json: values.json,
    body: values.body,
    bucket,
    endpoint,
  };
  if (problems.length > 0) throw new ConfigurationError([...problems, '`npm run archive -- --help` says more']);
  if (command !== 'restore') return query;
  return { command, sources, from, to, tier: tier ?? defaultTier, days, go: values.go, bucket, endpoint };
}

/** Milliseconds since 1970 of a time in RFC 3339 or of a date's first moment in UTC; `undefined` where a text is neither. */
export function timeIn(text: string): number | undefined {
  const form =
    /^(\d{4}-\d\d-\d\d)(?:T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))?$/i;
  const [, date] = form.exec(text) ?? [];
  const at = Date.parse(text.toUpperCase());
  // Whoever reads the 30th of February as a day of March asks for another range than was meant.
  const day = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(at) || Number.isNaN(day)) return undefined;
  return new Date(day).toISOString().startsWith(`${date}T`) ? at : undefined;
}

function instant(at: number): string {
  return new Date(at).toISOString();
}

/** An event's id may begin with a hyphen, and is no option then. */
function joined(args: readonly string[]): string[] {
  const first = args.findIndex((arg, at) => arg === '--id' && /^-[\w-]{42}$/.test(args[at + 1] ?? ''));
  if (first < 0) return [...args];
  return [...args.slice(0, first), `--id=${args[first + 1]}`, ...joined(args.slice(first + 2))];
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: joined(args),
      allowPositionals: true,
      tokens: true,
      options: {
        source: { type: 'string', multiple: true, default: [] },
        from: { type: 'string' },
        to: { type: 'string' },
        type: { type: 'string' },
        tenant: { type: 'string' },
        id: { type: 'string' },
        limit: { type: 'string', default: '1000' },
        json: { type: 'boolean', default: false },
        body: { type: 'boolean', default: false },
        tier: { type: 'string', default: defaultTier },
        days: { type: 'string', default: `${defaultDays}` },
        go: { type: 'boolean', default: false },
        bucket: { type: 'string' },
        local: { type: 'boolean', default: false },
        'aws-port': { type: 'string', default: '4566' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    // What follows the first sentence is about how to quote.
    const [sentence] = messageOf(cause).split(/\.(?: |$)|\n/);
    throw new ConfigurationError([`${sentence}; \`npm run archive -- --help\` lists the options`], { cause });
  }
}
