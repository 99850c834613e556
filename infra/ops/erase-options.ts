import { parseArgs } from 'node:util';
import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import { nameSyntax } from '../definition/names.ts';
import { timeIn } from './archive-options.ts';
import type { Selection } from './erase-selection.ts';
import { type PlaceOptions, placeFlags, placesAmong, placeUsage } from './place-options.ts';

export const usage = `npm run erase -- --tenant NAME | --id EVENT | --subject VALUE | --mention TEXT [options]
  Removes events for good: from the archive with every version of its objects, their bodies, the spool, the ledger and
  the dead-letter queues. What of them waits in a queue ends there when it is met, without its handler.
  Without --go it counts them, and removes nothing.
  --tenant NAME      of this tenant
  --id EVENT         the event with this id; can be given several times
  --subject VALUE    whose body, or a header, has this value somewhere as a whole: an e-mail address, a customer's id
  --mention TEXT     whose body, or a header, has this text somewhere, within others too
                     Of several of these, all must fit.
  --source NAME      of this source; can be given several times; every source if not given
  --from TIME        received then or later; as long as anything can be there if not given
  --to TIME          received before; up to the last one if not given
  --go               remove them
  --plan FILE        what is to be removed is written there first, so that the same command can go on
                     (erase-….ndjson in this directory, named after the options)
${placeUsage}
  --help             print this
  TIME is RFC 3339 (2026-11-21T12:00:00Z), or a date, which means its first moment in UTC.
  Exit codes: 0 done, 1 trouble (the same command goes on), 2 not understood.`;

/** What an operator wants removed. */
export interface EraseOptions extends Selection, PlaceOptions {
  readonly command: 'erase';
  readonly go: boolean;
  /** Path of the plan. */
  readonly plan: string | undefined;
}

/**
 * Reads the command line of `npm run erase`.
 *
 * @param now milliseconds since 1970
 * @throws ConfigurationError naming everything that is wrong with it
 */
export function eraseOptions(
  args: readonly string[],
  now: number,
  env: Readonly<Record<string, string | undefined>> = process.env,
): { readonly command: 'help' } | EraseOptions {
  const { values, tokens } = parsed(args);
  if (values.help) return { command: 'help' };
  const problems: string[] = [];
  const given = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  for (const name of new Set(given)) {
    const times = given.filter((each) => each === name).length;
    if (name !== 'source' && name !== 'id' && times > 1) {
      problems.push(`--${name} must be given once, got it ${times} times`);
    }
  }
  const filled = (name: 'tenant' | 'subject' | 'mention' | 'plan', what: string): string | undefined => {
    if (values[name] === '') problems.push(`--${name} must be ${what}, got nothing`);
    return values[name];
  };
  const tenant = filled('tenant', 'a tenant');
  const subject = filled('subject', 'a value');
  const mention = filled('mention', 'a text');
  const ids = [...new Set(values.id)];
  for (const id of ids) {
    // Whoever erases by half an id would be told that there is nothing.
    if (!/^[\w-]{43}$/.test(id)) problems.push(`--id must be an event's id of 43 characters, got ${id || 'nothing'}`);
  }
  if (tenant === undefined && subject === undefined && mention === undefined && ids.length === 0) {
    problems.push('--tenant, --id, --subject or --mention must say whose events are to go, got none of them');
  }
  for (const source of values.source) {
    if (nameSyntax.pattern.test(source)) continue;
    problems.push(`--source must be ${nameSyntax.expected}, got ${source || 'nothing'}`);
  }
  const time = (name: 'from' | 'to', otherwise: number): number => {
    const value = values[name];
    if (value === undefined) return otherwise;
    const at = timeIn(value);
    if (at !== undefined) return at;
    const expected = 'RFC 3339 such as 2026-11-21T12:00:00Z, or a date such as 2026-11-21';
    problems.push(`--${name} must be ${expected}, got ${value || 'nothing'}`);
    return Number.NaN;
  };
  const from = time('from', 0);
  const to = time('to', Number.POSITIVE_INFINITY);
  if (from >= Math.min(to, now)) {
    problems.push(`--from must be before --to and in the past, got ${instant(from)}`);
  }
  const places = placesAmong(values, { withLedger: true, env }, problems);
  const plan = filled('plan', 'a file');
  if (problems.length > 0) throw new ConfigurationError([...problems, '`npm run erase -- --help` says more']);
  return {
    command: 'erase',
    sources: [...new Set(values.source)].sort(),
    from,
    to,
    tenant,
    ids: ids.sort(),
    subject,
    mention,
    go: values.go,
    plan,
    ...places,
  };
}

function instant(at: number): string {
  return new Date(at).toISOString();
}

/** An event's id may begin with a hyphen, and is no option then. */
function joined(args: readonly string[]): string[] {
  return args.flatMap((arg, at) => {
    if (arg === '--id' && /^-[\w-]{42}$/.test(args[at + 1] ?? '')) return [`--id=${args[at + 1]}`];
    return args[at - 1] === '--id' && /^-[\w-]{42}$/.test(arg) ? [] : [arg];
  });
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: joined(args),
      tokens: true,
      options: {
        tenant: { type: 'string' },
        id: { type: 'string', multiple: true, default: [] },
        subject: { type: 'string' },
        mention: { type: 'string' },
        source: { type: 'string', multiple: true, default: [] },
        from: { type: 'string' },
        to: { type: 'string' },
        go: { type: 'boolean', default: false },
        plan: { type: 'string' },
        ...placeFlags,
        help: { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    // What follows the first sentence is about how to quote.
    const [sentence] = messageOf(cause).split(/\.(?: |$)|\n/);
    throw new ConfigurationError([`${sentence}; \`npm run erase -- --help\` lists the options`], { cause });
  }
}
