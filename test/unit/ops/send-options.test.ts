import { describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../../functions/core/errors.ts';
import { sendOptions } from '../../../infra/ops/send-options.ts';

/** What is wrong with a command line, without the last line, which points to the help. */
function problemsOf(args: readonly string[]): readonly string[] {
  try {
    sendOptions(args);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.slice(0, Math.max(1, error.problems.length - 1));
    throw error;
  }
  return [];
}

const url = 'a URL such as https://hooks.example.com, without a slash at its end';

describe('the command line', () => {
  test('sends one event of the usual type to this machine', () => {
    expect(sendOptions(['github'])).toEqual({
      help: false,
      list: false,
      source: 'github',
      type: undefined,
      to: 'http://127.0.0.1:3000',
      publicUrl: 'http://127.0.0.1:3000',
      count: 1,
      secretsFile: undefined,
      pipelineFile: 'functions/pipeline.ts',
      stage: 'dev',
      endpoint: 'http://127.0.0.1:4566',
    });
  });

  test('reads every option', () => {
    const args =
      'github push --to https://a.example --public-url https://b.example/c/ --count 3 --secrets s.json --pipeline p.ts --stage prod --aws-port 8000 --list';
    expect(sendOptions(args.split(' '))).toEqual({
      help: false,
      list: true,
      source: 'github',
      type: 'push',
      to: 'https://a.example',
      publicUrl: 'https://b.example/c',
      count: 3,
      secretsFile: 's.json',
      pipelineFile: 'p.ts',
      stage: 'prod',
      endpoint: undefined,
    });
  });

  test('tells the platform the URL that it sends to, unless that is another', () => {
    expect(sendOptions(['github', '--to', 'https://a.example/'])).toMatchObject({
      to: 'https://a.example',
      publicUrl: 'https://a.example',
    });
  });

  test.each(['http://127.0.0.1', 'http://127.0.0.1:3000', 'http://localhost:8080/path', 'http://[::1]:3000'])(
    'asks this machine for the secret where it sends to %s',
    (to) => {
      expect(sendOptions(['github', '--to', to, '--aws-port', '8000']).endpoint).toBe('http://127.0.0.1:8000');
    },
  );

  test.each([
    'https://127.0.0.1:3000',
    'http://localhost.example.com',
    'http://127.0.0.11:3000',
    'http://127.0.0.1.example.com',
    'https://localhost',
  ])('asks AWS for the secret where it sends to %s', (to) => {
    expect(sendOptions(['github', '--to', to]).endpoint).toBeUndefined();
  });

  test('asks for help, whatever else is missing', () => {
    expect(sendOptions(['--help'])).toMatchObject({ help: true });
  });

  test.each([
    [[], ['a source must be named, and at most one type, got nothing']],
    [[''], ['a source must be named, and at most one type, got nothing']],
    [['a', 'b', 'c'], ['a source must be named, and at most one type, got a b c']],
    [['a', '--to', 'example.com'], [`--to must be ${url}, got example.com`]],
    [['a', '--to='], [`--to must be ${url}, got nothing`]],
    [['a', '--to', 'https://user:pass@example.com'], [`--to must be ${url}, got https://user:pass@example.com`]],
    [['a', '--public-url', 'https://e.com/?a=b'], [`--public-url must be ${url}, got https://e.com/?a=b`]],
    [['a', '--count', '0'], ['--count must be a whole number from 1 to 100000, got 0']],
    [['a', '--count', '100001'], ['--count must be a whole number from 1 to 100000, got 100001']],
    [['a', '--count', '1e3'], ['--count must be a whole number from 1 to 100000, got 1e3']],
    [['a', '--count='], ['--count must be a whole number from 1 to 100000, got nothing']],
    [['a', '--aws-port', '65536'], ['--aws-port must be a whole number from 1 to 65535, got 65536']],
    [['a', '--secrets='], ['--secrets must be a path, got nothing']],
    [['a', '--pipeline='], ['--pipeline must be a path, got nothing']],
    [['a', '--stage', 'Prod'], ['--stage must be 1 to 12 lower-case letters and digits, a letter first, got "Prod"']],
    [['a', '--typo'], ["Unknown option '--typo'; `npm run send -- --help` lists the options"]],
    [['a', '--to'], ["Option '--to <value>' argument missing; `npm run send -- --help` lists the options"]],
  ])('says what is wrong with %j', (args, problems) => {
    expect(problemsOf(args)).toEqual(problems);
  });

  test('says all that is wrong at once, each once', () => {
    expect(
      problemsOf(['--to', 'x', '--count', 'x', '--aws-port', 'x', '--stage', 'X', '--secrets=']).toSorted(),
    ).toEqual([
      '--aws-port must be a whole number from 1 to 65535, got x',
      '--count must be a whole number from 1 to 100000, got x',
      '--secrets must be a path, got nothing',
      '--stage must be 1 to 12 lower-case letters and digits, a letter first, got "X"',
      `--to must be ${url}, got x`,
      'a source must be named, and at most one type, got nothing',
    ]);
  });
});
