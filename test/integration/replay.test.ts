import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PurgeQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hourPath } from '../../functions/archive/hour.ts';
import { rawKey } from '../../functions/archive/object-names.ts';
import { archiveAccess } from '../../infra/ops/archive-access.ts';
import { QueriedArchive } from '../../infra/ops/archive-query.ts';
import { eventually } from '../support/eventually.ts';
import { httpPost } from '../support/http-post.ts';
import { type RunningPipeline, startPipeline } from '../support/running-pipeline.ts';
import { github, warehouse } from '../support/signers.ts';
import { eachAtOnce } from '../support/webhooks.ts';

const root = resolve(import.meta.dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'replay-'));
const from = new Date(Date.now() - 60_000).toISOString();
const to = new Date(Date.now() + 3_600_000).toISOString();
/** The hour a day ago, of which nothing else is asked. */
const yesterday = new Date(Date.now() - 86_400_000).toISOString().replace(/:.*/, ':00:00.000Z');
const yesterdaysEnd = new Date(Date.parse(yesterday) + 3_600_000).toISOString();

let at: RunningPipeline;
/** What each queue has been sent, by whomever: when, in ms, and which event. */
const sends: { readonly queue: string; readonly at: number; readonly id: string }[] = [];
beforeAll(async () => {
  at = await startPipeline({
    pipeline: 'test/integration/replay/pipeline.ts',
    secrets: { warehouse: warehouse.secrets, github: github.secrets },
    queueSpeed: 5,
  });
  at.runtime.faults.add({
    service: 'sqs',
    action: 'SendMessage',
    kind: 'fail',
    match: ({ body }) => {
      const { QueueUrl, MessageBody } = JSON.parse(body.toString()) as { QueueUrl: string; MessageBody: string };
      const { event } = JSON.parse(MessageBody) as { event: { id: string } };
      sends.push({ queue: QueueUrl.split('nerite-dev-')[1] ?? '', at: performance.now(), id: event.id });
      return false;
    },
  });
}, 120_000);
afterAll(async () => {
  await at?.close();
  rmSync(scratch, { recursive: true });
});

async function post(type: string, site = 'here', more: object = {}): Promise<string> {
  const body = JSON.stringify({ event: type, site, nonce: randomUUID(), ...more });
  const headers = { 'content-type': 'application/json', ...(await warehouse.sign(body)) };
  // A busy machine is answered 503 at times, and sends the same again, as platforms do.
  return eventually('an answer', async () => {
    const { id } = await httpPost(at.runtime.url, { path: '/webhooks/warehouse', headers, body });
    return id || undefined;
  });
}

async function postAll(count: number, type: (index: number) => string, site = 'here'): Promise<string[]> {
  const ids: string[] = [];
  await eachAtOnce(
    Array.from({ length: count }, (_, index) => index),
    8,
    async (index) => {
      ids[index] = await post(type(index), site);
    },
  );
  return ids;
}

/** Waits until the archive has events. */
async function archived(ids: readonly string[]): Promise<void> {
  const s3 = new S3Client({ ...at.client, forcePathStyle: true });
  await eventually('events in the archive', async () => {
    const archive = new QueriedArchive(archiveAccess(s3, at.bucket), () => undefined);
    const found = new Set<string>();
    const query = { sources: [], type: undefined, tenant: undefined, id: undefined, limit: 10_000 };
    for await (const { record } of archive.events({ ...query, from: Date.parse(from), to: Date.parse(to) })) {
      found.add(record.id);
    }
    return ids.every((id) => found.has(id)) || undefined;
  });
  s3.destroy();
}

const forget = (id: string, consumer: string) =>
  at.ledger.send(
    new DeleteItemCommand({ TableName: at.ledgerTable, Key: { id: { S: id }, consumer: { S: consumer } } }),
  );

/** Runs the command: at the runtime as such, or, with an environment, at what that takes for AWS. */
function replaying(args: string, progress = 'progress', env?: Record<string, string>, range = `${from} --to ${to}`) {
  const command = [
    'infra/ops/replay-cli.ts',
    ...`--from ${range}`.split(' '),
    ...(env ? [] : `--local --port ${new URL(at.runtime.url).port}`.split(' ')),
    ...`--pipeline test/integration/replay/pipeline.ts --progress ${join(scratch, progress)}`.split(' '),
    ...args.split(' '),
  ];
  const child = spawn(process.execPath, command, { cwd: root, env: { ...process.env, ...env } });
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  const ended = new Promise<number | NodeJS.Signals | null>((done) => {
    child.once('exit', (code, signal) => done(code ?? signal));
  });
  const answer = async () => {
    const exit = await ended;
    const [out, err] = await said;
    return { exit, out, err };
  };
  return { answer, kill: (signal: NodeJS.Signals) => child.kill(signal) };
}

const replay = (...args: Parameters<typeof replaying>) => replaying(...args).answer();

/** The figures of a table's row. */
function row(out: string, name: string): string[] {
  return (
    out
      .split('\n')
      .flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length)] : []))[0]
      ?.trim()
      .split(/\s+/) ?? []
  );
}

const runsOf = (id: string, consumer: string): string[] =>
  at.testimoniesOf(id, consumer).map(({ idempotencyKey }) => idempotencyKey);

describe.concurrent('npm run replay', () => {
  test('sends what is missing, at its rate, killed and resumed in between, and a second time nothing', async () => {
    const ids = await postAll(40, (index) => (index % 2 ? 'letter' : 'parcel'), 'missing');
    for (const id of ids) await at.reaches(id, 'plain', 'completed');
    await archived(ids);
    const missing = ids.filter((_, index) => index % 4 !== 0);
    for (const id of missing) await forget(id, 'plain#0');
    const which = '--only missing --consumer plain --source warehouse --tenant missing --rate 10';
    const began = sends.length;
    const sentSince = () => sends.slice(began).filter(({ queue, id }) => queue === 'plain' && ids.includes(id));

    const dry = await replay(which);
    expect(dry).toMatchObject({ exit: 0 });
    expect(row(dry.out, 'plain').slice(0, 2)).toEqual(['40', '30']);
    expect(row(dry.out, 'plain')[3]).toBe('0.1');
    expect(dry.err).toContain('signatures are not archived');
    expect(sentSince()).toEqual([]);

    const killed = replaying(`${which} --go`);
    await eventually('half of it', () => sentSince().length >= 12 || undefined);
    killed.kill('SIGKILL');
    expect(await killed.answer()).toMatchObject({ exit: 'SIGKILL' });
    const before = sentSince().length;
    expect(before).toBeLessThan(30);

    const other = await replay(`${which} --type letter --go`);
    expect(other).toMatchObject({ exit: 2 });
    expect(other.err).toContain('must be of this replay, got one of another: type is not given there');

    const resumed = await replay(`${which} --go`);
    expect(resumed).toMatchObject({ exit: 0 });
    expect(resumed.err).toContain('going on with');
    for (const id of missing) await at.reaches(id, 'plain', 'completed');
    await at.emptied();
    for (const id of ids) expect(runsOf(id, 'plain')).toHaveLength(missing.includes(id) ? 2 : 1);
    expect(new Set(sentSince().map(({ id }) => id))).toEqual(new Set(missing));
    // Each of the two had its own bucket of one token.
    for (const part of [sentSince().slice(0, before), sentSince().slice(before)]) {
      for (const [n, { at: begins }] of part.entries()) {
        const within = part.slice(n).filter(({ at: when }) => when - begins <= 1_000).length;
        expect(within).toBeLessThanOrEqual(10 + 1 + 2);
      }
    }

    const sent = sentSince().length;
    const again = await replay(`${which} --go`);
    expect(again).toMatchObject({ exit: 0 });
    expect(row(again.out, 'plain')).toEqual(['40', '0']);
    expect(sentSince()).toHaveLength(sent);
  }, 60_000);

  test('runs all of a type once more as a run of its own, in order, stopped and resumed in between', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 20; n += 1) ids.push(await post(n % 5 === 4 ? 'letter' : 'parcel', 'all'));
    const parcels = ids.filter((_, index) => index % 5 !== 4);
    for (const id of parcels) await at.reaches(id, 'ordered', 'completed');
    for (const id of ids) await at.reaches(id, 'plain', 'completed');
    await archived(ids);
    const which = '--only all --tenant all --type parcel --consumer ordered --rate 10 --go';

    const stopped = replaying(which, 'all');
    const runs = () => at.witness.testimonies.filter(({ idempotencyKey }) => /\.ordered\.[1-9]/.test(idempotencyKey));
    await eventually('some of it', () => runs().length >= 4 || undefined);
    stopped.kill('SIGINT');
    const { exit, err } = await stopped.answer();
    expect(exit).toBe(130);
    expect(err).toMatch(/stopped; sent: \d+; the same command goes on \(\S*all\)/);
    const [, run = ''] = /this is run (\d+)/.exec(err) ?? [];

    expect(await replay(which, 'all')).toMatchObject({ exit: 0 });
    await eventually('the rest of it', () => runs().length >= parcels.length || undefined);
    await at.emptied();
    expect(runs().map(({ idempotencyKey }) => idempotencyKey)).toEqual(parcels.map((id) => `${id}.ordered.${run}`));
    for (const id of ids) expect(runsOf(id, 'plain')).toHaveLength(1);

    const again = await replay(which, 'all');
    expect(again).toMatchObject({ exit: 2 });
    expect(again.err).toContain('to run everything once more, remove it');
  }, 60_000);

  test('opens the next generation of what is dead, once', async () => {
    const ids = await postAll(5, () => 'fatal', 'dead');
    for (const id of ids) await at.reaches(id, 'mortal', 'dead');
    await archived(ids);
    const which = '--only dead --tenant dead --go';
    expect(row((await replay(which, 'dead')).out, 'mortal')).toEqual(['5', '5']);
    for (const id of ids) await at.reaches(id, 'mortal', 'completed');
    expect(row((await replay(which, 'dead')).out, 'mortal')).toEqual(['5', '0']);
    for (const id of ids) expect(runsOf(id, 'mortal')).toHaveLength(1);
  }, 60_000);

  test('brings back what failed and whose message was lost', async () => {
    at.witness.reception = ({ consumer }) => (consumer === 'patient' ? 'away' : undefined);
    const ids = await postAll(3, () => 'hard', 'failed');
    for (const id of ids) await eventually('a failure', async () => (await at.record(id, 'patient'))?.reason);
    await archived(ids);
    const sqs = new SQSClient(at.client);
    const { consumers } = await at.runtime.state();
    const queue = () => consumers.find(({ name }) => name === 'patient');
    await sqs.send(new PurgeQueueCommand({ QueueUrl: queue()?.queueUrl }));
    sqs.destroy();
    // What a function had received before is tried once more.
    let last = { attempts: '', since: 0 };
    await eventually('records that wait for ever', async () => {
      const records = await Promise.all(ids.map((id) => at.record(id, 'patient')));
      const attempts = records.map((record) => `${record?.status?.S} ${record?.attempts?.N}`).join();
      if (attempts !== last.attempts) last = { attempts, since: Date.now() };
      return (!attempts.includes('claimed') && Date.now() - last.since > 3_000) || undefined;
    });
    at.witness.reception = () => undefined;
    expect(row((await replay('--only failed --tenant failed --go', 'failed')).out, 'patient')).toEqual(['3', '3']);
    for (const id of ids) await at.reaches(id, 'patient', 'completed');
    for (const id of ids) expect(runsOf(id, 'patient')).toHaveLength(1);
  }, 60_000);

  test('runs of a list only the item that is missing', async () => {
    const id = await post('list', 'list', { items: ['a', 'b', 'c'] });
    const told = () =>
      at.witness.testimonies.filter((testimony) => testimony.id.startsWith(`${id}#`)).map((each) => each.id);
    await eventually('each item', () => told().length === 3 || undefined);
    await archived([id]);
    await at.emptied();
    await forget(id, 'split#0#1');
    const aws = {
      AWS_ENDPOINT_URL: at.runtime.awsEndpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      BUCKET: at.bucket,
      LEDGER_TABLE: at.ledgerTable,
    };
    expect(row((await replay('--only missing --tenant list --go', 'list', aws)).out, 'split')).toEqual(['1', '1']);
    await eventually('the item again', () => told().length === 4 || undefined);
    await at.emptied();
    expect(told().filter((item) => item === `${id}#1`)).toHaveLength(2);
    expect(told()).toHaveLength(4);
  }, 60_000);

  test('stops where a queue no longer takes anything, and goes on when it does', async () => {
    const ids = await postAll(10, () => 'letter', 'refused');
    for (const id of ids) await at.reaches(id, 'plain', 'completed');
    await archived(ids);
    for (const id of ids) await forget(id, 'plain#0');
    let sent = 0;
    const heal = at.runtime.faults.add({
      service: 'sqs',
      action: 'SendMessage',
      kind: 'fail',
      match: ({ body }) => {
        if (!ids.some((id) => body.includes(id))) return false;
        sent += 1;
        return sent > 4;
      },
    });
    const which = '--only missing --tenant refused --rate 20 --go';
    const refused = await replay(which, 'refused');
    heal();
    expect(refused).toMatchObject({ exit: 1 });
    expect(refused.err).toContain('queue plain must take a message (sqs:SendMessage), got');
    expect(refused.err).toContain('the same command goes on');
    expect(await replay(which, 'refused')).toMatchObject({ exit: 0 });
    for (const id of ids) await at.reaches(id, 'plain', 'completed');
    await at.emptied();
    for (const id of ids) expect(runsOf(id, 'plain')).toHaveLength(2);
  }, 60_000);

  test('names what it cannot read, sends the rest, and goes on with it later', async () => {
    const body = JSON.stringify({ zen: randomUUID(), filler: 'x'.repeat(200 * 1024) });
    const posts = [JSON.stringify({ zen: randomUUID() }), body].map(async (text) => {
      const headers = { 'content-type': 'application/json', ...(await github.sign(text)) };
      return (await httpPost(at.runtime.url, { path: '/webhooks/github', headers, body: text })).id;
    });
    const [id = '', large = ''] = await Promise.all(posts);
    for (const each of [id, large]) {
      await at.reaches(each, 'hub', 'completed');
      await forget(each, 'hub#0');
    }
    await archived([id, large]);
    const s3 = new S3Client({ ...at.client, forcePathStyle: true });
    const receivedAt = new Date().toISOString();
    const key = rawKey({
      hour: hourPath({ source: 'github', receivedAt }),
      firstReceivedAt: receivedAt,
      hash: 'a'.repeat(64),
    });
    await s3.send(new PutObjectCommand({ Bucket: at.bucket, Key: key, Body: 'no gzip' }));
    const bodies = archiveAccess(s3, at.bucket);
    const [folder = ''] = await bodies.folder('archive/bodies/');
    let bodyKey = '';
    for await (const [body] of bodies.pages(`archive/bodies/${folder}`)) bodyKey = body?.key ?? bodyKey;
    const stored = await bodies.read(bodyKey);
    await s3.send(new DeleteObjectCommand({ Bucket: at.bucket, Key: bodyKey }));

    const which = '--only missing --source github --go';
    const first = await replay(which, 'unreadable');
    expect(first.exit).toBe(1);
    expect(first.err).toContain(`corrupt: ${key}: object must be gzip`);
    expect(first.err).toContain(`event ${large} is left as it is: its body ${bodyKey} must be there, got none`);
    expect(row(first.out, 'hub')[1]).toBe('1');
    await at.reaches(id, 'hub', 'completed');

    await s3.send(new PutObjectCommand({ Bucket: at.bucket, Key: bodyKey, Body: stored?.bytes }));
    await s3.send(new DeleteObjectCommand({ Bucket: at.bucket, Key: key }));
    s3.destroy();
    const second = await replay(which, 'unreadable');
    expect(second).toMatchObject({ exit: 0 });
    expect(row(second.out, 'hub')).toEqual(['1', '1']);
    await at.reaches(large, 'hub', 'completed');
    await at.emptied();
    for (const each of [id, large]) expect(runsOf(each, 'hub')).toHaveLength(2);
  }, 60_000);

  test('says of what is in Glacier how much it is, what restoring it costs, and which command asks for it', async () => {
    const s3 = new S3Client({ ...at.client, forcePathStyle: true });
    const hour = hourPath({ source: 'github', receivedAt: yesterday });
    const Key = rawKey({ hour, firstReceivedAt: yesterday, hash: 'c'.repeat(64) });
    await s3.send(new PutObjectCommand({ Bucket: at.bucket, Key, Body: 'cold', StorageClass: 'GLACIER' }));
    const range = `${yesterday} --to ${yesterdaysEnd}`;
    const { exit, err } = await replay('--only missing --source github', 'cold', undefined, range);
    expect(exit).toBe(1);
    expect(err).toContain(`must be restored before they can be read: 1 in ${at.bucket}, first ${Key}`);
    expect(row(err, 'records').slice(0, 2)).toEqual(['1', '4']);
    expect(row(err, 'standard').slice(1, 2)).toEqual(['0.0001']);
    const { port } = new URL(at.runtime.awsEndpoint);
    const command = `npm run archive -- restore --source github --from ${range} --bucket ${at.bucket} --local`;
    expect(err).toContain(`to ask for them, by bulk: ${command} --aws-port ${port} --go`);
    s3.destroy();
  }, 60_000);

  test.each([
    ['--only missing --consumer gone', 2, '--consumer must be one of the pipeline'],
    ['--only missing --consumer leaving', 2, 'which is draining'],
    ['--only missing --source nowhere', 2, '--source must be one of warehouse, github, got nowhere'],
    ['--only missing --tenant nobody', 1, 'the archive must have an event that was asked for'],
  ])('refuses what cannot be meant: %s', async (args, exit, sentence) => {
    const answer = await replay(`${args} --go`, 'nothing');
    expect(answer.exit).toBe(exit);
    expect(answer.err).toContain(sentence);
  });
});
