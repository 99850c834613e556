import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../../functions/core/errors.ts';
import { replayOptions } from '../../../infra/ops/replay-options.ts';

const now = Date.parse('2026-11-21T12:34:56.789Z');
const env = { BUCKET: 'b', LEDGER_TABLE: 't' };
const range = '--from 2026-11-20 --to 2026-11-21';

const optionsOf = (args: string, variables: Record<string, string> = env) =>
  replayOptions(args.split(' '), now, variables);

/** What is wrong with a command line, without the last line, which points to the help. */
function problemsOf(args: string, variables?: Record<string, string>): readonly string[] {
  try {
    optionsOf(args, variables);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.slice(0, Math.max(1, error.problems.length - 1));
    throw error;
  }
  return [];
}

describe('the command line', () => {
  test('counts what is missing of every source and consumer, at AWS', () => {
    expect(optionsOf(`${range} --only missing`)).toEqual({
      command: 'replay',
      from: Date.UTC(2026, 10, 20),
      to: Date.UTC(2026, 10, 21),
      only: 'missing',
      sources: [],
      type: undefined,
      tenant: undefined,
      consumers: [],
      rate: 50,
      run: undefined,
      go: false,
      progress: undefined,
      pipelineFile: 'functions/pipeline.ts',
      stage: 'dev',
      bucket: 'b',
      table: 't',
      queueUrlPrefix: undefined,
      localPort: undefined,
    });
  });

  test('reads every option', () => {
    const args = `${range} --only all --source a --source b --source a --type push.* --tenant acme --consumer c --consumer d
      --rate 0.5 --run 7 --go --progress p --pipeline other.ts --stage prod --bucket x --table y --queue-url-prefix u-`;
    expect(replayOptions(args.split(/\s+/), now, env)).toMatchObject({
      only: 'all',
      sources: ['a', 'b'],
      type: 'push.*',
      tenant: 'acme',
      consumers: ['c', 'd'],
      rate: 0.5,
      run: 7,
      go: true,
      progress: 'p',
      pipelineFile: 'other.ts',
      stage: 'prod',
      bucket: 'x',
      table: 'y',
      queueUrlPrefix: 'u-',
    });
  });

  test('leaves it to the runtime on this machine where things are, whatever the environment says', () => {
    const there = { ...env, QUEUE_URL_PREFIX: 'https://sqs.eu-west-1.amazonaws.com/1/nerite-prod-' };
    const places = { bucket: undefined, table: undefined, queueUrlPrefix: undefined };
    expect(optionsOf(`${range} --only dead --local`, there)).toMatchObject({ ...places, localPort: 3000 });
    expect(optionsOf(`${range} --only dead --local --port 4000`, {})).toMatchObject({ ...places, localPort: 4000 });
  });

  test('needs no ledger for all', () => {
    expect(problemsOf(`${range} --only all`, { BUCKET: 'b' })).toEqual([]);
    expect(problemsOf(`${range} --only dead`, { BUCKET: 'b' })).toEqual([
      "--table or LEDGER_TABLE must be the ledger's table, got nothing",
    ]);
  });

  test('gives help whatever else is wrong', () => {
    expect(optionsOf('--help --only nonsense')).toEqual({ command: 'help' });
  });
});

describe('what the ledger has forgotten', () => {
  const old = '--from 2026-09-22T12:34:56Z --to 2026-11-21';

  test.each(['missing', 'failed', 'dead'])('cannot be replayed as %s', (only) => {
    expect(problemsOf(`${old} --only ${only}`)).toEqual([
      `--from must be 2026-09-22T12:34:56.789Z or later with --only ${only}: the ledger remembers 60 days, got 2026-09-22T12:34:56.000Z`,
    ]);
    expect(problemsOf(`--from 2026-09-22T12:34:57Z --to 2026-11-21 --only ${only}`)).toEqual([]);
  });

  test('can be replayed as a run of its own', () => {
    expect(problemsOf(`${old} --only all`)).toEqual([]);
  });
});

describe('everything that is wrong is named at once', () => {
  test('with nothing given', () => {
    expect(problemsOf('--go', {})).toEqual([
      '--from must be RFC 3339 such as 2026-11-21T12:00:00Z, or a date such as 2026-11-21, got nothing',
      '--to must be RFC 3339 such as 2026-11-21T12:00:00Z, or a date such as 2026-11-21, got nothing',
      '--only must be one of missing, failed, dead, all, got nothing',
      "--bucket or BUCKET must be the archive's bucket, got nothing",
      "--table or LEDGER_TABLE must be the ledger's table, got nothing",
    ]);
  });

  test.each([
    [
      '--only missing --run 2',
      '--run must come with --only all, got it with missing, which belongs to the original processing',
    ],
    ['--only all --run 0', '--run must be a whole number from 1 to 9007199254740991, got 0'],
    ['--only all --rate 0', '--rate must be a number from 0.1 to 3000, got 0'],
    ['--only all --rate fast', '--rate must be a number from 0.1 to 3000, got fast'],
    ['--only all --port 3000', '--port must come with --local, got none'],
    ['--only all --source Not_A_Name', '--source must be 1 to 40 lower-case letters, digits and hyphens'],
    ['--only all --only dead', '--only must be given once, got it 2 times'],
    ['--only all --stage NO', '--stage must be 1 to 12 lower-case letters and digits'],
    ['--only all more', 'there must be nothing beside the options, got more'],
    ['--only all --nonsense', "Unknown option '--nonsense'"],
  ])('%s', (args, problem) => {
    const problems = problemsOf(`${range} ${args}`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  test('an empty range', () => {
    expect(problemsOf('--from 2026-11-21 --to 2026-11-21 --only all')).toEqual([
      '--from must be before --to, got 2026-11-21T00:00:00.000Z and 2026-11-21T00:00:00.000Z',
    ]);
  });
});
