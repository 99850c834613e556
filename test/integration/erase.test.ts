import { spawn } from 'node:child_process';
import { hash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  ChangeMessageVisibilityCommand,
  ReceiveMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { versionsOf } from '../../infra/ops/object-versions.ts';
import { eventually } from '../support/eventually.ts';
import { httpPost } from '../support/http-post.ts';
import { type RunningPipeline, startPipeline } from '../support/running-pipeline.ts';
import { github, warehouse } from '../support/signers.ts';

const root = resolve(import.meta.dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'erase-'));

let at: RunningPipeline;
let s3: S3Client;
beforeAll(async () => {
  at = await startPipeline({
    pipeline: 'test/integration/replay/pipeline.ts',
    secrets: { warehouse: warehouse.secrets, github: github.secrets },
    queueSpeed: 5,
  });
  s3 = new S3Client({ ...at.client, forcePathStyle: true });
}, 120_000);
afterAll(async () => {
  s3?.destroy();
  await at?.close();
  rmSync(scratch, { recursive: true });
});

async function post(type: string, site: string, more: object = {}): Promise<string> {
  return postBody(JSON.stringify({ event: type, site, nonce: randomUUID(), ...more }));
}

async function postBody(body: string): Promise<string> {
  const headers = { 'content-type': 'application/json', ...(await warehouse.sign(body)) };
  return eventually('an answer', async () => {
    const { id } = await httpPost(at.runtime.url, { path: '/webhooks/warehouse', headers, body });
    return id || undefined;
  });
}

/** What one tenant sends: of each kind that ends, or waits, elsewhere. */
async function postAll(site: string): Promise<Record<'done' | 'large' | 'dead' | 'waiting' | 'split', string>> {
  const mark = { mark: `mark-of-${site}` };
  const ids = {
    done: await post('parcel', site, mark),
    large: await post('parcel', site, { ...mark, bulk: randomBytes(150_000).toString('hex') }),
    dead: await post('fatal', site, mark),
    waiting: await post('hard', site, mark),
    split: await post('list', site, { ...mark, items: [1, 2] }),
  };
  for (const id of [ids.done, ids.large]) await at.reaches(id, 'plain', 'completed');
  await at.reaches(ids.dead, 'mortal', 'dead');
  await eventually('a failure', async () => (await at.record(ids.waiting, 'patient'))?.reason);
  await eventually('both items', async () => at.testimoniesOf(`${ids.split}#1`, 'split')[0]);
  return ids;
}

async function command(entry: string, args: readonly string[]) {
  const child = spawn(process.execPath, [entry, ...args], { cwd: root });
  const exit = new Promise<number | null>((done) => child.once('exit', done));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { exit: await exit, out, err };
}

const erase = (...args: string[]) =>
  command('infra/ops/erase-cli.ts', [
    '--local',
    '--port',
    new URL(at.runtime.url).port,
    '--pipeline',
    'test/integration/replay/pipeline.ts',
    ...(args.includes('--plan')
      ? []
      : ['--plan', join(scratch, `${hash('sha256', args.slice(0, 2).join()).slice(0, 8)}.ndjson`)]),
    ...args,
  ]);

/** Keys of versions of any object in which a text stands, compressed or not. */
async function versionsWith(wanted: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of versionsOf(s3, at.bucket, '')) {
    for (const { key, versionId, isMarker } of page) {
      if (isMarker) continue;
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: at.bucket, Key: key, VersionId: versionId }));
      const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
      const content = key.endsWith('.gz') ? gunzipSync(bytes) : bytes;
      // Bodies are texts within JSON there.
      if (content.includes(wanted)) found.push(key);
    }
  }
  return found;
}

async function archived(site: string, count: number): Promise<void> {
  await eventually(`${count} records of ${site}`, async () => {
    const keys = await versionsWith(`"tenant":"${site}"`);
    let records = 0;
    for (const key of new Set(keys)) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: at.bucket, Key: key }));
      const content = gunzipSync(Buffer.from((await Body?.transformToByteArray()) ?? [])).toString('utf8');
      records += content.split(`"tenant":"${site}"`).length - 1;
    }
    return records >= count || undefined;
  });
}

async function ledgerTexts(): Promise<string> {
  const items: unknown[] = [];
  for await (const { Items = [] } of paginateScan({ client: at.ledger }, { TableName: at.ledgerTable })) {
    items.push(...Items);
  }
  return JSON.stringify(items);
}

async function redrive(): Promise<void> {
  const { consumers } = await at.runtime.state();
  const { queueUrl = '', deadLetterQueueUrl = '' } = consumers.find(({ name }) => name === 'mortal') ?? {};
  const arnOf = (url: string) => `arn:aws:sqs:us-east-1:000000000000:${url.split('/').at(-1)}`;
  const sqs = new SQSClient({ ...at.client, useQueueUrlAsEndpoint: false });
  await sqs.send(
    new StartMessageMoveTaskCommand({ SourceArn: arnOf(deadLetterQueueUrl), DestinationArn: arnOf(queueUrl) }),
  );
  sqs.destroy();
}

test('a tenant goes from everywhere, for good, and everybody else stays', async () => {
  at.witness.reception = ({ consumer }) => (consumer === 'patient' ? 'away' : undefined);
  const gone = await postAll('acme');
  const kept = await postAll('other');
  await archived('acme', 5);
  await archived('other', 5);

  const dry = await erase('--tenant', 'acme');
  expect(dry).toMatchObject({ exit: 0, err: expect.stringContaining('nothing was removed: --go removes them') });
  expect(dry.out).toMatch(/^events +5$/m);
  expect(dry.out).toMatch(/^dead letters +1$/m);
  expect(dry.out).toMatch(/^bodies +1$/m);
  expect(await versionsWith('mark-of-acme')).not.toEqual([]);
  expect((await at.record(gone.dead, 'mortal'))?.status?.S).toBe('dead');

  const done = await erase('--tenant', 'acme', '--go');
  expect(done).toMatchObject({ exit: 0 });
  expect(done.out).toMatch(/^removed:$/m);
  expect(await versionsWith('mark-of-acme')).toEqual([]);
  expect(await versionsWith('acme')).toEqual([]);
  expect(await ledgerTexts()).not.toContain('acme');
  for (const [id, consumer] of [
    [gone.done, 'plain'],
    [gone.done, 'ordered'],
    [gone.dead, 'mortal'],
    [gone.waiting, 'patient'],
    [gone.split, 'split'],
  ] as const) {
    expect((await at.record(id, consumer))?.status?.S).toBe('erased');
  }
  // The plan tells ids, and nobody's name.
  const [plan = ''] = /\S+\.ndjson/.exec(done.err) ?? [];
  expect(readFileSync(plan, 'utf8')).toContain(gone.done);
  expect(readFileSync(plan, 'utf8')).not.toContain('acme');

  // What still waits in a queue ends there without its handler; everybody else's goes on.
  at.witness.reception = () => undefined;
  await at.reaches(kept.waiting, 'patient', 'completed');
  await redrive();
  await at.reaches(kept.dead, 'mortal', 'completed');
  await at.emptied();
  expect(at.testimoniesOf(gone.waiting, 'patient')).toEqual([]);
  expect(at.testimoniesOf(gone.dead, 'mortal')).toEqual([]);
  expect((await at.record(gone.waiting, 'patient'))?.status?.S).toBe('erased');

  const listed = await command('infra/ops/archive-cli.ts', [
    ...['query', '--local', '--aws-port', new URL(at.runtime.awsEndpoint).port, '--bucket', at.bucket, '--json'],
  ]);
  const ids = listed.out
    .split('\n')
    .flatMap((line) => (line ? [(JSON.parse(line) as { event: { id: string } }).event.id] : []));
  for (const id of Object.values(kept)) expect(ids.filter((each) => each === id)).toEqual([id]);
  for (const id of Object.values(gone)) expect(ids).not.toContain(id);

  const again = await erase('--tenant', 'acme', '--go');
  expect(again).toMatchObject({ exit: 0, err: expect.stringContaining('nothing was found') });
  // A repetition of an erased event by its platform is not handled either.
  expect(await versionsWith('mark-of-other')).not.toEqual([]);
}, 120_000);

test('a subject goes by a value of the body, in JSON that stands in JSON too', async () => {
  const mine = await post('letter', 'here', { customer: { email: 'ada@example.com' } });
  const nested = await post('letter', 'here', { inner: JSON.stringify({ to: ['ada@example.com'] }) });
  const notMine = await post('letter', 'here', { customer: { email: 'ada@example.com.au' } });
  for (const id of [mine, nested, notMine]) await at.reaches(id, 'plain', 'completed');
  await archived('here', 3);
  expect(await erase('--subject', 'ada@example.com', '--source', 'warehouse', '--go')).toMatchObject({ exit: 0 });
  expect((await at.record(mine, 'plain'))?.status?.S).toBe('erased');
  expect((await at.record(notMine, 'plain'))?.status?.S).toBe('completed');
  expect((await at.record(nested, 'plain'))?.status?.S).toBe('erased');
}, 120_000);

test('a body that another event has as well stays, wherever what goes was found, and goes with the last of them', async () => {
  const secret = randomBytes(20).toString('hex');
  const body = JSON.stringify({ event: 'fatal', site: 'twin', secret, bulk: randomBytes(150_000).toString('hex') });
  const one = await postBody(body);
  const other = await postBody(body);
  expect(other).not.toBe(one);
  for (const id of [one, other]) await at.reaches(id, 'mortal', 'dead');
  await archived('twin', 2);
  expect(await erase('--id', one, '--go')).toMatchObject({ exit: 0, out: expect.stringMatching(/^dead letters +1$/m) });
  // Written twice, it has two versions of one key.
  expect([...new Set(await versionsWith(secret))]).toEqual([expect.stringContaining('archive/bodies/')]);
  expect(await erase('--id', other, '--go')).toMatchObject({ exit: 0 });
  expect(await versionsWith(secret)).toEqual([]);
}, 120_000);

test('what makes no sense is refused, and removes nothing', async () => {
  for (const [args, said] of [
    [[], /--tenant, --id, --subject or --mention must say whose events are to go/],
    [['--tenant', ''], /--tenant must be a tenant, got nothing/],
    [['--id', 'short'], /--id must be an event's id of 43 characters, got short/],
    [['--tenant', 'a', '--from', '2026-13-01'], /--from must be RFC 3339/],
  ] as const) {
    const { exit, err } = await erase(...args, '--go');
    expect(exit).toBe(2);
    expect(err).toMatch(said);
  }
});

test('an erasure that was cut short goes on by its plan, although what told of it has gone', async () => {
  const secret = { owner: 'grace@example.com', bulk: randomBytes(150_000).toString('hex') };
  const id = await post('letter', 'cut', secret);
  await at.reaches(id, 'plain', 'completed');
  await archived('cut', 1);
  const restore = at.runtime.faults.add({
    service: 's3',
    action: 'DeleteObjects',
    kind: 'fail',
    match: ({ body }) => body.includes('archive/bodies/'),
  });
  const cut = await erase('--subject', 'grace@example.com', '--go');
  expect(cut).toMatchObject({ exit: 1, err: expect.stringContaining('the same command goes on') });
  // The record has gone, and with it what names the body.
  expect(await versionsWith('"tenant":"cut"')).toEqual([]);
  expect(await versionsWith('grace@example.com')).toHaveLength(1);
  restore();
  const rest = await erase('--subject', 'grace@example.com', '--go');
  expect(rest).toMatchObject({ exit: 0, err: expect.stringContaining('events planned before: 1') });
  expect(await versionsWith('grace@example.com')).toEqual([]);
}, 120_000);

test('what somebody else holds is told of, and found by the same command although its body has gone', async () => {
  const secret = { owner: 'joan@example.com', bulk: randomBytes(150_000).toString('hex') };
  const id = await post('fatal', 'held', secret);
  await at.reaches(id, 'mortal', 'dead');
  await archived('held', 1);
  const { consumers } = await at.runtime.state();
  const { deadLetterQueueUrl: QueueUrl = '' } = consumers.find(({ name }) => name === 'mortal') ?? {};
  const sqs = new SQSClient({ ...at.client, useQueueUrlAsEndpoint: false });
  const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 });
  const { Messages = [] } = await sqs.send(receive);
  const cut = await erase('--subject', 'joan@example.com', '--go');
  expect(cut).toMatchObject({ exit: 1, err: expect.stringContaining('dead letters that SQS did not show') });
  expect(cut.err).toContain('not everything has been removed; the same command goes on');
  for (const { ReceiptHandle } of Messages) {
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  }
  sqs.destroy();
  const rest = await erase('--subject', 'joan@example.com', '--go');
  expect(rest).toMatchObject({ exit: 0, out: expect.stringMatching(/^dead letters +1$/m) });
}, 120_000);

test('a plan is of one erasure, and of nothing else', async () => {
  const id = await post('letter', 'half');
  await at.reaches(id, 'plain', 'completed');
  await archived('half', 1);
  const plan = join(scratch, 'half.ndjson');
  const elsewhere = await erase('--tenant', 'half', '--go', '--plan', plan, '--table', 'no-such-table');
  expect(elsewhere).toMatchObject({ exit: 1, err: expect.stringContaining('no-such-table') });
  expect(await versionsWith('"tenant":"half"')).not.toEqual([]);
  const other = await erase('--tenant', 'half', '--go', '--plan', plan);
  expect(other).toMatchObject({ exit: 2, err: expect.stringContaining('must be of this erasure, got one of other') });
  writeFileSync(join(scratch, 'junk.ndjson'), 'junk\n');
  expect((await erase('--tenant', 'half', '--go', '--plan', join(scratch, 'junk.ndjson'))).exit).toBe(2);
  expect((await at.record(id, 'plain'))?.status?.S).toBe('completed');
}, 120_000);
