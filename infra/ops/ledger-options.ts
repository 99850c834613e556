import { parseArgs } from 'node:util';
import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import { placeOf } from './unfinished.ts';

export const usage = `npm run ledger -- event ID [options]
npm run ledger -- failed CONSUMER [options]
  event ID         what became of an event, for each consumer
  failed CONSUMER  what failed or died and is not done with, newest first
  --table NAME     the ledger's table; what LEDGER_TABLE says if not given
  --limit NUMBER   of what failed, at most so many (50)
  --before PLACE   of what failed, only what comes after this place in the list, or failed before this date
  --json           one JSON object a line, with everything that is known
  --help           print this`;

/** What an operator asks of the ledger. */
export type LedgerOptions =
  | { readonly command: 'help' }
  | { readonly command: 'event'; readonly table: string; readonly json: boolean; readonly eventId: string }
  | {
      readonly command: 'failed';
      readonly table: string;
      readonly json: boolean;
      readonly consumer: string;
      readonly limit: number;
      readonly before: string | undefined;
    };

/**
 * Reads the command line of `npm run ledger`.
 *
 * @throws ConfigurationError naming everything that is wrong with it
 */
export function ledgerOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): LedgerOptions {
  const { values, positionals } = parsed(args);
  if (values.help) return { command: 'help' };
  const [command, subject = '', ...more] = positionals;
  const problems: string[] = [];
  const table = values.table ?? env.LEDGER_TABLE ?? '';
  if (table === '') problems.push("--table or LEDGER_TABLE must be the ledger's table, got nothing");
  const limit = Number(values.limit ?? 50);
  if (!/^\d{1,5}$/.test(values.limit ?? '50') || limit < 1 || limit > 10_000) {
    problems.push(`--limit must be a whole number from 1 to 10000, got ${values.limit || 'nothing'}`);
  }
  if (values.before !== undefined) problems.push(...wrongPlace(values.before));
  if (command !== 'event' && command !== 'failed') {
    problems.push(`the command must be event or failed, got ${command ?? 'nothing'}`);
  } else if (subject === '' || more.length > 0) {
    const expected = command === 'event' ? 'the id of one event' : 'the name of one consumer';
    problems.push(`${command} must be followed by ${expected}, got ${positionals.slice(1).join(' ') || 'nothing'}`);
  }
  if (problems.length > 0) throw new ConfigurationError([...problems, '`npm run ledger -- --help` says more']);
  const common = { table, json: values.json };
  if (command === 'event') return { command, ...common, eventId: subject };
  return { command: 'failed', ...common, consumer: subject, limit, before: values.before };
}

function wrongPlace(before: string): string[] {
  try {
    placeOf(before);
    return [];
  } catch (error) {
    return [`--${messageOf(error)}`];
  }
}

/** An event's id, which is no option although it may begin with a hyphen. */
const hyphenedId = /^-[\w-]{42}$/;

/** The arguments, with ids that look like options where no option can be. */
function sorted(args: readonly string[]): string[] {
  const ids = args.filter((arg) => hyphenedId.test(arg));
  return ids.length === 0 || args.includes('--')
    ? [...args]
    : [...args.filter((arg) => !ids.includes(arg)), '--', ...ids];
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: sorted(args),
      allowPositionals: true,
      options: {
        table: { type: 'string' },
        limit: { type: 'string' },
        before: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    // What follows the first sentence is about how to quote.
    const [sentence] = messageOf(cause).split(/\.(?: |$)|\n/);
    throw new ConfigurationError([`${sentence}; \`npm run ledger -- --help\` lists the options`], { cause });
  }
}
