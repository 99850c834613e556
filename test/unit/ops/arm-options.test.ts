import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../../functions/core/errors.ts';
import { armOptions } from '../../../infra/ops/arm-options.ts';

/** What is wrong with a command line, without the last line, which points to the help. */
function problemsOf(args: readonly string[]): readonly string[] {
  try {
    armOptions(args);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.slice(0, Math.max(1, error.problems.length - 1));
    throw error;
  }
  return [];
}

describe('the command line', () => {
  test('arms a source at AWS for a quarter of an hour', () => {
    expect(armOptions(['asana'])).toEqual({
      help: false,
      source: 'asana',
      minutes: 15,
      pipelineFile: 'functions/pipeline.ts',
      stage: 'dev',
      endpoint: undefined,
    });
  });

  test('reads every option', () => {
    const args = '--minutes 5 asana --pipeline p.ts --stage prod --local --aws-port 8000'.split(' ');
    expect(armOptions(args)).toEqual({
      help: false,
      source: 'asana',
      minutes: 5,
      pipelineFile: 'p.ts',
      stage: 'prod',
      endpoint: 'http://127.0.0.1:8000',
    });
  });

  test('means the runtime’s usual port where it means this machine', () => {
    expect(armOptions(['asana', '--local']).endpoint).toBe('http://127.0.0.1:4566');
  });

  test('asks for help, whatever else is missing', () => {
    expect(armOptions(['--help'])).toMatchObject({ help: true });
  });

  test.each([
    [[], ['one source must be named, got nothing']],
    [[''], ['one source must be named, got nothing']],
    [['a', 'b'], ['one source must be named, got a b']],
    [['a', '--minutes', '0'], ['--minutes must be a whole number from 1 to 15, got 0']],
    [['a', '--minutes', '16'], ['--minutes must be a whole number from 1 to 15, got 16']],
    [['a', '--minutes', '1.5'], ['--minutes must be a whole number from 1 to 15, got 1.5']],
    [['a', '--minutes='], ['--minutes must be a whole number from 1 to 15, got nothing']],
    [['a', '--aws-port', '0'], ['--aws-port must be a whole number from 1 to 65535, got 0']],
    [['a', '--aws-port='], ['--aws-port must be a whole number from 1 to 65535, got nothing']],
    [['a', '--pipeline='], ['--pipeline must be a path, got nothing']],
    [['a', '--stage', 'Prod'], ['--stage must be 1 to 12 lower-case letters and digits, a letter first, got "Prod"']],
    [['a', '--typo'], ["Unknown option '--typo'; `npm run arm -- --help` lists the options"]],
  ])('says what is wrong with %j', (args, problems) => {
    expect(problemsOf(args)).toEqual(problems);
  });

  test('says all that is wrong at once', () => {
    expect(problemsOf(['--minutes', 'x', '--aws-port', 'x', '--stage', 'X', '--pipeline=']).toSorted()).toEqual([
      '--aws-port must be a whole number from 1 to 65535, got x',
      '--minutes must be a whole number from 1 to 15, got x',
      '--pipeline must be a path, got nothing',
      '--stage must be 1 to 12 lower-case letters and digits, a letter first, got "X"',
      'one source must be named, got nothing',
    ]);
  });
});
