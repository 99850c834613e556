import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand, type S3Client, type StorageClass } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { hourPath } from '../../../functions/archive/hour.ts';
import { rawKey } from '../../../functions/archive/object-names.ts';
import { encodeMessage, type Message } from '../../../functions/core/message.ts';
import { bodyPrefix } from '../../../functions/core/names.ts';
import { S3 } from '../../../infra/local/aws/s3/s3.ts';
import { AwsError, type AwsRequest } from '../../../infra/local/service.ts';
import { archiveClient } from '../../../infra/ops/archive-access.ts';
import { awsEndpoint } from '../../support/aws-endpoint.ts';
import { aMessage } from '../../support/messages.ts';
import { TurnedClock } from '../../support/turned-clock.ts';

const hourMs = 60 * 60_000;
const at = '2026-11-21T12:00:01.000Z';
const range = 'from 2026-11-21T00:00:00.000Z to 2026-11-22T00:00:00.000Z';
let clock: TurnedClock;
let s3: S3;
let refused: (request: AwsRequest) => AwsError | undefined;
/** Keys that were asked to be restored, in their order. */
let asked: string[];
let world: Awaited<ReturnType<typeof awsEndpoint>>;
let client: S3Client;
const bucket = 'archive';

beforeAll(async () => {
  world = await awsEndpoint({
    s3: {
      async handle(request) {
        const error = refused(request);
        if (error) throw error;
        const answer = await s3.handle(request);
        if (request.query.has('restore')) asked.push(decodeURIComponent(request.path).slice(`/${bucket}/`.length));
        return answer;
      },
    },
  });
  client = archiveClient(world.url);
});
afterAll(async () => {
  client.destroy();
  await world.close();
});
beforeEach(() => {
  clock = new TurnedClock(Date.UTC(2027, 8, 1, 6));
  s3 = new S3({ clock });
  s3.createBucket(bucket);
  refused = () => undefined;
  asked = [];
});

async function put(Key: string, Body: Uint8Array, StorageClass: StorageClass): Promise<string> {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, StorageClass }));
  return Key;
}

/** Puts an event of that time in an object of its own; gives the object's key. */
async function archived(id: string, storageClass: StorageClass = 'GLACIER', rest: Partial<Message> = {}) {
  const message = aMessage({ event: { ...aMessage().event, id, source: 'github' }, receivedAt: at, ...rest });
  const content = `${encodeMessage(message)}\n`;
  const hash = createHash('sha256').update(content).digest('hex');
  const key = rawKey({ hour: hourPath({ source: 'github', receivedAt: at }), firstReceivedAt: at, hash });
  return put(key, gzipSync(content), storageClass);
}

/** Puts an event whose body is an object; gives both keys. */
async function claimChecked(bytes: Buffer): Promise<{ readonly records: string; readonly body: string }> {
  const dataref = `${bodyPrefix}github/2026/11/21/${createHash('sha256').update(bytes).digest('hex')}`;
  const records = await archived('large', 'GLACIER', { body: undefined, dataref } as Partial<Message>);
  return { records, body: await put(dataref, bytes, 'GLACIER') };
}

const run = promisify(execFile);
async function cli(command: string, ...args: string[]) {
  const { PATH, HOME } = process.env;
  const local = ['--local', '--aws-port', new URL(world.url).port, '--bucket', bucket];
  const days = ['--from', '2026-11-21', '--to', '2026-11-22'];
  const ended = run(process.execPath, ['infra/ops/archive-cli.ts', command, ...days, ...local, ...args], {
    env: { PATH, HOME },
    encoding: 'buffer',
  });
  const { stdout, stderr } = await ended.catch((error: { stdout: Buffer; stderr: Buffer }) => error);
  const lines = (bytes: Buffer): string[] => bytes.toString('utf8').split('\n').slice(0, -1);
  return { code: ended.child.exitCode, bytes: stdout, out: lines(stdout), err: lines(stderr) };
}

const cells = (lines: readonly string[], name: string): readonly string[] =>
  lines
    .find((line) => line.startsWith(`${name} `))
    ?.split(/ {2,}/)
    .slice(1) ?? [];
const command = () =>
  `npm run archive -- restore --from 2026-11-21T00:00:00.000Z --to 2026-11-22T00:00:00.000Z --bucket ${bucket}`;
const here = () => `--local --aws-port ${new URL(world.url).port}`;

test('what a query met in Glacier is priced, asked for, waited for and read', async () => {
  const bytes = Buffer.alloc(300_000, 7);
  const { records, body } = await claimChecked(bytes);
  await archived('warm', 'STANDARD');

  const before = await cli('query');
  expect(before.code).toBe(1);
  expect(before.out).toHaveLength(2);
  expect(before.err[0]).toBe(
    `objects in Glacier, which must be restored before they can be read: 1 in ${bucket}, first ${records}`,
  );
  expect(cells(before.err, 'records')[0]).toBe('1');
  expect(cells(before.err, 'bodies').slice(0, 2)).toEqual(['1', '300000']);
  expect(before.err.at(-1)).toBe(`to ask for them, by bulk: ${command()} ${here()} --go`);

  const dry = await cli('restore');
  expect(dry.code).toBe(3);
  expect(dry.out).toEqual(before.err.slice(1, -1));
  expect(cells(dry.out, 'expedited').at(1)).toBe('0.0200');
  expect(cells(dry.out, 'bulk').at(-1)).toBe('5 to 12 hours');
  expect(dry.err.at(-1)).toBe(`nothing was asked for: ${command()} ${here()} --go asks for it, by bulk`);
  expect(asked).toEqual([]);

  const go = await cli('restore', '--go', '--days', '2');
  expect(go.code).toBe(3);
  expect(cells(go.out, 'in all')[2]).toBe('2');
  expect(go.err.at(-1)).toBe(`how far it is: ${command()} --days 2 ${here()}`);
  expect(asked.toSorted()).toEqual([body, records].toSorted());

  const again = await cli('restore', '--go', '--days', '2');
  expect({ code: again.code, underWay: cells(again.out, 'in all')[2] }).toEqual({ code: 3, underWay: '2' });
  expect(again.out).toHaveLength(4);
  expect(asked).toHaveLength(2);
  const meanwhile = await cli('query');
  expect(meanwhile.code).toBe(1);
  expect(meanwhile.err.at(-1)).toBe(`how far they are: ${command()} ${here()}`);

  clock.turn(8 * hourMs);
  const ready = await cli('restore');
  expect(ready.code).toBe(0);
  expect(cells(ready.out, 'in all').slice(4)).toEqual(['2', cells(dry.out, 'in all')[1]]);
  expect(ready.err).toEqual(['the first copy goes at 2027-09-04T00:00:00.000Z']);
  const after = await cli('query');
  expect({ code: after.code, err: after.err, lines: after.out.length }).toEqual({ code: 0, err: [], lines: 3 });
  expect((await cli('query', '--id', 'large', '--body')).bytes.equals(bytes)).toBe(true);

  clock.turn(3 * 24 * hourMs);
  expect(await cli('restore')).toMatchObject({ code: 3 });
}, 30_000);

test('a body that is in Glacier while its record is not is priced and named with its command', async () => {
  const { records, body } = await claimChecked(Buffer.alloc(300_000));
  await put(records, gzipSync(''), 'STANDARD');
  await archived('large', 'STANDARD', { body: undefined, dataref: body } as Partial<Message>);
  const { code, out, err } = await cli('query', '--id', 'large', '--body');
  expect({ code, out }).toEqual({ code: 1, out: [] });
  expect(err[0]).toContain(`must be restored before they can be read: 1 in ${bucket}, first ${body}`);
  expect(err.at(-2)).toBe(`to ask for them, by bulk: ${command()} ${here()} --go`);
  expect(err.at(-1)).toBe(`${body} is in Glacier and must be restored before it can be read`);
});

test('a range with nothing in Glacier is there to be read', async () => {
  await archived('warm', 'STANDARD');
  expect(await cli('restore', '--go')).toMatchObject({
    code: 0,
    out: [],
    err: [`the archive has nothing in Glacier ${range}`],
  });
});

test('a source and a tier are in the command that is named', async () => {
  await archived('cold');
  const { err } = await cli('restore', '--source', 'github', '--tier', 'standard');
  const named = command().replace('restore', 'restore --source github');
  expect(err.at(-1)).toBe(`nothing was asked for: ${named} --tier standard ${here()} --go asks for it, by standard`);
});

test('what is in Deep Archive is not asked for by expedited, is told, and comes by standard', async () => {
  const deep = await archived('deep', 'DEEP_ARCHIVE');
  const cold = await archived('cold');
  const dry = await cli('restore', '--tier', 'expedited');
  expect(dry.out).toContain('expedited restores nothing out of Deep Archive; objects that are not in its cost: 1');
  const go = await cli('restore', '--tier', 'expedited', '--go');
  expect(go.code).toBe(1);
  expect(go.err).toContain('not restored: 1; of them in Deep Archive, out of which expedited restores nothing: 1');
  expect(asked).toEqual([cold]);
  expect(await cli('restore', '--tier', 'standard', '--go')).toMatchObject({ code: 3 });
  expect(asked).toEqual([cold, deep]);
  clock.turn(12 * hourMs);
  expect(await cli('restore')).toMatchObject({ code: 0 });
});

test('without the permission it ends in one sentence, says what it asked for before, and goes on when it has it', async () => {
  for (let n = 0; n < 5; n += 1) await archived(`cold-${n}`);
  refused = ({ query }) =>
    query.has('restore') && asked.length >= 2 ? new AwsError(403, 'AccessDenied', 'not you') : undefined;
  const { code, out, err } = await cli('restore', '--go');
  expect({ code, out }).toEqual({ code: 1, out: [] });
  expect(err[0]).toBe(
    `bucket ${bucket} must let the caller restore its objects (s3:RestoreObject), got AccessDenied: not you`,
  );
  expect(err[1]).toMatch(/^asked for: \d; the same command goes on$/);
  const before = asked.length;
  expect(before).toBeLessThan(5);
  refused = () => undefined;
  expect(await cli('restore', '--go')).toMatchObject({ code: 3 });
  expect(new Set(asked).size).toBe(5);
  expect(asked).toHaveLength(5);
});

test('what a query met is told even where nobody may look how it is kept', async () => {
  const key = await archived('cold');
  refused = ({ method }) => (method === 'HEAD' ? new AwsError(403, 'AccessDenied', 'not you') : undefined);
  const { code, err } = await cli('query');
  expect(code).toBe(1);
  expect(err[0]).toContain(`first ${key}`);
  expect(err[1]).toMatch(/^what it costs to restore them cannot be told: bucket archive must let the caller list/);
});

test('makes no sense with what is a query’s alone', async () => {
  expect(await cli('restore', '--tenant', 'acme')).toMatchObject({
    code: 2,
    out: [],
    err: [
      '--tenant must come with query, got it with restore: objects are restored whole',
      '`npm run archive -- --help` says more',
    ],
  });
});
