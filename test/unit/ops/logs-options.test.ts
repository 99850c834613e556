import { describe, expect, test } from 'vitest';
import { sentenceOn } from '../../../infra/ops/logs.ts';
import { logsOptions } from '../../../infra/ops/logs-options.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const options = (line: string, env = { BUCKET: 'archive' }) => logsOptions(line.split(' ').filter(Boolean), now, env);
const until = '2026-11-21T12:30:00.000Z';
const place = { bucket: 'archive', localPort: undefined };

describe('the command line', () => {
  test.each<[string, object]>([
    ['--help --for nonsense', { command: 'help' }],
    ['--show', { ...place, command: 'show' }],
    ['--off', { ...place, command: 'off' }],
    ['--level debug', { ...place, command: 'set', settings: { v: 1, until, level: 'debug' } }],
    [
      '--level info --sample 0.01 --for 90s --function receiver --function orders --function orders',
      {
        ...place,
        command: 'set',
        settings: {
          v: 1,
          until: '2026-11-21T12:01:30.000Z',
          level: 'info',
          sample: 0.01,
          functions: ['receiver', 'orders'],
        },
      },
    ],
    ['--sample 0 --for 24h --bucket b', { bucket: 'b', settings: { until: '2026-11-22T12:00:00.000Z', sample: 0 } }],
    ['--show --local', { bucket: undefined, localPort: 3000, command: 'show' }],
    ['--show --local --port 3001 --bucket b', { bucket: 'b', localPort: 3001 }],
  ])('%s', (line, expected) => {
    expect(options(line)).toMatchObject(expected);
  });

  test.each<[string, string]>([
    ['', '--level, --sample, --off or --show must be given, got none of them'],
    ['--for 5m', '--level, --sample, --off or --show must be given, got none of them'],
    ['--show --off', '--show or --off must be given, got both'],
    ['--off --function a', '--function must come without --off, got both'],
    ['--level loud', '--level must be one of debug, info, warn, error, got loud'],
    ['--level=', '--level must be one of debug, info, warn, error, got nothing'],
    ['--sample 1.5', '--sample must be a number from 0 to 1, got 1.5'],
    ['--sample 1e-3', '--sample must be a number from 0 to 1, got 1e-3'],
    ['--level info --for 25h', '--for must be a time such as 90s, 30m or 2h, at most 24h, got 25h'],
    ['--level info --for 0m', '--for must be a time such as 90s, 30m or 2h, at most 24h, got 0m'],
    ['--level info --for 30', '--for must be a time such as 90s, 30m or 2h, at most 24h, got 30'],
    [
      '--level info --function A',
      '--function must be 1 to 40 lower-case letters, digits and hyphens, a letter first, got A',
    ],
    ['--show --port 3000', '--port must come with --local, got none'],
    ['--show --local --port x', '--port must be a whole number from 1 to 65535, got x'],
    ['--show --bucket=', "--bucket or BUCKET must be the archive's bucket, got nothing"],
    ['--shown', "Unknown option '--shown'; `npm run logs -- --help` lists the options"],
  ])('%s is refused', (line, sentence) => {
    expect(() => options(line)).toThrow(sentence);
  });

  test('needs a bucket, unless this machine says which', () => {
    expect(() => options('--show', { BUCKET: '' })).toThrow("--bucket or BUCKET must be the archive's bucket");
  });
});

describe('the sentence', () => {
  test.each<[Parameters<typeof sentenceOn>[0], string]>([
    [undefined, 'functions write what the definition says'],
    [{ v: 1, until: '2026-11-21T12:00:00Z', level: 'debug' }, 'functions write what the definition says'],
    [{ v: 1, until, level: 'debug' }, `every function: level debug, until ${until}`],
    [
      { v: 1, until, level: 'info', sample: 0.1, functions: ['a', 'b'] },
      `a, b: level info and a share of 0.1 of the events that went well, until ${until}`,
    ],
  ])('on %j', (settings, sentence) => {
    expect(sentenceOn(settings, now)).toBe(sentence);
  });
});
