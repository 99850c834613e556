import { createHash, createHmac } from 'node:crypto';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { sign } from '@octokit/webhooks-methods';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { definePipeline, type Selectable } from '../../../functions/core/definition.ts';
import { digestIdentity, eventId } from '../../../functions/core/event.ts';
import { decodeMessage, inlineBytes, inlineLimitBytes, type Message } from '../../../functions/core/message.ts';
import type { ObjectStore } from '../../../functions/core/objects.ts';
import { sendTo } from '../../../functions/receive/enqueue.ts';
import { type ReceiverOptions, receiver } from '../../../functions/receive/receive.ts';
import { type SecretVault, secretStore } from '../../../functions/receive/secrets/secrets.ts';
import { decodeSpooled } from '../../../functions/receive/spool.ts';
import { aDelivery } from '../../support/deliveries.ts';
import { recordingTelemetry } from '../../support/silent-telemetry.ts';

const now = 1_795_262_400_000;
const prefix = 'https://sqs.us-east-1.amazonaws.com/1/nerite-dev-';
const handler = 'functions/handlers/notifier.ts';
// Impatient, so that what hangs is given up soon.
const scheme = {
  algorithm: 'sha256',
  encoding: 'hex',
  signature: { header: 'x-hub-signature-256', prefix: 'sha256=' },
  signed: '{body}',
  deadlineSeconds: 0.5,
} as const;
const definition = definePipeline({
  archive: false,
  sources: { github: { provider: 'github' }, slack: { provider: 'slack' }, quick: { provider: scheme } },
  consumers: {
    one: { from: { source: 'github', types: ['push'] }, handler },
    two: { from: [{ source: 'github', types: ['push', 'issues.*'] }, { source: 'quick' }], handler },
    third: { from: { source: 'quick' }, handler },
    ordered: {
      from: { source: 'github', types: ['star.*'] },
      handler,
      order: { by: ({ data }) => (data as { key: string }).key },
    },
    byTenant: { from: { source: 'github', types: ['watch.*'] }, handler, fair: {} },
    byOwner: {
      from: { source: 'github', types: ['watch.*'] },
      handler,
      fair: { by: ({ data }) => (data as { owner: string }).owner },
    },
    leaving: { from: { source: 'github' }, handler, draining: true },
    chat: { from: { source: 'slack' }, handler },
  },
});

const sqs = mockClient(SQSClient);
let objects: Map<string, Buffer>;
let puts: ObjectStore['put'];
let readSecret: SecretVault['read'];
let writeSecret: SecretVault['write'];
let recorded = recordingTelemetry();
let time = now;

function world(difference: Partial<ReceiverOptions> = {}) {
  return receiver({
    definition,
    publicUrl: 'https://hooks.example.com',
    secrets: secretStore(
      { read: (source) => readSecret(source), write: (...args) => writeSecret(...args) },
      recorded.telemetry.log,
    ),
    send: sendTo(new SQSClient({ region: 'us-east-1' }), prefix),
    objects: { put: (...args) => puts(...args), get: () => Promise.reject(new Error('the receiver reads nothing')) },
    quota: async () => undefined,
    telemetry: recorded.telemetry,
    now: () => time,
    randomHex: (bytes) => 'ab'.repeat(bytes),
    ...difference,
  });
}

beforeEach(() => {
  sqs.reset();
  sqs.on(SendMessageCommand).resolves({ MessageId: 'm' });
  objects = new Map();
  puts = async (key, bytes) => void objects.set(key, Buffer.from(bytes));
  readSecret = async () => ({ text: 'secret', version: 'abcdefgh-ijkl' });
  writeSecret = (source) => Promise.reject(new Error(`${source} must not be written`));
  recorded = recordingTelemetry();
  time = now;
});

async function signed(
  body: string | Buffer,
  difference: {
    event?: string;
    source?: string;
    headers?: Record<string, string>;
    secret?: string;
    requestId?: string;
  } = {},
) {
  const { event = 'push', source, headers, secret = 'secret', requestId } = difference;
  const digest = await sign(secret, String(body)).catch(() => '');
  return aDelivery({
    body,
    ...(source ? { source } : {}),
    ...(requestId ? { requestId } : {}),
    headers: { 'x-github-event': event, 'x-github-delivery': 'd-1', 'x-hub-signature-256': digest, ...headers },
  });
}

const sent = () =>
  sqs.commandCalls(SendMessageCommand).map(({ args: [{ input }] }) => ({
    ...input,
    queue: input.QueueUrl?.slice(prefix.length) ?? '',
    message: decodeMessage(input.MessageBody ?? ''),
  }));
const queues = () =>
  sent()
    .map(({ queue }) => queue)
    .sort();
const spooled = () =>
  [...objects]
    .filter(([key]) => key.startsWith('spool/'))
    .map(([key, bytes]) => ({ key, ...decodeSpooled(String(bytes)) }));

describe('an authentic webhook', () => {
  test('is in the queue of each subscribed consumer before it is answered', async () => {
    const body = '{ "ref": "main", "repository": {"full_name": "o/r"} }';
    const answer = await world()(await signed(body));
    const id = eventId('github', digestIdentity(Buffer.from(body)));
    expect(answer).toMatchObject({ statusCode: 200, body: JSON.stringify({ id }) });
    expect(queues()).toEqual(['one', 'two']);
    expect(sent()[0]?.message).toEqual({
      v: 1,
      event: {
        specversion: '1.0',
        id,
        source: 'github',
        type: 'push',
        time: '2026-11-21T12:00:00.000Z',
        datacontenttype: 'application/json',
      },
      body,
      headers: { 'content-type': 'application/json', 'x-github-event': 'push', 'x-github-delivery': 'd-1' },
      receivedAt: '2026-11-21T12:00:00.000Z',
      deliveryId: 'd-1',
      namedDelivery: true,
      tenant: 'o/r',
      verified: { scheme: 'github', secret: 'abcdefgh#0', at: '2026-11-21T12:00:00.000Z' },
      run: 0,
      gen: 0,
      trace: '00-abababababababababababababababab-abababababababab-01',
    } satisfies Message);
    expect(objects.size).toBe(0);
  });

  test('is one line and counted', async () => {
    await world()(await signed('{}'));
    expect(recorded.lines).toHaveLength(1);
    expect(recorded.lines[0]).toMatchObject({
      message: 'accepted',
      attributes: { type: 'push', deliveryId: 'd-1', consumers: ['one', 'two'], identicalDeliveries: true },
    });
    expect(recorded.counts).toEqual([
      { metric: 'Received', dimensions: { source: 'github' }, value: 1 },
      { metric: 'Bytes', dimensions: { source: 'github' }, value: 2 },
      { metric: 'Enqueued', dimensions: { source: 'github' }, value: 2 },
      { metric: 'SecretMatched', dimensions: { source: 'github', secret: '0' }, value: 1 },
    ]);
  });

  test('goes on with the trace that it came with, by a step of its own', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const traceparent = `00-${traceId}-b7ad6b7169203331-00`;
    await world()(await signed('{}', { headers: { 'x-github-delivery': 'd-1', traceparent } }));
    expect(sent()[0]?.message.trace).toBe(`00-${traceId}-abababababababab-00`);
    expect(recorded.lines[0]?.attributes).toMatchObject({ traceId });
  });

  test('begins a trace where it came with none that is right', async () => {
    const traceparent = '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01';
    await world()(await signed('{}', { headers: { 'x-github-delivery': 'd-1', traceparent } }));
    expect(recorded.lines[0]?.attributes).toMatchObject({ traceId: 'ab'.repeat(16) });
  });

  test('under another delivery id is the same event, and is accepted again', async () => {
    const receive = world();
    await receive(await signed('{}'));
    const again = await receive(
      await signed('{}', { headers: { 'x-github-delivery': 'd-2' }, requestId: 'request-2' }),
    );
    expect(again.statusCode).toBe(200);
    expect(new Set(sent().map(({ message }) => message.event.id)).size).toBe(1);
  });

  test('that nobody subscribed to is accepted and counted', async () => {
    expect((await world()(await signed('{}', { event: 'fork' }))).statusCode).toBe(200);
    expect(sent()).toEqual([]);
    expect(recorded.total('Unrouted')).toBe(1);
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['bytes that are no text', Buffer.from([0, 0xff, 0xc3, 0x28, 0xfe])],
    ['what SQS refuses', Buffer.from('\u0000\ufffe\uffff\u{1f980}')],
  ])('with %s arrives byte for byte', async (_what, body) => {
    const digest = createHmac('sha256', 'secret').update(body).digest('hex');
    const answer = await world()(await signed(body, { headers: { 'x-hub-signature-256': `sha256=${digest}` } }));
    expect(answer.statusCode).toBe(200);
    const { message } = sent()[0] ?? {};
    if (!message || 'dataref' in message) throw new Error('expected an inline body');
    expect(inlineBytes(message).equals(body)).toBe(true);
  });

  test('keeps the headers that describe it, and neither a credential nor too many', async () => {
    const long = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`x-long-${i}`, 'y'.repeat(1_000)]));
    const headers = {
      Authorization: 'Bearer a',
      Cookie: 'a=b',
      'X-Gitlab-Token': 'a',
      'x-api-key': 'a',
      'x-access-token': 'a',
      'x-auth': 'a',
      'x-forwarded-for': '192.0.2.1',
      'accept-language': 'en',
      'X-Kept': 'yes',
      'x-too-long': 'y'.repeat(1_100),
      ...long,
    };
    await world()(await signed('{}', { headers }));
    const { headers: kept = {} } = sent()[0]?.message ?? {};
    expect(kept).toMatchObject({ 'x-kept': 'yes', 'x-github-event': 'push' });
    const names = Object.keys(kept).filter((name) => !name.startsWith('x-long-'));
    expect(names.sort()).toEqual(['content-type', 'x-github-delivery', 'x-github-event', 'x-kept']);
    expect(JSON.stringify(kept).length).toBeLessThan(9_000);
  });
});

describe('a large body', () => {
  const body = `"${'x'.repeat(inlineLimitBytes)}"`;
  const sha = createHash('sha256').update(body).digest('hex');
  const key = `archive/bodies/github/2026/11/21/${sha}`;

  test('is stored in the archive before its event is sent', async () => {
    expect((await world()(await signed(body))).statusCode).toBe(200);
    expect(String(objects.get(key))).toBe(body);
    expect(sent()[0]?.message).toMatchObject({ dataref: key });
    expect(sent()[0]?.MessageBody?.length).toBeLessThan(2_000);
  });

  test('that cannot be stored is not accepted', async () => {
    puts = () => Promise.reject(new Error('S3 is away'));
    expect((await world()(await signed(body))).statusCode).toBe(503);
    expect(sent()).toEqual([]);
  });
});

describe('when SQS fails', () => {
  const away = Object.assign(new Error('SQS is away'), { name: 'ServiceUnavailable' });
  const failing = (queue: string) => sqs.on(SendMessageCommand, { QueueUrl: `${prefix}${queue}` });

  test('for one of two consumers, the spool names only that one', async () => {
    failing('one').rejects(away);
    const answer = await world()(await signed('{}'));
    expect(answer.statusCode).toBe(200);
    expect(spooled()).toHaveLength(1);
    const [object] = spooled();
    expect(object?.queues).toEqual([{ queue: 'one' }]);
    expect(object?.message).toEqual(sent()[0]?.message);
    expect(object?.key).toBe(`spool/2026-11-21T12:00:00.000Z-${object?.message.event.id}-request-1=.json`);
    expect(recorded.total('Enqueued')).toBe(1);
    expect(recorded.total('Spooled')).toBe(1);
  });

  test('for both, one object names both', async () => {
    failing('one').rejects(away);
    failing('two').rejects(away);
    expect((await world()(await signed('{}'))).statusCode).toBe(200);
    expect(spooled().map((object) => object.queues)).toEqual([[{ queue: 'one' }, { queue: 'two' }]]);
  });

  test('and S3 as well, nothing is promised', async () => {
    failing('one').rejects(away);
    puts = () => Promise.reject(new Error('S3 is away'));
    const answer = await world()(await signed('{}'));
    expect(answer).toMatchObject({ statusCode: 503, body: '{"message":"Service Unavailable"}' });
    expect(recorded.lines.at(-1)).toMatchObject({
      message: 'refused',
      attributes: { reason: 'not-enqueued', problem: 'S3 is away' },
    });
  });

  test('by never answering, what hangs is spooled within the deadline', async () => {
    failing('third').callsFake(() => new Promise(() => undefined));
    expect((await world()(await signed('{}', { source: 'quick' }))).statusCode).toBe(200);
    expect(spooled().map((object) => object.queues)).toEqual([[{ queue: 'third' }]]);
  });

  test('and S3 never answers either, the sender is not kept waiting for ever', async () => {
    failing('third').callsFake(() => new Promise(() => undefined));
    puts = () => new Promise(() => undefined);
    expect((await world()(await signed('{}', { source: 'quick' }))).statusCode).toBe(503);
  });

  test('after it took the message, a duplicate is spooled rather than an event lost', async () => {
    const taken: string[] = [];
    failing('one').callsFake(({ MessageBody }) => {
      taken.push(MessageBody);
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    });
    expect((await world()(await signed('{}'))).statusCode).toBe(200);
    expect(spooled()[0]?.message).toEqual(decodeMessage(taken[0] ?? ''));
  });
});

describe('a consumer that keeps an order', () => {
  const star = (key: unknown) => signed(JSON.stringify({ action: 'created', key }), { event: 'star' });

  test('gets its events in the groups of its keys', async () => {
    await world()(await star('repo-7'));
    expect(sent()[0]).toMatchObject({ queue: 'ordered.fifo', MessageGroupId: 'repo-7', message: { key: 'repo-7' } });
    expect(sent()[0]?.MessageDeduplicationId).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([['with spaces'], ['é'], ['x'.repeat(129)], ['\ud800']])(
    'groups by a digest of %j, which SQS would refuse',
    async (key) => {
      await world()(await star(key));
      expect(sent()[0]?.MessageGroupId).toMatch(/^[0-9a-f]{64}$/);
    },
  );

  test('gets a key of more than 256 characters as its digest', async () => {
    await world()(await star('x'.repeat(256)));
    await world()(await star('x'.repeat(257)));
    const digest = createHash('sha256').update('x'.repeat(257)).digest('hex');
    expect(sent().map(({ message }) => message.key)).toEqual(['x'.repeat(256), digest]);
  });

  test.each([
    [undefined, 'returned nothing'],
    [null, 'returned null'],
    [{}, 'returned a value of type object'],
    ['', 'returned an empty text'],
  ])('gives an event with the key %j a group of its own, and says so', async (key, problem) => {
    await world()(await star(key));
    const [event] = sent();
    expect(event?.MessageGroupId).toBe(event?.message.event.id);
    expect(event?.message).not.toHaveProperty('key');
    expect(recorded.lines).toContainEqual({
      level: 'warn',
      message: 'a selector found no key; the event is in no order',
      attributes: {
        consumer: 'ordered',
        selector: 'pipeline.consumers.ordered.order.by',
        problem,
        count: 1,
        eventId: event?.message.event.id,
        traceId: 'ab'.repeat(16),
      },
    });
    expect(recorded.counts).toContainEqual({
      metric: 'SelectorFailed',
      dimensions: { consumer: 'ordered', reason: 'order.by' },
      value: 1,
    });
  });

  test('gets an event that its selector throws at, and the log no word of what was thrown', async () => {
    const order = {
      by: ({ data }: Selectable) => {
        throw new RangeError(`PRIVATE ${JSON.stringify(data)}`);
      },
    };
    const consumers = { ordered: { ...definition.consumers.ordered, order } };
    expect((await world({ definition: { ...definition, consumers } })(await star('PRIVATE'))).statusCode).toBe(200);
    expect(sent()[0]?.MessageGroupId).toBe(sent()[0]?.message.event.id);
    const line = recorded.lines.find(({ level }) => level === 'warn');
    expect(line?.attributes.problem).toBe('threw RangeError');
    expect(JSON.stringify(recorded.lines)).not.toContain('PRIVATE');
  });

  test('hears of events without a key once a second, however many come', async () => {
    const receive = world();
    for (let i = 0; i < 250; i++) {
      time = now + i * 10;
      await receive(await star(undefined));
    }
    time = now + 10_000;
    await receive(await star('a'));
    const lines = recorded.lines.filter(({ level }) => level === 'warn');
    expect(lines.map(({ attributes }) => attributes.count)).toEqual([1, 100, 100, 49]);
    expect(recorded.total('SelectorFailed')).toBe(250);
  });

  test('gets the same bytes of another delivery too: SQS is no judge of duplicates', async () => {
    const receive = world();
    await receive(await star('a'));
    const delivery = await star('a');
    await receive({ ...delivery, requestContext: { ...delivery.requestContext, requestId: 'request-2' } });
    expect(new Set(sent().map(({ MessageDeduplicationId }) => MessageDeduplicationId)).size).toBe(2);
  });

  test('has its place kept in the spool', async () => {
    sqs.on(SendMessageCommand).rejects(new Error('away'));
    await world()(await star('a'));
    expect(spooled()[0]?.queues).toEqual([{ queue: 'ordered.fifo', lane: { group: 'a', key: 'a' } }]);
  });
});

describe('a consumer that is fair', () => {
  const watch = (repository: unknown, owner: unknown = 'nobody') =>
    signed(JSON.stringify({ action: 'started', repository: { full_name: repository }, owner }), { event: 'watch' });
  const sentTo = (queue: string) => sent().find((message) => message.queue === queue);

  test('gets its events in the groups of their tenants, in a standard queue', async () => {
    await world()(await watch('o/r'));
    expect(sentTo('byTenant')).toMatchObject({ MessageGroupId: 'o/r', message: { tenant: 'o/r' } });
    expect(sentTo('byTenant')).not.toHaveProperty('MessageDeduplicationId');
    expect(sentTo('byTenant')?.message).not.toHaveProperty('key');
  });

  test('gets them in the groups of those whom it names, while they stay what the platform says', async () => {
    await world()(await watch('o/r', 'snail-works'));
    expect(sentTo('byOwner')).toMatchObject({ MessageGroupId: 'snail-works', message: { tenant: 'o/r' } });
    expect(sentTo('byOwner')?.MessageBody).toBe(sentTo('byTenant')?.MessageBody);
  });

  test.each([['with spaces'], ['é'], ['x'.repeat(129)], ['\ud800']])(
    'groups by a digest of %j, which SQS would refuse',
    async (owner) => {
      await world()(await watch('o/r', owner));
      const digest = createHash('sha256').update(owner.toWellFormed()).digest('hex');
      expect(sentTo('byOwner')?.MessageGroupId).toBe(digest);
    },
  );

  test('may name them by number', async () => {
    await world()(await watch('o/r', 42));
    expect(sentTo('byOwner')?.MessageGroupId).toBe('42');
  });

  test('gets an event of nobody in no group, and that is nothing to speak of', async () => {
    await world()(await watch(undefined));
    expect(sentTo('byTenant')).toBeDefined();
    expect(sentTo('byTenant')).not.toHaveProperty('MessageGroupId');
    expect(recorded.total('SelectorFailed')).toBe(0);
  });

  test.each([
    [null, 'returned null'],
    ['', 'returned an empty text'],
    [true, 'returned a value of type boolean'],
    [['a'], 'returned a list'],
  ])('gets an event of %j in no group, and says so', async (owner, problem) => {
    await world()(await watch('o/r', owner));
    expect(sentTo('byOwner')).toBeDefined();
    expect(sentTo('byOwner')).not.toHaveProperty('MessageGroupId');
    expect(recorded.lines).toContainEqual({
      level: 'warn',
      message: 'a selector found no tenant; the event is in no group',
      attributes: {
        consumer: 'byOwner',
        selector: 'pipeline.consumers.byOwner.fair.by',
        problem,
        count: 1,
        eventId: sentTo('byOwner')?.message.event.id,
        traceId: 'ab'.repeat(16),
      },
    });
    expect(recorded.counts).toContainEqual({
      metric: 'SelectorFailed',
      dimensions: { consumer: 'byOwner', reason: 'fair.by' },
      value: 1,
    });
  });

  test('gets an event that its selector throws at', async () => {
    await world()(await signed('null', { event: 'watch.started' }));
    expect(sentTo('byOwner')).toBeDefined();
    expect(sentTo('byOwner')).not.toHaveProperty('MessageGroupId');
    expect(recorded.lines.find(({ level }) => level === 'warn')?.attributes.problem).toBe('threw TypeError');
  });

  test('has its group kept in the spool', async () => {
    sqs.on(SendMessageCommand).rejects(new Error('away'));
    await world()(await watch('o/r', 'snail works'));
    const digest = createHash('sha256').update('snail works').digest('hex');
    expect(spooled()[0]?.queues).toEqual([
      { queue: 'byTenant', lane: { group: 'o/r' } },
      { queue: 'byOwner', lane: { group: digest } },
    ]);
  });
});

describe('a request is refused', () => {
  test.each<[string, number, string, Parameters<typeof aDelivery>[0]]>([
    ['without a signature', 401, 'signature-missing', {}],
    [
      'with a forged one',
      401,
      'signature-mismatch',
      { headers: { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` } },
    ],
    ['with base64 that is none', 400, 'body-unreadable', { body: '!' }],
    ['larger than 6 MB', 413, 'body-too-large', { body: Buffer.alloc(6 * 1024 * 1024 + 1) }],
    ['to a source that is not there', 400, 'unknown-source', { source: 'nobody' }],
    ['to a source of a treacherous name', 400, 'unknown-source', { source: '__proto__' }],
  ])('%s, with %i and not a word more', async (_what, status, reason, difference) => {
    const delivery = aDelivery(difference);
    const answer = await world()(reason === 'body-unreadable' ? { ...delivery, isBase64Encoded: true } : delivery);
    expect(answer.statusCode).toBe(status);
    expect(JSON.parse(answer.body ?? '')).toEqual({ message: expect.stringMatching(/^[A-Z][A-Za-z ]+$/) });
    expect(recorded.lines.at(-1)).toMatchObject({ message: 'refused', attributes: { status, reason } });
    expect(sent()).toEqual([]);
  });

  test('with 503 where its source has no secret', async () => {
    readSecret = async () => undefined;
    const answer = await world()(await signed('{}'));
    expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '10' } });
    expect(recorded.counts).toEqual([
      { metric: 'Refused', dimensions: { source: 'github', reason: 'no-secret' }, value: 1 },
    ]);
  });

  test('with 503 and its place in the code where we failed, never with what it held', async () => {
    const send = () => {
      throw new Error('PRIVATE');
    };
    puts = () => {
      throw new Error('away');
    };
    expect((await world({ send })(await signed('{}'))).statusCode).toBe(503);
    const getters = {
      get headers(): never {
        throw new TypeError('PRIVATE');
      },
    };
    const { headers: _, ...delivery } = aDelivery();
    expect(
      (await world()(Object.defineProperties(delivery, Object.getOwnPropertyDescriptors(getters)) as never)).statusCode,
    ).toBe(503);
    expect(recorded.lines.at(-1)?.attributes.problem).toMatch(/^TypeError at .*headers/);
    expect(JSON.stringify(recorded.lines.at(-1))).not.toContain('PRIVATE');
  });

  test('at any rate, with a line and a count a second for each reason', async () => {
    const receive = world();
    for (let i = 0; i < 250; i++) {
      time = now + i * 10;
      await receive(aDelivery());
    }
    time = now + 10_000;
    await receive(await signed('{}'));
    const lines = recorded.lines.filter(({ message }) => message === 'refused');
    expect(lines.map(({ attributes }) => attributes.count)).toEqual([1, 100, 100, 49]);
    expect(recorded.total('Refused')).toBe(250);
    expect(recorded.total('Unproved')).toBe(250);
  });

  test('as unproved where it proves nothing, and only there', async () => {
    await world()(aDelivery());
    await world()(aDelivery({ source: 'nobody' }));
    expect(recorded.total('Refused')).toBe(2);
    expect(recorded.total('Unproved')).toBe(1);
  });

  test('without a trace of its body, its query or its credentials in the log', async () => {
    const delivery = aDelivery({
      body: '{"a":"PRIVATE"}',
      headers: { authorization: 'PRIVATE', 'x-hub-signature-256': 'sha256=PRIVATE' },
    });
    await world()({ ...delivery, rawQueryString: 'token=PRIVATE' });
    await world()(await signed('{"a":"PRIVATE"}', { headers: { authorization: 'PRIVATE' } }));
    expect(recorded.lines).toHaveLength(2);
    expect(JSON.stringify(recorded.lines)).not.toContain('PRIVATE');
  });
});

describe('a rotation', () => {
  test('takes both secrets, and counts which matched', async () => {
    readSecret = async () => ({ text: '["new","secret"]', version: 'v2' });
    const receive = world();
    expect((await receive(await signed('{}'))).statusCode).toBe(200);
    expect((await receive(await signed('{}', { secret: 'new' }))).statusCode).toBe(200);
    expect(sent().map(({ message }) => message.verified.secret)).toEqual(['v2#1', 'v2#1', 'v2#0', 'v2#0']);
    const matched = recorded.counts.filter(({ metric }) => metric === 'SecretMatched');
    expect(matched.map(({ dimensions }) => dimensions.secret)).toEqual(['1', '0']);
  });

  test('is noticed by the first request that the known secret does not prove', async () => {
    const receive = world();
    await receive(await signed('{}'));
    readSecret = async () => ({ text: 'new', version: 'v2' });
    time += 60_000;
    expect((await receive(await signed('{}', { secret: 'new' }))).statusCode).toBe(200);
    expect((await receive(await signed('{}'))).statusCode).toBe(401);
  });
});

describe('Slack', () => {
  const from = (body: string, headers: Record<string, string> = {}) => {
    const at = String(now / 1000);
    const digest = createHmac('sha256', 'secret').update(`v0:${at}:${body}`).digest('hex');
    return aDelivery({
      source: 'slack',
      body,
      headers: { 'x-slack-request-timestamp': at, 'x-slack-signature': `v0=${digest}`, ...headers },
    });
  };
  const challenge = '{"type":"url_verification","challenge":"<b>3eZbrw1a</b>"}';

  test('gets its challenge back as mere text, and no event comes of it', async () => {
    expect(await world()(await from(challenge))).toEqual({
      statusCode: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
      body: '<b>3eZbrw1a</b>',
    });
    expect(sent()).toEqual([]);
  });

  test('gets no challenge back that it did not sign', async () => {
    const delivery = await from(challenge, { 'x-slack-signature': `v0=${'0'.repeat(64)}` });
    const answer = await world()(delivery);
    expect(answer.statusCode).toBe(401);
    expect(answer.body).not.toContain('3eZbrw1a');
  });

  test('gets an empty answer to a command, which people would otherwise read', async () => {
    const answer = await world()(
      await from('command=%2Fdeploy&text=x', { 'content-type': 'application/x-www-form-urlencoded' }),
    );
    expect(answer).toEqual({ statusCode: 200, body: '' });
    expect(sent()[0]?.message.event.type).toBe('command./deploy');
  });
});

describe('a handshake', () => {
  const sources = {
    dropbox: { provider: 'dropbox' },
    asana: { provider: 'asana' },
    meta: { provider: 'meta' },
    trello: { provider: 'trello' },
    x: { provider: 'x' },
    slack: { provider: 'slack' },
    github: { provider: 'github' },
  } as const;
  const consumers = { all: { from: Object.keys(sources).map((source) => ({ source })), handler } };
  const asking = (difference: Parameters<typeof aDelivery>[0]) =>
    world({ definition: { archive: false, sources, consumers } })(aDelivery(difference));
  const refusal = () => recorded.lines.at(-1)?.attributes;

  test('that needs no proof is answered without a question to Secrets Manager', async () => {
    readSecret = () => Promise.reject(new Error('nobody may ask'));
    expect(await asking({ source: 'dropbox', method: 'GET', body: '', query: 'challenge=%3Cb%3Eabc' })).toEqual({
      statusCode: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
      body: '<b>abc',
    });
    expect(await asking({ source: 'trello', method: 'HEAD', body: '' })).toEqual({ statusCode: 200, body: '' });
    expect(recorded.lines.map(({ message }) => message)).toEqual(['answered a handshake', 'answered a handshake']);
  });

  test('that shows a verify token is answered, and another is not', async () => {
    readSecret = async () => ({ text: '{"secret":"secret","verifyToken":"token"}', version: 'v' });
    const query = 'hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=';
    expect(await asking({ source: 'meta', method: 'GET', body: '', query: `${query}token` })).toMatchObject({
      statusCode: 200,
      body: '1158201444',
    });
    const answer = await asking({ source: 'meta', method: 'GET', body: '', query: `${query}secret` });
    expect(answer.statusCode).toBe(401);
    expect(answer.body).not.toContain('1158201444');
    expect(refusal()).toMatchObject({ reason: 'verify-token-mismatch' });
  });

  test('may be answered with a signature of ours', async () => {
    const answer = await asking({ source: 'x', method: 'GET', body: '', query: 'crc_token=abc' });
    const digest = createHmac('sha256', 'secret').update('abc').digest('base64');
    expect(JSON.parse(answer.body ?? '')).toEqual({ response_token: `sha256=${digest}` });
  });

  test('that delivers the secret is answered where an operator waits for it, and proves what follows', async () => {
    const headers = { 'x-hook-secret': 'b537207f20cbfa02357cf448134da559' };
    const handshake = { source: 'asana', headers, body: '' };
    expect((await asking(handshake)).statusCode).toBe(403);
    expect(refusal()).toMatchObject({ reason: 'not-armed' });
    const writes: string[] = [];
    readSecret = async () => ({ text: '{"secret":"old","armedUntil":"2026-11-21T12:10:00Z"}', version: 'v1' });
    writeSecret = async (_source, _after, text) => {
      writes.push(text);
      return 'v2';
    };
    const receive = world({ definition: { archive: false, sources, consumers } });
    expect(await receive(aDelivery(handshake))).toEqual({ statusCode: 200, headers, body: '' });
    expect(writes).toEqual(['{"secret":["old","b537207f20cbfa02357cf448134da559"]}']);
    const body = '{"events":[{"action":"changed","resource":{"resource_type":"task"}}]}';
    for (const secret of ['old', headers['x-hook-secret']]) {
      const signature = createHmac('sha256', secret).update(body).digest('hex');
      const answer = await receive(aDelivery({ source: 'asana', headers: { 'x-hook-signature': signature }, body }));
      expect(answer.statusCode).toBe(200);
    }
    expect(sent().map(({ message }) => message.verified.secret)).toEqual(['v2#0', 'v2#1']);
  });

  test('never becomes an event, whatever else the request holds', async () => {
    readSecret = async () => ({ text: '{"secret":"secret","verifyToken":"token"}', version: 'v' });
    await asking({ source: 'dropbox', method: 'GET', query: 'challenge=abc', body: '{"list_folder":{}}' });
    await asking({ source: 'meta', method: 'GET', query: 'hub.mode=subscribe&hub.challenge=1&hub.verify_token=token' });
    await asking({ source: 'x', method: 'GET', query: 'crc_token=abc', body: '{"favorite_events":[]}' });
    await asking({ source: 'trello', method: 'HEAD', body: '{"action":{"id":"1","type":"a"}}' });
    const heartbeat = '{"events":[]}';
    const signature = createHmac('sha256', 'secret').update(heartbeat).digest('hex');
    await asking({ source: 'asana', headers: { 'x-hook-signature': signature }, body: heartbeat });
    expect(recorded.counts.filter(({ metric }) => metric === 'Handshakes')).toHaveLength(5);
    expect(recorded.counts.filter(({ metric }) => metric !== 'Handshakes')).toEqual([]);
    expect(sent()).toEqual([]);
    expect(objects.size).toBe(0);
  });

  test.each([
    ['no handshake', 'dropbox', 'GET', '', 'not-a-webhook'],
    ['a platform that asks by another method', 'trello', 'GET', '', 'not-a-webhook'],
    ['a platform that has none', 'github', 'GET', '', 'not-a-webhook'],
    ['one that asks nothing', 'dropbox', 'GET', 'challenge=a&challenge=b', 'not-a-webhook'],
    ['one that asks too much', 'dropbox', 'GET', `challenge=${'x'.repeat(1_025)}`, 'handshake-malformed'],
  ])(
    'is refused with 400 where a request by another method than POST is %s',
    async (...[, source, method, query, reason]) => {
      readSecret = () => Promise.reject(new Error('nobody may ask'));
      const answer = await asking({ source, method, query, headers: { 'x-github-event': 'push' } });
      expect(answer).toMatchObject({ statusCode: 400, body: '{"message":"Bad Request"}' });
      expect(refusal()).toMatchObject({ status: 400, reason });
      expect(sent()).toEqual([]);
    },
  );

  test('that must be signed is not answered unsigned, and a signed event by GET is none', async () => {
    const body = '{"type":"url_verification","challenge":"abc"}';
    expect((await asking({ source: 'slack', body })).statusCode).toBe(401);
    const delivery = await signed('{}');
    const { http } = delivery.requestContext;
    const got = { ...delivery, requestContext: { ...delivery.requestContext, http: { ...http, method: 'GET' } } };
    expect((await world()(got)).statusCode).toBe(400);
    expect(sent()).toEqual([]);
  });

  test('without a proof is a few words long, and what is longer is an event that must be proved', async () => {
    const headers = { 'x-hook-secret': 'b537207f20cbfa02357cf448134da559' };
    expect((await asking({ source: 'asana', headers, body: ' '.repeat(4_096) })).statusCode).toBe(403);
    expect(refusal()).toMatchObject({ reason: 'not-armed' });
    expect((await asking({ source: 'asana', headers, body: ' '.repeat(4_097) })).statusCode).toBe(401);
    expect(refusal()).toMatchObject({ reason: 'signature-missing' });
  });

  test('at any rate is told of once a second', async () => {
    const receive = world({ definition: { archive: false, sources, consumers } });
    for (let i = 0; i < 250; i++) {
      time = now + i * 10;
      await receive(aDelivery({ source: 'dropbox', method: 'GET', body: '', query: 'challenge=abc' }));
    }
    expect(recorded.lines.map(({ attributes }) => attributes.count)).toEqual([1, 100, 100]);
    expect(JSON.stringify(recorded.lines)).not.toContain('abc');
  });
});

describe('where a request comes from', () => {
  const allowing = (allowedIps: readonly string[] | 'published', provider: 'github' | 'telegram' = 'github') =>
    world({ definition: { ...definition, sources: { ...definition.sources, github: { provider, allowedIps } } } });
  const from = async (sourceIp: string) => {
    const delivery = await signed('{}');
    const { http } = delivery.requestContext;
    return { ...delivery, requestContext: { ...delivery.requestContext, http: { ...http, sourceIp } } };
  };

  test.each([
    ['an address', ['192.0.2.1'], '192.0.2.1', 200],
    ['another address', ['192.0.2.1'], '192.0.2.2', 403],
    ['one of several', ['198.51.100.7', '192.0.2.1'], '192.0.2.1', 200],
    ['the first of a range', ['192.0.2.0/24'], '192.0.2.0', 200],
    ['the last of a range', ['192.0.2.0/24'], '192.0.2.255', 200],
    ['the next one after a range', ['192.0.2.0/24'], '192.0.3.0', 403],
    ['a range that is written by an address inside', ['192.0.2.77/24'], '192.0.2.1', 200],
    ['anywhere in the older protocol', ['0.0.0.0/0'], '203.0.113.9', 200],
    ['the newer protocol, which nobody named', ['0.0.0.0/0'], '2001:db8::1', 403],
    ['a newer address', ['2001:db8::1'], '2001:db8::1', 200],
    ['a newer address, written otherwise', ['2001:0DB8:0:0::1'], '2001:db8::1', 200],
    ['another newer address', ['2001:db8::1'], '2001:db8::2', 403],
    ['a newer range', ['2001:db8:1::/48'], '2001:db8:1:ffff::1', 200],
    ['outside a newer range', ['2001:db8:1::/48'], '2001:db8:2::1', 403],
    ['an older address in the newer form', ['192.0.2.0/24'], '::ffff:192.0.2.1', 200],
    ['a platform’s neighbour in the newer form', ['192.0.2.0/24'], '::ffff:192.0.3.1', 403],
  ])('decides first: %s', async (_what, ranges, ip, status) => {
    const asked: string[] = [];
    const read = readSecret;
    readSecret = (source) => {
      asked.push(source);
      return read(source);
    };
    expect((await allowing(ranges)(await from(ip))).statusCode).toBe(status);
    expect(asked).toHaveLength(status === 200 ? 1 : 0);
    expect(sent()).toHaveLength(status === 200 ? 2 : 0);
  });

  test('is told to nobody but the log', async () => {
    const answer = await allowing(['192.0.2.1'])(await from('192.0.2.2'));
    expect(answer).toEqual({
      statusCode: 403,
      headers: { 'content-type': 'application/json' },
      body: '{"message":"Forbidden"}',
    });
    expect(recorded.lines).toMatchObject([{ message: 'refused', attributes: { status: 403, reason: 'source-ip' } }]);
    expect(JSON.stringify(recorded.lines)).not.toContain('192.0.2.2');
  });

  test('can be left to what the platform publishes', async () => {
    const receive = allowing('published', 'telegram');
    expect((await receive(await from('192.0.2.1'))).statusCode).toBe(403);
    expect((await receive(await from('149.154.167.197'))).statusCode).toBe(401);
  });

  test('is read from API Gateway, and from no header', async () => {
    const delivery = await signed('{}', {
      headers: { 'x-forwarded-for': '198.51.100.7', forwarded: 'for=198.51.100.7' },
    });
    expect((await allowing(['198.51.100.7'])(delivery)).statusCode).toBe(403);
  });

  test('decides about handshakes as well', async () => {
    const sources = {
      slack: { provider: 'slack' },
      dropbox: { provider: 'dropbox', allowedIps: ['198.51.100.7'] },
    } as const;
    const receive = world({ definition: { sources, consumers: { all: { from: { source: 'slack' }, handler } } } });
    const asked = aDelivery({ source: 'dropbox', method: 'GET', body: '', query: 'challenge=abc' });
    expect((await receive(asked)).statusCode).toBe(403);
  });
});

describe('what is known of an event', () => {
  const sources = {
    telegram: { provider: 'telegram' },
    adyen: { provider: 'adyen' },
    github: { provider: 'github' },
  } as const;
  const consumers = { all: { from: Object.keys(sources).map((source) => ({ source })), handler } };
  const receiving = (delivery: ReturnType<typeof aDelivery>) =>
    world({ definition: { archive: false, sources, consumers } })(delivery);
  const update = (body: string) =>
    aDelivery({ source: 'telegram', headers: { 'x-telegram-bot-api-secret-token': 'secret' }, body });

  test('says so where its body is not what was proved', async () => {
    await receiving(update('{"update_id":7,"message":{}}'));
    await receiving(await signed('{}'));
    expect(sent().map(({ message }) => message.verified.weakBody)).toEqual([true, undefined]);
    expect(sent()[1]?.message.verified).not.toHaveProperty('weakBody');
  });

  test('says whether the platform itself named the delivery', async () => {
    await receiving(update('{"update_id":7,"message":{}}'));
    await receiving(await signed('{}', { headers: { 'x-github-delivery': '' } }));
    const [named, unnamed] = sent().map(({ message }) => message);
    expect(named).toMatchObject({ deliveryId: '7', namedDelivery: true });
    expect(unnamed).toMatchObject({ deliveryId: 'request-1=' });
    expect(unnamed).not.toHaveProperty('namedDelivery');
  });

  test('is answered as the platform must read it, once it is durable', async () => {
    const body = '{"type":"balancePlatform.transfer.created","data":{"balancePlatform":"p"}}';
    const digest = createHmac('sha256', Buffer.from('abcd', 'hex')).update(body).digest('base64');
    readSecret = async () => ({ text: 'abcd', version: 'v' });
    const delivery = () => aDelivery({ source: 'adyen', headers: { hmacsignature: digest }, body });
    expect(await receiving(delivery())).toEqual({
      statusCode: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
      body: '[accepted]',
    });
    expect(sent()).toHaveLength(1);
    sqs.on(SendMessageCommand).rejects(new Error('away'));
    puts = () => Promise.reject(new Error('away'));
    const answer = await receiving(delivery());
    expect(answer.statusCode).toBe(503);
    expect(answer.body).not.toContain('[accepted]');
  });

  test('is answered so to nobody who proved nothing', async () => {
    readSecret = async () => ({ text: 'abcd', version: 'v' });
    const forged = aDelivery({ source: 'adyen', headers: { hmacsignature: 'x' }, body: '{"type":"a"}' });
    expect(await receiving(forged)).toMatchObject({ statusCode: 401, body: '{"message":"Unauthorized"}' });
  });
});

describe('the archive', () => {
  const { archive: _, ...archiving } = definition;

  test('gets every accepted delivery, as the consumers do', async () => {
    await world({ definition: archiving })(await signed('{}'));
    expect(queues()).toEqual(['archive', 'one', 'two']);
    expect(new Set(sent().map(({ MessageBody }) => MessageBody)).size).toBe(1);
  });

  test('gets what nobody subscribed to', async () => {
    await world({ definition: archiving })(await signed('{}', { event: 'fork' }));
    expect(queues()).toEqual(['archive']);
    expect(recorded.total('Unrouted')).toBe(1);
    expect(recorded.total('Enqueued')).toBe(0);
  });

  test('gets by the spool what its queue did not take, and is no reason to refuse', async () => {
    sqs.on(SendMessageCommand, { QueueUrl: `${prefix}archive` }).rejects(new Error('away'));
    expect((await world({ definition: archiving })(await signed('{}'))).statusCode).toBe(200);
    expect(spooled().map((object) => object.queues)).toEqual([[{ queue: 'archive' }]]);
    expect([recorded.total('Enqueued'), recorded.total('Spooled')]).toEqual([2, 1]);
  });

  test('gets nothing of a handshake or of what is refused', async () => {
    await world({ definition: archiving })(await signed('{}', { secret: 'forged' }));
    expect(queues()).toEqual([]);
  });
});

describe('a delivery that is a list', () => {
  const listDefinition = definePipeline({
    archive: false,
    sources: { okta: { provider: 'okta' } },
    consumers: {
      logins: { from: { source: 'okta', types: ['user.session.*'] }, handler },
      lifecycle: { from: { source: 'okta', types: ['user.lifecycle.*'] }, handler },
      groups: { from: { source: 'okta', types: ['group.*'] }, handler },
      mixtures: { from: { source: 'okta', types: ['mixed'] }, handler },
    },
  });
  const receiving = (...types: readonly string[]) =>
    world({ definition: listDefinition })(
      aDelivery({
        source: 'okta',
        headers: { authorization: 'secret' },
        body: JSON.stringify({ data: { events: types.map((eventType) => ({ eventType })) } }),
      }),
    );

  test('reaches whoever subscribes to the type of anything in it, once', async () => {
    await receiving('user.session.start', 'user.lifecycle.create', 'user.session.end');
    expect(queues()).toEqual(['lifecycle', 'logins', 'mixtures']);
    expect(sent()[0]?.message.event.type).toBe('mixed');
  });

  test('has the type of all that it holds, where that is one', async () => {
    await receiving('group.created', 'group.created');
    expect(queues()).toEqual(['groups']);
    expect(sent()[0]?.message.event.type).toBe('group.created');
  });

  test('has no type where it holds nothing', async () => {
    await receiving();
    expect(recorded.total('Unrouted')).toBe(1);
  });
});

describe('the URL that a platform was given', () => {
  const url = 'https://hooks.example.com/webhooks/there';
  const urlScheme = { ...scheme, signed: '{method} {url} {body}' } as const;
  const receive = (delivery: ReturnType<typeof aDelivery>) =>
    world({
      definition: {
        sources: { there: { provider: urlScheme } },
        consumers: { all: { from: { source: 'there' }, handler } },
      },
    })(delivery);
  const asking = (signedUrl: string, query = '', headers: Record<string, string> = {}) => {
    const digest = createHmac('sha256', 'secret').update(`POST ${signedUrl} {}`).digest('hex');
    return receive(
      aDelivery({ source: 'there', query, headers: { 'x-hub-signature-256': `sha256=${digest}`, ...headers } }),
    );
  };

  test('is what its signature covers, with the query as it was sent', async () => {
    expect((await asking(url)).statusCode).toBe(200);
    expect((await asking(`${url}?b=%41&a=1&a=2`, 'b=%41&a=1&a=2')).statusCode).toBe(200);
    expect((await asking(url, 'a=1')).statusCode).toBe(401);
    expect((await asking(`${url}?a=1`)).statusCode).toBe(401);
  });

  test('is known from the definition, whatever host the request names', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
    expect((await asking('https://evil.example/webhooks/there', '', headers)).statusCode).toBe(401);
    expect((await asking(url, '', headers)).statusCode).toBe(200);
  });
});
