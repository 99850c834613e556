import { expect, test } from 'vitest';
import { ConfigurationError } from '../../../functions/core/errors.ts';
import { startOptions } from '../../../infra/local/start-options.ts';

const url = 'a URL such as https://hooks.example.com, without a slash at its end';

test('has defaults', () => {
  expect(startOptions([])).toEqual({ port: 3000, awsPort: 4566, verbose: false, help: false });
});

test('reads every flag', () => {
  const args =
    '--port 0 --aws-port 8000 --public-url https://e.com/a/ --secrets s.json --data d --chaos 7 --pipeline p.ts --verbose'.split(
      ' ',
    );
  expect(startOptions(args)).toEqual({
    port: 0,
    awsPort: 8000,
    publicUrl: 'https://e.com/a',
    secretsFile: 's.json',
    dataDirectory: 'd',
    chaosSeed: 7,
    pipelineFile: 'p.ts',
    verbose: true,
    help: false,
  });
});

test('starts from an assembly, whose templates say the URL', () => {
  expect(startOptions(['--assembly', 'a'])).toMatchObject({ assembly: 'a' });
});

test.each([
  [['--prot', '1'], "Unknown option '--prot'; `npm start -- --help` lists the options"],
  [['3000'], "Unexpected argument '3000'; `npm start -- --help` lists the options"],
  [['--port'], "Option '--port <value>' argument missing; `npm start -- --help` lists the options"],
  [['--port', 'http'], '--port must be a whole number from 0 to 65535, got http'],
  [['--port=65536'], '--port must be a whole number from 0 to 65535, got 65536'],
  [['--port='], '--port must be a whole number from 0 to 65535, got nothing'],
  [
    ['--port', '1e3', '--chaos=x'],
    '--port must be a whole number from 0 to 65535, got 1e3\n--chaos must be a whole number from 0 to 9007199254740991, got x',
  ],
  [['--public-url', 'example.com'], `--public-url must be ${url}, got example.com`],
  [['--public-url', 'https://example.com/?a=b'], `--public-url must be ${url}, got https://example.com/?a=b`],
  [['--public-url='], `--public-url must be ${url}, got nothing`],
  [
    ['--public-url', 'https://example.com', '--assembly', 'a'],
    '--public-url must not be given with --assembly, whose templates say it already',
  ],
  [['--data='], '--data must be a path, got nothing'],
])('refuses %j on one line', (args, message) => {
  expect(() => startOptions(args)).toThrow(new ConfigurationError(message.split('\n')));
});
