import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../../functions/core/errors.ts';
import { archiveOptions } from '../../../infra/ops/archive-options.ts';

const now = Date.parse('2026-11-21T12:34:56.789Z');
const dayMs = 24 * 60 * 60 * 1000;
const env = { BUCKET: 'b' };

/** What is wrong with a command line, without the last line, which points to the help. */
function problemsOf(args: readonly string[], variables: Record<string, string> = env): readonly string[] {
  try {
    archiveOptions(args, now, variables);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.slice(0, Math.max(1, error.problems.length - 1));
    throw error;
  }
  return [];
}

describe('the command line', () => {
  test('asks for every source of the last day, at AWS', () => {
    expect(archiveOptions(['query'], now, env)).toEqual({
      command: 'query',
      sources: [],
      from: now - dayMs,
      to: now,
      type: undefined,
      tenant: undefined,
      id: undefined,
      limit: 1000,
      json: false,
      body: false,
      bucket: 'b',
      endpoint: undefined,
    });
  });

  test('reads every option', () => {
    const args =
      'query --source github --source stripe --source github --from 2026-11-20 --to 2026-11-20T12:00:00+02:00 --type push.* --tenant acme --id e1 --limit 5 --json --bucket other --local --aws-port 8000';
    expect(archiveOptions(args.split(' '), now, env)).toEqual({
      command: 'query',
      sources: ['github', 'stripe'],
      from: Date.UTC(2026, 10, 20),
      to: Date.UTC(2026, 10, 20, 10),
      type: 'push.*',
      tenant: 'acme',
      id: 'e1',
      limit: 5,
      json: true,
      body: false,
      bucket: 'other',
      endpoint: 'http://127.0.0.1:8000',
    });
  });

  test('means the day before the end where no beginning is given', () => {
    const to = Date.UTC(2026, 0, 2);
    expect(archiveOptions(['query', '--to', '2026-01-02'], now, env)).toMatchObject({ from: to - dayMs, to });
  });

  test('means the runtime’s usual port where it means this machine', () => {
    expect(archiveOptions(['query', '--local'], now, env)).toMatchObject({ endpoint: 'http://127.0.0.1:4566' });
  });

  test('asks for a body by an id that begins with a hyphen', () => {
    const id = `-${'a'.repeat(41)}-`;
    expect(archiveOptions(['query', '--id', id, '--body'], now, env)).toMatchObject({ id, body: true });
  });

  test.each([
    ['2026-11-20', Date.UTC(2026, 10, 20)],
    ['2026-11-20T01:02:03Z', Date.UTC(2026, 10, 20, 1, 2, 3)],
    ['2026-11-20t01:02:03.5z', Date.UTC(2026, 10, 20, 1, 2, 3, 500)],
    ['2026-11-20T01:02:03-05:30', Date.UTC(2026, 10, 20, 6, 32, 3)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
  ])('understands the time %s', (text, from) => {
    expect(archiveOptions(['query', '--from', text], now, env)).toMatchObject({ from });
  });

  test.each([
    '2026-02-30',
    '2026-02-29T00:00:00Z',
    '2026-13-01',
    '2026-11-20T24:00:00Z',
    '2026-11-20T12:00:00',
    '2026-11-20T12:00Z',
    '2026-11',
    'yesterday',
    '1795262400000',
  ])('refuses the time %s', (text) => {
    expect(problemsOf(['query', '--from', text])).toEqual([
      `--from must be RFC 3339 such as 2026-11-21T12:00:00Z, or a date such as 2026-11-21, got ${text}`,
    ]);
  });

  test('asks for help, whatever else is missing', () => {
    expect(archiveOptions(['--help', '--limit', 'x'], now, {})).toEqual({ command: 'help' });
  });

  test.each([
    [[], ['the command must be query or restore and nothing more, got nothing']],
    [['erase'], ['the command must be query or restore and nothing more, got erase']],
    [['query', 'github'], ['the command must be query or restore and nothing more, got query github']],
    [['query', '--go'], ['--go must come with restore, got it with query, which only reads']],
    [['query', '--tier', 'bulk'], ['--tier must come with restore, got it with query, which only reads']],
    [['query', '--days', '7'], ['--days must come with restore, got it with query, which only reads']],
    [
      ['query', '--source', 'Git/Hub'],
      ['--source must be 1 to 40 lower-case letters, digits and hyphens, a letter first, got Git/Hub'],
    ],
    [
      ['query', '--source='],
      ['--source must be 1 to 40 lower-case letters, digits and hyphens, a letter first, got nothing'],
    ],
    [
      ['query', '--from', '2026-11-21', '--to', '2026-11-21'],
      ['--from must be before --to, got 2026-11-21T00:00:00.000Z and 2026-11-21T00:00:00.000Z'],
    ],
    [
      ['query', '--from', '2026-11-22'],
      ['--from must be before --to, got 2026-11-22T00:00:00.000Z and 2026-11-21T12:34:56.789Z'],
    ],
    [['query', '--type='], ['--type must be an event type or a pattern, got nothing']],
    [['query', '--tenant='], ['--tenant must be a tenant, got nothing']],
    [['query', '--id='], ["--id must be an event's id, got nothing"]],
    [['query', '--limit', '0'], ['--limit must be a whole number from 1 to 1000000, got 0']],
    [['query', '--limit', '1000001'], ['--limit must be a whole number from 1 to 1000000, got 1000001']],
    [['query', '--limit', '1e3'], ['--limit must be a whole number from 1 to 1000000, got 1e3']],
    [['query', '--limit='], ['--limit must be a whole number from 1 to 1000000, got nothing']],
    [['query', '--aws-port', '65536'], ['--aws-port must be a whole number from 1 to 65535, got 65536']],
    [['query', '--body'], ['--body must come with --id, got none']],
    [['query', '--id', 'e', '--body', '--json'], ['--body must come without --json, got both']],
    [['query', '--type', 'a', '--type', 'b'], ['--type must be given once, got it 2 times']],
    [['query', '--bucket='], ["--bucket or BUCKET must be the archive's bucket, got nothing"]],
    [['query', '--typo'], ["Unknown option '--typo'; `npm run archive -- --help` lists the options"]],
  ])('says what is wrong with %j', (args, problems) => {
    expect(problemsOf(args)).toEqual(problems);
  });

  const restore = ['restore', '--from', '2026-11-20', '--to', '2026-11-21'];

  test('restores by the tier that costs least, for a week, after a dry run', () => {
    expect(archiveOptions(restore, now, env)).toEqual({
      command: 'restore',
      sources: [],
      from: Date.UTC(2026, 10, 20),
      to: Date.UTC(2026, 10, 21),
      tier: 'bulk',
      days: 7,
      go: false,
      bucket: 'b',
      endpoint: undefined,
    });
  });

  test('reads every option of restore', () => {
    const args = '--source github --source stripe --tier expedited --days 30 --go --bucket other --local';
    expect(archiveOptions([...restore, ...args.split(' ')], now, env)).toMatchObject({
      sources: ['github', 'stripe'],
      tier: 'expedited',
      days: 30,
      go: true,
      bucket: 'other',
      endpoint: 'http://127.0.0.1:4566',
    });
  });

  const whole = 'must come with query, got it with restore: objects are restored whole';
  test.each([
    [['--type', 'push'], [`--type ${whole}`]],
    [['--tenant', 'acme'], [`--tenant ${whole}`]],
    [
      ['--id', 'e', '--limit', '5', '--json'],
      [`--id ${whole}`, `--limit ${whole}`, `--json ${whole}`],
    ],
    [['--tier', 'fast'], ['--tier must be one of bulk, standard, expedited, got fast']],
    [['--tier='], ['--tier must be one of bulk, standard, expedited, got nothing']],
    [['--days', '0'], ['--days must be a whole number from 1 to 365, got 0']],
    [['--days', '366'], ['--days must be a whole number from 1 to 365, got 366']],
    [['--days', '1.5'], ['--days must be a whole number from 1 to 365, got 1.5']],
    [['--go', '--go'], ['--go must be given once, got it 2 times']],
  ])('says what is wrong with restore %j', (args, problems) => {
    expect(problemsOf([...restore, ...args])).toEqual(problems);
  });

  test('restores no range that was not named', () => {
    expect(problemsOf(['restore', '--go'])).toEqual([
      '--to must be RFC 3339 such as 2026-11-21T12:00:00Z, or a date such as 2026-11-21, got nothing',
      '--from must be RFC 3339 such as 2026-11-21T12:00:00Z, or a date such as 2026-11-21, got nothing',
    ]);
  });

  test('says all that is wrong at once', () => {
    const args = '--source X --from x --to y --limit z --aws-port 0 --type= --body --json'.split(' ');
    expect(problemsOf(args, {})).toHaveLength(10);
  });
});
