import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../../functions/core/errors.ts';
import { ledgerOptions } from '../../../infra/ops/ledger-options.ts';

const env = { LEDGER_TABLE: 'ledger' };

/** What is wrong with a command line, without the last line, which points to the help. */
function problemsOf(args: readonly string[], by: Record<string, string> = env): readonly string[] {
  try {
    ledgerOptions(args, by);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.slice(0, Math.max(1, error.problems.length - 1));
    throw error;
  }
  return [];
}

describe('the command line', () => {
  test('asks for an event', () => {
    expect(ledgerOptions(['event', 'abc'], env)).toEqual({
      command: 'event',
      table: 'ledger',
      json: false,
      eventId: 'abc',
    });
  });

  test('asks for what failed of a consumer, 50 at most', () => {
    const failed = {
      command: 'failed',
      table: 'ledger',
      json: false,
      consumer: 'orders',
      limit: 50,
      before: undefined,
    };
    expect(ledgerOptions(['failed', 'orders'], env)).toEqual(failed);
    expect(ledgerOptions(['--json', 'failed', '--limit', '3', 'orders', '--before', '2026-11-21'], env)).toEqual({
      ...failed,
      json: true,
      limit: 3,
      before: '2026-11-21',
    });
  });

  test('names the table rather than the environment', () => {
    expect(ledgerOptions(['event', 'abc', '--table', 'other'], env)).toMatchObject({ table: 'other' });
  });

  test.each([
    [['event', `-${'a'.repeat(42)}`]],
    [['event', `--${'a'.repeat(41)}`, '--json']],
    [['event', '--', `-${'a'.repeat(42)}`]],
    [['--table', 'other', 'event', `-_${'a'.repeat(41)}`]],
  ])('takes an id that begins with a hyphen for an id: %j', (args) => {
    const id = args.find((arg) => arg.length === 43);
    expect(ledgerOptions(args, env)).toMatchObject({ command: 'event', eventId: id });
  });

  test('asks for help, whatever else it says', () => {
    expect(ledgerOptions(['--help'], {})).toEqual({ command: 'help' });
    expect(ledgerOptions(['nonsense', '--help'], {})).toEqual({ command: 'help' });
  });

  test.each([
    [[], ['the command must be event or failed, got nothing']],
    [['list'], ['the command must be event or failed, got list']],
    [['event'], ['event must be followed by the id of one event, got nothing']],
    [['event', ''], ['event must be followed by the id of one event, got nothing']],
    [['failed', 'orders', 'billing'], ['failed must be followed by the name of one consumer, got orders billing']],
    [['failed', 'orders', '--limit', '0'], ['--limit must be a whole number from 1 to 10000, got 0']],
    [['failed', 'orders', '--limit', '10001'], ['--limit must be a whole number from 1 to 10000, got 10001']],
    [['failed', 'orders', '--limit', '1.5'], ['--limit must be a whole number from 1 to 10000, got 1.5']],
    [['failed', 'orders', '--limit='], ['--limit must be a whole number from 1 to 10000, got nothing']],
    [
      ['failed', 'orders', '--before', 'yesterday'],
      ['--before must be a cursor of this list or a date such as 2026-11-21T12:00Z, got yesterday'],
    ],
    [['event', 'abc', '--table='], ["--table or LEDGER_TABLE must be the ledger's table, got nothing"]],
    [['event', 'abc', '--tabel', 'x'], ["Unknown option '--tabel'; `npm run ledger -- --help` lists the options"]],
  ])('says what is wrong with %j', (args, problems) => {
    expect(problemsOf(args)).toEqual(problems);
  });

  test('says all that is wrong at once', () => {
    expect(problemsOf(['event', '--limit', 'x'], {})).toEqual([
      "--table or LEDGER_TABLE must be the ledger's table, got nothing",
      '--limit must be a whole number from 1 to 10000, got x',
      'event must be followed by the id of one event, got nothing',
    ]);
  });
});
