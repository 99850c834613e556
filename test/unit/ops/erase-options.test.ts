import { describe, expect, test } from 'vitest';
import { eraseOptions } from '../../../infra/ops/erase-options.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const places = { BUCKET: 'a-bucket', LEDGER_TABLE: 'a-table' };
const id = '-bcdefghijklmnopqrstuvwxyz0123456789ABCDEFG';
const read = (text: string, env: Record<string, string> = places) =>
  eraseOptions(text === '' ? [] : text.split(' '), now, env);

test('places come from the environment, and everything else has a default', () => {
  expect(read('--tenant acme')).toEqual({
    command: 'erase',
    sources: [],
    from: 0,
    to: Number.POSITIVE_INFINITY,
    tenant: 'acme',
    ids: [],
    subject: undefined,
    mention: undefined,
    go: false,
    plan: undefined,
    pipelineFile: 'functions/pipeline.ts',
    stage: 'dev',
    bucket: 'a-bucket',
    table: 'a-table',
    queueUrlPrefix: undefined,
    localPort: undefined,
  });
});

test('everything can be said', () => {
  const said =
    '--id x --source b --source a --subject ada --mention text --from 2026-11-01 --to 2026-11-02T03:04:05Z --go --plan p' +
    ' --pipeline mine.ts --stage prod --bucket b --table t --queue-url-prefix https://sqs/ --local --port 4000';
  expect(read(said.replace('--id x', `--id ${id} --id ${id}`))).toEqual({
    command: 'erase',
    sources: ['a', 'b'],
    from: Date.parse('2026-11-01T00:00:00Z'),
    to: Date.parse('2026-11-02T03:04:05Z'),
    tenant: undefined,
    ids: [id],
    subject: 'ada',
    mention: 'text',
    go: true,
    plan: 'p',
    pipelineFile: 'mine.ts',
    stage: 'prod',
    bucket: 'b',
    table: 't',
    queueUrlPrefix: 'https://sqs/',
    localPort: 4000,
  });
});

test('the runtime on this machine says itself where things are', () => {
  expect(read('--tenant acme --local')).toMatchObject({ bucket: undefined, table: undefined, localPort: 3000 });
});

describe('is refused', () => {
  test.each([
    ['', 'must say whose events are to go, got none of them'],
    ['--go', 'must say whose events are to go, got none of them'],
    ['--tenant a --tenant b', '--tenant must be given once, got it 2 times'],
    ['--id short', "--id must be an event's id of 43 characters, got short"],
    ['--tenant a --source Not', '--source must be'],
    ['--tenant a --from 2026-11-22', '--from must be before --to and in the past, got 2026-11-22T00:00:00.000Z'],
    ['--tenant a --from 2026-11-03 --to 2026-11-02', '--from must be before --to'],
    ['--tenant a --to never', '--to must be RFC 3339'],
    ['--tenant a --local --port 0', '--port must be a whole number from 1 to 65535, got 0'],
    ['--tenant a --stage UPPER', '--stage must be'],
    ['--tenant a --force', "Unknown option '--force'"],
    ['--tenant a more', 'Unexpected argument'],
  ])('%j', (args, said) => {
    expect(() => read(args)).toThrow(said);
  });

  test('without its places', () => {
    expect(() => read('--tenant a', {})).toThrow(/--bucket or BUCKET must be .*\n?.*--table or LEDGER_TABLE must be/s);
  });
});
