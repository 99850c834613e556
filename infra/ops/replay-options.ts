import { parseArgs } from 'node:util';
import { ledgerDays } from '../../functions/core/definition.ts';
import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import { nameSyntax } from '../definition/names.ts';
import { timeIn } from './archive-options.ts';
import { type PlaceOptions, placeFlags, placesAmong, placeUsage } from './place-options.ts';

/** Which of the archived events are sent again. */
export type Only = 'missing' | 'failed' | 'dead' | 'all';

const dayMs = 24 * 60 * 60 * 1000;
const everyOnly: readonly Only[] = ['missing', 'failed', 'dead', 'all'];
/** A queue takes more; a slip of the finger should not. */
const mostRate = 3_000;

export const usage = `npm run replay -- --from TIME --to TIME --only WHICH [options]
  Sends archived events to their consumers again. Without --go it counts them, and sends nothing.
  --from TIME        received then or later
  --to TIME          received before
  --only WHICH       missing  what the ledger has no record of
                     failed   what failed and waits for its next attempt
                     dead     what was dead-lettered: with fresh attempts, as a redrive gives them
                     all      everything once more, as a run of its own: handlers see context.run
                     missing, failed and dead reach back ${ledgerDays} days, as the ledger does; what is queued, deferred or
                     done never runs twice by them
  --source NAME      of this source; can be given several times; every source if not given
  --type PATTERN     of this event type; * stands for any run of characters; an event with things of several types
                     is of the type mixed, and goes to whoever subscribes to one of them
  --tenant NAME      of this tenant
  --consumer NAME    to this consumer; can be given several times; every one that subscribes if not given
  --rate NUMBER      at most so many messages a second (50)
  --run NUMBER       of all, the run; the second in which the replay began if not given
  --go               send them
  --progress FILE    where a replay that was stopped goes on: the same command with the same file sends the rest
                     (replay-….ndjson in this directory, named after the options)
${placeUsage}
  --help             print this
  TIME is RFC 3339 (2026-11-21T12:00:00Z), or a date, which means its first moment in UTC.
  Signatures are not archived: what is replayed relies on the verification that was recorded when it was received.
  Exit codes: 0 done, 1 trouble (the same command goes on), 2 not understood, 130 stopped (the same command goes on).`;

/** What an operator wants sent again. */
export interface ReplayOptions extends PlaceOptions {
  readonly command: 'replay';
  /** Milliseconds since 1970, inclusive. */
  readonly from: number;
  /** Milliseconds since 1970, exclusive. */
  readonly to: number;
  readonly only: Only;
  /** Empty for every source that a consumer subscribes to. */
  readonly sources: readonly string[];
  /** A pattern as subscriptions have it. */
  readonly type: string | undefined;
  readonly tenant: string | undefined;
  /** Empty for all. */
  readonly consumers: readonly string[];
  /** Messages a second. */
  readonly rate: number;
  /** Only with `all`. */
  readonly run: number | undefined;
  readonly go: boolean;
  /** Path of the progress file. */
  readonly progress: string | undefined;
}

/**
 * Reads the command line of `npm run replay`.
 *
 * @param now milliseconds since 1970
 * @throws ConfigurationError naming everything that is wrong with it
 */
export function replayOptions(
  args: readonly string[],
  now: number,
  env: Readonly<Record<string, string | undefined>> = process.env,
): { readonly command: 'help' } | ReplayOptions {
  const { values, positionals, tokens } = parsed(args);
  if (values.help) return { command: 'help' };
  const problems: string[] = [];
  if (positionals.length > 0) problems.push(`there must be nothing beside the options, got ${positionals.join(' ')}`);
  const given = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
  for (const name of new Set(given)) {
    const times = given.filter((each) => each === name).length;
    const several = name === 'source' || name === 'consumer';
    if (!several && times > 1) problems.push(`--${name} must be given once, got it ${times} times`);
  }
  const names = (name: 'source' | 'consumer'): readonly string[] => {
    const distinct = [...new Set(values[name])];
    for (const each of distinct) {
      if (!nameSyntax.pattern.test(each)) {
        problems.push(`--${name} must be ${nameSyntax.expected}, got ${each || 'nothing'}`);
      }
    }
    return distinct;
  };
  const text = (name: 'type' | 'tenant' | 'progress', what: string): string | undefined => {
    if (values[name] === '') problems.push(`--${name} must be ${what}, got nothing`);
    return values[name];
  };
  const whole = (name: 'run', most: number): number | undefined => {
    const value = values[name];
    if (value === undefined) return undefined;
    if (/^\d{1,16}$/.test(value) && Number(value) >= 1 && Number(value) <= most) return Number(value);
    problems.push(`--${name} must be a whole number from 1 to ${most}, got ${value || 'nothing'}`);
    return undefined;
  };
  const time = (name: 'from' | 'to'): number => {
    const value = values[name] ?? '';
    const at = timeIn(value);
    if (at !== undefined) return at;
    const expected = 'RFC 3339 such as 2026-11-21T12:00:00Z, or a date such as 2026-11-21';
    problems.push(`--${name} must be ${expected}, got ${value || 'nothing'}`);
    return Number.NaN;
  };
  const [from, to] = [time('from'), time('to')];
  if (from >= to) problems.push(`--from must be before --to, got ${instant(from)} and ${instant(to)}`);
  const only = everyOnly.find((each) => each === values.only);
  if (!only) problems.push(`--only must be one of ${everyOnly.join(', ')}, got ${values.only || 'nothing'}`);
  if (only && only !== 'all') problems.push(...horizonProblems(only, from, now));
  const run = whole('run', Number.MAX_SAFE_INTEGER);
  if (run !== undefined && only && only !== 'all') {
    problems.push(`--run must come with --only all, got it with ${only}, which belongs to the original processing`);
  }
  const rate = Number(values.rate);
  if (!/^\d{1,5}(?:\.\d{1,3})?$/.test(values.rate) || rate < 0.1 || rate > mostRate) {
    problems.push(`--rate must be a number from 0.1 to ${mostRate}, got ${values.rate || 'nothing'}`);
  }
  const options: ReplayOptions = {
    command: 'replay',
    from,
    to,
    only: only ?? 'missing',
    sources: names('source'),
    type: text('type', 'an event type or a pattern'),
    tenant: text('tenant', 'a name'),
    consumers: names('consumer'),
    rate,
    run,
    go: values.go,
    progress: text('progress', 'a path'),
    ...placesAmong(values, { withLedger: only !== 'all', env }, problems),
  };
  if (problems.length > 0) throw new ConfigurationError([...problems, '`npm run replay -- --help` says more']);
  return options;
}

/** What is older the ledger may have forgotten: nobody could tell what would run twice. */
function horizonProblems(only: Only, from: number, now: number): string[] {
  const horizon = now - ledgerDays * dayMs;
  if (!(from < horizon)) return [];
  const expected = `${instant(horizon)} or later with --only ${only}: the ledger remembers ${ledgerDays} days`;
  return [`--from must be ${expected}, got ${instant(from)}`];
}

function instant(at: number): string {
  return new Date(at).toISOString();
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      tokens: true,
      options: {
        from: { type: 'string' },
        to: { type: 'string' },
        only: { type: 'string' },
        source: { type: 'string', multiple: true, default: [] },
        type: { type: 'string' },
        tenant: { type: 'string' },
        consumer: { type: 'string', multiple: true, default: [] },
        rate: { type: 'string', default: '50' },
        run: { type: 'string' },
        go: { type: 'boolean', default: false },
        progress: { type: 'string' },
        ...placeFlags,
        help: { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    // What follows the first sentence is about how to quote.
    const [sentence] = messageOf(cause).split(/\.(?: |$)|\n/);
    throw new ConfigurationError([`${sentence}; \`npm run replay -- --help\` lists the options`], { cause });
  }
}
