import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { sign } from '@octokit/webhooks-methods';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { definePipeline, type QuotaDefinition } from '../../../functions/core/definition.ts';
import { decodeMessage } from '../../../functions/core/message.ts';
import { sendTo } from '../../../functions/receive/enqueue.ts';
import { type Beyond, type Quota, quotaBy } from '../../../functions/receive/quota.ts';
import { receiver } from '../../../functions/receive/receive.ts';
import { secretStore } from '../../../functions/receive/secrets/secrets.ts';
import { decodeSpooled } from '../../../functions/receive/spool.ts';
import { aDelivery } from '../../support/deliveries.ts';
import { recordingTelemetry } from '../../support/silent-telemetry.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const prefix = 'https://sqs.us-east-1.amazonaws.com/1/nerite-dev-';
const handler = 'functions/handlers/notifier.ts';
const sqs = mockClient(SQSClient);
let spooled: Buffer[];
let recorded = recordingTelemetry();
let time = now;

beforeEach(() => {
  sqs.reset();
  sqs.on(SendMessageCommand).resolves({ MessageId: 'm' });
  spooled = [];
  recorded = recordingTelemetry();
  time = now;
});

/** A count in memory. */
function counted(): Quota {
  const counts = new Map<string, number>();
  return quotaBy(async (key, window, count) => {
    const after = (counts.get(`${key} ${window}`) ?? 0) + count;
    counts.set(`${key} ${window}`, after);
    return after;
  });
}

function world(limits: QuotaDefinition, quota = counted()) {
  return receiver({
    definition: definePipeline({
      archive: false,
      sources: { github: { provider: 'github', quota: limits }, other: { provider: 'github' } },
      consumers: {
        plain: { from: [{ source: 'github' }, { source: 'other' }], handler },
        ordered: {
          from: { source: 'github', types: ['star.*'] },
          handler,
          order: { by: ({ data }) => (data as { key: string }).key },
        },
        fair: { from: { source: 'github', types: ['star.*'] }, handler, fair: {} },
        byNobody: {
          from: { source: 'github', types: ['star.*'] },
          handler,
          fair: { by: () => undefined as unknown as string },
        },
      },
    }),
    publicUrl: 'https://hooks.example.com',
    secrets: secretStore(
      {
        read: async () => ({ text: 'secret', version: 'version-1' }),
        write: () => Promise.reject(new Error('the secret must not be written')),
      },
      recorded.telemetry.log,
    ),
    send: sendTo(new SQSClient({ region: 'us-east-1' }), prefix),
    objects: {
      put: async (_key, bytes) => void spooled.push(Buffer.from(bytes)),
      get: () => Promise.reject(new Error('the receiver reads nothing')),
    },
    quota,
    telemetry: recorded.telemetry,
    now: () => time,
    randomHex: (bytes) => 'ab'.repeat(bytes),
  });
}

async function from(
  repository: string,
  { event = 'push', source = 'github', secret = 'secret' }: { event?: string; source?: string; secret?: string } = {},
) {
  const body = JSON.stringify({
    ...(event === 'star' ? { action: 'created', key: 'key-1' } : {}),
    repository: { full_name: repository },
  });
  return aDelivery({
    source,
    body,
    headers: { 'x-github-event': event, 'x-hub-signature-256': await sign(secret, body) },
  });
}

const sent = () =>
  sqs.commandCalls(SendMessageCommand).map(({ args: [{ input }] }) => ({
    queue: input.QueueUrl?.slice(prefix.length),
    group: input.MessageGroupId,
    message: decodeMessage(input.MessageBody ?? ''),
  }));
const groups = () => sent().map(({ group }) => group);
const one = { events: 1, perSeconds: 60 };

describe('an event beyond its source’s quota', () => {
  test('is taken, and waits with its like where nobody else has a lane', async () => {
    const receive = world({ source: one });
    for (let n = 0; n < 3; n += 1) expect((await receive(await from('o/r'))).statusCode).toBe(200);
    expect(groups()).toEqual([undefined, 'quota#github', 'quota#github']);
  });

  test('is the same event as it would be within it', async () => {
    const receive = world({ source: one });
    const delivery = await from('o/r');
    await receive(delivery);
    await receive(delivery);
    const [within, beyond] = sent();
    expect(beyond?.message).toEqual(within?.message);
  });

  test('goes first again in the next window', async () => {
    const receive = world({ source: one });
    for (const at of [0, 1, 60_000]) {
      time = now + at;
      await receive(await from('o/r'));
    }
    expect(groups()).toEqual([undefined, 'quota#github', undefined]);
  });

  test('keeps its key’s lane in a FIFO queue, and its tenant’s in a fair one', async () => {
    const receive = world({ source: one });
    await receive(await from('o/r', { event: 'star' }));
    const within = sent();
    sqs.resetHistory();
    await receive(await from('o/r', { event: 'star' }));
    expect(sent().map(({ queue, group }) => [queue, group])).toEqual([
      ['plain', 'quota#github'],
      ['ordered.fifo', 'key-1'],
      ['fair', 'o/r'],
      ['byNobody', undefined],
    ]);
    expect(sent().slice(1)).toEqual(within.slice(1));
  });

  test('leaves the other sources alone', async () => {
    const receive = world({ source: one });
    for (let n = 0; n < 3; n += 1) await receive(await from('o/r', { source: 'other' }));
    await receive(await from('o/r'));
    expect(groups()).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('keeps its lane by way of the spool', async () => {
    const receive = world({ source: one });
    await receive(await from('o/r'));
    sqs.on(SendMessageCommand).rejects(new Error('SQS is away'));
    expect((await receive(await from('o/r'))).statusCode).toBe(200);
    expect(spooled.map((bytes) => decodeSpooled(String(bytes)).queues)).toEqual([
      [{ queue: 'plain', lane: { group: 'quota#github' } }],
    ]);
  });

  test('is told once in ten seconds, with how many there were', async () => {
    const receive = world({ source: one });
    for (let n = 0; n < 5; n += 1) await receive(await from('o/r'));
    time += 10_000;
    await receive(await from('o/r', { source: 'other' }));
    const lines = recorded.lines.filter(({ message }) => message === 'beyond a quota');
    expect(lines.map(({ level, attributes }) => ({ level, ...attributes }))).toEqual([
      { level: 'info', source: 'github', whose: 'quota#github', count: 1, became: 'yielding' },
      { level: 'info', source: 'github', whose: 'quota#github', count: 3, became: 'yielding' },
    ]);
    expect(recorded.total('BeyondQuota')).toBe(4);
  });
});

describe('tenants beyond their quota', () => {
  test('wait each with its like', async () => {
    const receive = world({ tenant: one });
    for (const repository of ['o/a', 'o/a', 'o/b', 'o/b', 'o/ä', 'o/ä']) await receive(await from(repository));
    expect(groups()).toEqual([
      undefined,
      'quota#github#o/a',
      undefined,
      'quota#github#o/b',
      undefined,
      // SQS would refuse what it is made of.
      expect.stringMatching(/^[0-9a-f]{64}$/),
    ]);
  });
});

describe('where what is beyond is refused', () => {
  const refusing: QuotaDefinition = { source: one, beyond: 'refuse' };

  test('the platform is told when to come again, and nothing is enqueued', async () => {
    const receive = world(refusing);
    await receive(await from('o/r'));
    time += 12_345;
    expect(await receive(await from('o/r', { event: 'star' }))).toEqual({
      statusCode: 429,
      headers: { 'content-type': 'application/json', 'retry-after': '48' },
      body: '{"message":"Too Many Requests"}',
    });
    expect(sent()).toHaveLength(1);
    expect(spooled).toEqual([]);
    time += 48_000;
    expect((await receive(await from('o/r', { event: 'star' }))).statusCode).toBe(200);
    expect(recorded.total('Refused')).toBe(1);
    expect(recorded.lines).toContainEqual({
      level: 'info',
      message: 'beyond a quota',
      attributes: { source: 'github', whose: 'quota#github', count: 1, became: 'refused' },
    });
  });

  test('forgeries spend nobody’s share', async () => {
    const receive = world(refusing);
    for (let n = 0; n < 20; n += 1) {
      expect((await receive(await from('o/r', { secret: 'guessed' }))).statusCode).toBe(401);
    }
    expect((await receive(await from('o/r'))).statusCode).toBe(200);
    expect((await receive(await from('o/r', { secret: 'guessed' }))).statusCode).toBe(401);
  });

  test('a count that is not to be had refuses nobody', async () => {
    const receive = world(
      refusing,
      quotaBy(async () => undefined),
    );
    for (let n = 0; n < 3; n += 1) expect((await receive(await from('o/r'))).statusCode).toBe(200);
    expect(groups()).toEqual([undefined, undefined, undefined]);
  });
});

test('only a verified event is counted: by its source’s limits, its tenant and the time it came', async () => {
  const asked: Parameters<Quota>[] = [];
  const receive = world({ source: one }, async (...args): Promise<Beyond | undefined> => {
    asked.push(args);
    return undefined;
  });
  await receive(await from('o/r', { secret: 'guessed' }));
  await receive(await from('o/r'));
  await receive(await from('', { source: 'other' }));
  expect(asked).toEqual([
    ['github', { source: one }, 'o/r', now],
    ['other', undefined, undefined, now],
  ]);
});
