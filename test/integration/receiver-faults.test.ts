import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { decodeSpooled } from '../../functions/receive/spool.ts';
import type { Fault } from '../../infra/local/faults.ts';
import { eventually } from '../support/eventually.ts';
import { httpPost, type Posted } from '../support/http-post.ts';
import { type RunningPipeline, startPipeline } from '../support/running-pipeline.ts';
import { github, type Signer, shopify, slack, standardWebhooks } from '../support/signers.ts';

const consumers = ['orders', 'billing'];

let at: RunningPipeline;
let s3: S3Client;
beforeAll(async () => {
  at = await startPipeline({
    pipeline: 'test/integration/receiver-faults/pipeline.ts',
    secrets: {
      github: github.secrets,
      slack: slack.secrets,
      shopify: shopify.secrets,
      'standard-webhooks': standardWebhooks.secrets,
    },
    queueSpeed: 10,
  });
  s3 = new S3Client({ ...at.client, forcePathStyle: true });
}, 120_000);
afterAll(async () => {
  s3?.destroy();
  await at?.close();
});

const removals: (() => void)[] = [];
/** Takes away every fault of the test. */
function recover(): void {
  for (const remove of removals.splice(0)) remove();
}
afterEach(recover);

/** Makes calls go wrong until recovery; `to` names the consumers whose queues are meant. */
function inject({ to, ...fault }: Omit<Fault, 'match'> & { readonly to?: readonly string[] }): void {
  const match: Fault['match'] = ({ body }) => {
    const { QueueUrl = '' } = JSON.parse(body.toString()) as { QueueUrl?: string };
    return (to ?? []).some((consumer) => new RegExp(`-${consumer}(\\.fifo)?$`).test(QueueUrl));
  };
  removals.push(at.runtime.faults.add(to ? { ...fault, match } : fault));
}

async function post(signer: Signer, body: string | Buffer, given?: Readonly<Record<string, string>>): Promise<Posted> {
  const headers = { 'content-type': 'application/json', ...(given ?? (await signer.sign(body))) };
  return httpPost(at.runtime.url, { path: `/webhooks/${signer.source}`, headers, body });
}

const anEvent = (more: object = {}) => JSON.stringify({ nonce: randomUUID(), ...more });

/** Watches sends to a consumer's queue, and lets them pass: the group of each, and whether SQS may judge duplicates. */
function watchGroups(consumer: string): readonly { group: string | undefined; deduplicated: boolean }[] {
  const seen: { group: string | undefined; deduplicated: boolean }[] = [];
  const match: Fault['match'] = ({ body }) => {
    const { QueueUrl = '', MessageGroupId: group, MessageDeduplicationId: id } = JSON.parse(body.toString());
    if (new RegExp(`-${consumer}(\\.fifo)?$`).test(QueueUrl)) seen.push({ group, deduplicated: id !== undefined });
    return false;
  };
  removals.push(at.runtime.faults.add({ service: 'sqs', action: 'SendMessage', kind: 'fail', match }));
  return seen;
}

async function keysBelow(Prefix: string): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: at.bucket, Prefix }));
  return Contents.map(({ Key = '' }) => Key);
}

/** What waits in the spool: the outstanding queues of each object. */
async function spooled(): Promise<string[][]> {
  const keys = await keysBelow('spool/');
  return Promise.all(
    keys.map(async (Key) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: at.bucket, Key }));
      const { queues } = decodeSpooled((await Body?.transformToString()) ?? '');
      return queues.map(({ queue }) => queue);
    }),
  );
}

/** After recovery and a sweep nothing is left anywhere, and every handler saw every event exactly once. */
async function isDoneOnce(...ids: string[]): Promise<void> {
  recover();
  await at.runtime.invokeSchedules();
  expect(await keysBelow('spool/')).toEqual([]);
  await Promise.all(ids.flatMap((id) => consumers.map((consumer) => at.reaches(id, consumer, 'completed'))));
  await at.emptied();
  for (const id of ids) {
    for (const consumer of consumers) expect(at.testimoniesOf(id, consumer), consumer).toHaveLength(1);
  }
}

describe('SQS fails', () => {
  test("for one of two consumers: 2xx, the other one's handler runs, and the sweeper sends to the first", async () => {
    inject({ service: 'sqs', action: 'SendMessage', kind: 'fail', to: ['billing'] });
    const { status, id } = await post(github, anEvent());
    expect(status).toBe(200);
    await at.reaches(id, 'orders', 'completed');
    expect(await at.record(id, 'billing')).toBeUndefined();
    expect(await spooled()).toEqual([['billing.fifo']]);
    await isDoneOnce(id);
  });

  test('for both: 2xx, and one object names both', async () => {
    inject({ service: 'sqs', action: 'SendMessage', kind: 'fail', to: consumers });
    const { status, id } = await post(github, anEvent());
    expect(status).toBe(200);
    expect(await spooled()).toEqual([['orders', 'billing.fifo']]);
    await isDoneOnce(id);
  });

  test('for both, and S3 fails as well: 503 and nothing is kept; sent again after recovery it is done once', async () => {
    inject({ service: 'sqs', action: 'SendMessage', kind: 'fail', to: consumers });
    inject({ service: 's3', action: 'PutObject', kind: 'fail' });
    const body = anEvent();
    const headers = await github.sign(body);
    expect(await post(github, body, headers)).toMatchObject({ status: 503, id: '' });
    recover();
    expect(await keysBelow('spool/')).toEqual([]);
    const { status, id } = await post(github, body, headers);
    expect(status).toBe(200);
    await isDoneOnce(id);
  });

  test('for one, and S3 fails as well: 503, for the promise is to both; sent again it is done once for each', async () => {
    inject({ service: 'sqs', action: 'SendMessage', kind: 'fail', to: ['orders'] });
    inject({ service: 's3', action: 'PutObject', kind: 'fail' });
    const body = anEvent();
    expect((await post(github, body)).status).toBe(503);
    recover();
    const { status, id } = await post(github, body);
    expect(status).toBe(200);
    await isDoneOnce(id);
  });

  test('for the sweeper too: the object stays, and names only what is still outstanding', async () => {
    inject({ service: 'sqs', action: 'SendMessage', kind: 'fail', to: consumers });
    const { id } = await post(github, anEvent());
    recover();
    inject({ service: 'sqs', action: 'SendMessage', kind: 'fail', to: ['orders'] });
    await at.runtime.invokeSchedules();
    await at.reaches(id, 'billing', 'completed');
    expect(await spooled()).toEqual([['orders']]);
    await isDoneOnce(id);
  });

  test('for many events: every accepted one is done once for both', async () => {
    inject({ service: 'sqs', action: 'SendMessage', kind: 'fail', to: ['orders'], times: 30 });
    const answers = await Promise.all(Array.from({ length: 40 }, () => post(github, anEvent())));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await spooled()).length).toBeGreaterThan(5);
    await isDoneOnce(...answers.map(({ id }) => id));
  });
});

describe('an event of a tenant', () => {
  const ofTenant = (full_name: string) => anEvent({ repository: { full_name } });

  test('waits in its group of a standard queue, and one of nobody in none', async () => {
    const seen = watchGroups('orders');
    const { id } = await post(github, ofTenant('snails/aquarium'));
    const { id: other } = await post(github, anEvent());
    expect(seen).toEqual([
      { group: 'snails/aquarium', deduplicated: false },
      { group: undefined, deduplicated: false },
    ]);
    await isDoneOnce(id, other);
  });

  test('keeps its group on the way through the spool', async () => {
    inject({ service: 'sqs', action: 'SendMessage', kind: 'fail', to: ['orders'] });
    const { id } = await post(github, ofTenant('snails in aquaria'));
    expect(await spooled()).toEqual([['orders']]);
    recover();
    const seen = watchGroups('orders');
    await at.runtime.invokeSchedules();
    const group = createHash('sha256').update('snails in aquaria').digest('hex');
    expect(seen).toEqual([{ group, deduplicated: false }]);
    await isDoneOnce(id);
  });
});

describe('SQS', () => {
  test.each([github, slack])('hangs for a consumer: $name gets its 2xx all the same', async (signer) => {
    inject({ service: 'sqs', action: 'SendMessage', kind: 'hang', to: ['orders'] });
    const { status, id } = await post(signer, anEvent());
    expect(status).toBe(200);
    expect(await spooled()).toEqual([['orders']]);
    await isDoneOnce(id);
  });

  test('and S3 both hang: 503 and not a timeout', async () => {
    inject({ service: 'sqs', action: 'SendMessage', kind: 'hang', to: consumers });
    inject({ service: 's3', action: 'PutObject', kind: 'hang' });
    const { status, body } = await post(slack, anEvent());
    expect({ status, body }).toEqual({ status: 503, body: '{"message":"Service Unavailable"}' });
  });

  test('takes messages whose confirmations are lost: copies arrive, and are done once', async () => {
    inject({ service: 'sqs', action: 'SendMessage', kind: 'lose-answer', to: consumers });
    const { status, id } = await post(github, anEvent());
    expect(status).toBe(200);
    expect(await spooled()).toEqual([['orders', 'billing.fifo']]);
    await isDoneOnce(id);
  });

  test('throttles for a moment: the repetition arrives, and nothing is spooled', async () => {
    inject({ service: 'sqs', action: 'SendMessage', kind: 'throttle', to: ['orders'], times: 1 });
    const { status, id } = await post(github, anEvent());
    expect(status).toBe(200);
    expect(await spooled()).toEqual([]);
    await isDoneOnce(id);
  });

  test('throttles on: 2xx by way of the spool', async () => {
    inject({ service: 'sqs', action: 'SendMessage', kind: 'throttle', to: consumers });
    const { status, id } = await post(github, anEvent());
    expect(status).toBe(200);
    expect(await spooled()).toEqual([['orders', 'billing.fifo']]);
    await isDoneOnce(id);
  });
});

describe('S3', () => {
  test.each(['fail', 'lose-answer', 'throttle'] as const)(
    'has a bad moment (%s) as it takes the spool: 2xx',
    async (kind) => {
      inject({ service: 'sqs', action: 'SendMessage', kind: 'fail', to: consumers });
      inject({ service: 's3', action: 'PutObject', kind, times: 1 });
      const { status, id } = await post(github, anEvent());
      expect(status).toBe(200);
      await isDoneOnce(id);
    },
  );

  test.each([
    ['bytes', randomBytes(300_000)],
    ['a text', JSON.stringify({ snails: '🐌\uffff\u0000é'.repeat(30_000) })],
  ])('carries %s beyond 192 KB, byte by byte', async (_what, body) => {
    const before = await keysBelow('archive/bodies/');
    const { status, id } = await post(github, body);
    expect(status).toBe(200);
    await isDoneOnce(id);
    expect(await keysBelow('archive/bodies/')).toHaveLength(before.length + 1);
    const sha256 = createHash('sha256').update(body).digest('hex');
    for (const consumer of consumers) expect(at.testimoniesOf(id, consumer)).toMatchObject([{ sha256 }]);
  });

  test('does not take a large body: 503', async () => {
    inject({ service: 's3', action: 'PutObject', kind: 'fail' });
    expect((await post(github, randomBytes(300_000))).status).toBe(503);
  });

  test('does not give a large body for a while: the event waits, and no attempt is spent', async () => {
    inject({ service: 's3', action: 'GetObject', kind: 'fail' });
    const { id } = await post(github, randomBytes(300_000));
    const waiting = await eventually('an event that waits', async () => {
      const item = await at.record(id, 'orders');
      return item?.status?.S === 'waiting' ? item : undefined;
    });
    expect(waiting.attempts?.N).toBe('0');
    await isDoneOnce(id);
    expect((await at.record(id, 'orders'))?.attempts?.N).toBe('0');
  });

  test('spools what has a large body', async () => {
    inject({ service: 'sqs', action: 'SendMessage', kind: 'fail', to: consumers });
    const body = randomBytes(300_000);
    const { status, id } = await post(github, body);
    expect(status).toBe(200);
    await isDoneOnce(id);
    const sha256 = createHash('sha256').update(body).digest('hex');
    expect(at.testimoniesOf(id, 'orders')).toMatchObject([{ sha256 }]);
  });
});

describe('Secrets Manager', () => {
  test('is down: a secret that was read before still proves webhooks, and refuses forgeries', async () => {
    // One request after the other meets the same warm environment, and the secret that it has read.
    expect((await post(github, anEvent())).status).toBe(200);
    inject({ service: 'secretsmanager', kind: 'fail' });
    const body = anEvent();
    const forged = await github.sign(body, { secret: github.foreign });
    expect((await post(github, body, forged)).status).toBe(401);
    const { status, id } = await post(github, body);
    expect(status).toBe(200);
    await isDoneOnce(id);
  });

  test.each([
    ['fails', 'fail', shopify],
    ['hangs', 'hang', standardWebhooks],
  ] as const)('%s, and no secret was ever read: 503, so that the platform comes again', async (_how, kind, signer) => {
    inject({ service: 'secretsmanager', kind });
    expect(await post(signer, anEvent())).toMatchObject({ status: 503, body: '{"message":"Service Unavailable"}' });
  });

  test('has a secret without a value: 503', async () => {
    const answer = await httpPost(at.runtime.url, {
      path: '/webhooks/stripe',
      headers: { 'stripe-signature': `t=1,v1=${'0'.repeat(64)}` },
      body: anEvent(),
    });
    expect(answer).toMatchObject({ status: 503, body: '{"message":"Service Unavailable"}' });
  });
});
