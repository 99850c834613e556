import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeMessage } from '../../../../functions/core/message.ts';
import { startDynamoDb } from '../../../../infra/local/aws/dynamodb.ts';
import { Secrets } from '../../../../infra/local/aws/secrets.ts';
import { Sqs } from '../../../../infra/local/aws/sqs/sqs.ts';
import { Faults } from '../../../../infra/local/faults.ts';
import { localPage } from '../../../../infra/local/page/local-page.ts';
import { Observed } from '../../../../infra/local/page/observed.ts';
import { ownCall } from '../../../../infra/local/page/own-call.ts';
import type { PageSurroundings } from '../../../../infra/local/page/surroundings.ts';
import type { QueuePlan } from '../../../../infra/local/provision/plan.ts';
import type { Clock } from '../../../../infra/local/service.ts';
import { LocalApis } from '../../../support/local-api.ts';
import { aMessage } from '../../../support/messages.ts';
import { sendRaw } from '../../../support/raw-http.ts';

const now = 1_800_000_000_000;
const apis = new LocalApis();
const dynamodb = await startDynamoDb();
await dynamodb.createTable({
  TableName: 'ledger',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['id', 'consumer'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
  KeySchema: [
    { AttributeName: 'id', KeyType: 'HASH' },
    { AttributeName: 'consumer', KeyType: 'RANGE' },
  ],
});
afterAll(async () => {
  await apis.remove();
  await dynamodb.close();
});

const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:t-${name}`;
const redrive = JSON.stringify({ deadLetterTargetArn: arn('orders-dlq'), maxReceiveCount: 9 });
const queues: readonly QueuePlan[] = [
  { name: 't-orders-dlq', place: 'here', attributes: {} },
  { name: 't-orders', place: 'here', attributes: { RedrivePolicy: redrive } },
];

async function made(more: Partial<PageSurroundings> = {}) {
  const clock: Clock = { now: () => now, after: () => () => {} };
  const sqs = new Sqs({
    queueUrlBase: () => 'http://127.0.0.1/000000000000',
    region: 'us-east-1',
    account: '000000000000',
  });
  for (const { name, attributes } of queues) sqs.createQueue(name, { ...attributes });
  const secrets = new Secrets();
  secrets.createSecret('t/github', 'shh');
  secrets.createSecret('t/stripe');
  const observed = new Observed(() => now, 't-');
  const faults = new Faults();
  let url = '';
  const page = localPage({
    observed,
    queues,
    prefix: 't-',
    secretPrefix: 't/',
    sqs,
    services: { sqs, secrets, dynamodb },
    faults,
    state: () => ({
      sources: ['github', 'stripe'].map((name) => ({ name, url: `${url}/webhooks/${name}` })),
      consumers: [],
      ledgerTable: 'ledger',
      archiveBucket: '',
      awsEndpoint: '',
    }),
    alarms: () => [],
    notices: () => [],
    invokeSchedules: async () => {},
    samples: {
      of: () => ({ title: 'A platform', types: ['push'] }),
      make: (_, type, { secret, url: signed, at }) => {
        if (type !== 'push') throw new Error(`the type must be one of push, got ${type}`);
        return { headers: { 'x-signed': `${secret} ${signed} ${at}` }, body: Buffer.from('{}') };
      },
    },
    clock,
    startedAt: now,
    ...more,
  });
  const api = await apis.start(undefined, { extra: page });
  url = api.url;
  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${url}/_local/${path}`, { headers });
  const order = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(`${url}/_local/${path}`, {
      method: 'POST',
      headers: { 'x-nerite': '1', 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const bury = (body: string, attributes = {}) =>
    ownCall(sqs, 'AmazonSQS.SendMessage', {
      QueueUrl: sqs.queueUrl('t-orders-dlq'),
      MessageBody: body,
      MessageAttributes: attributes,
    });
  return { url, observed, sqs, faults, get, order, bury };
}

let at: Awaited<ReturnType<typeof made>>;
beforeEach(async () => {
  at = await made();
});

const answerOf = async (response: Promise<Response>) => {
  const { status, headers } = await response;
  return { status, headers, body: (await (await response).json()) as Record<string, unknown> };
};

describe('the files', () => {
  test.each([
    ['', 'text/html'],
    ['page.css', 'text/css'],
    ['page.js', 'text/javascript'],
    ['icon.svg', 'image/svg'],
  ])('%s is served with a policy under which nothing foreign and nothing inline runs', async (path, type) => {
    const response = await at.get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain(type);
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'self';.*frame-ancestors 'none'$/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('have no script, style or handler inline, and ask nobody else for anything', async () => {
    const html = await (await at.get('')).text();
    expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|https?:\/\//i);
  });

  test('include whatever the page and its modules ask for', async () => {
    const seen = new Set<string>();
    const look = async (path: string): Promise<void> => {
      if (seen.has(path)) return;
      seen.add(path);
      const response = await at.get(path);
      expect(response.status, path).toBe(200);
      const text = await response.text();
      const pattern = /(?:from '\.\/|(?:src|rel="(?:icon|stylesheet)" href)=")([\w.-]+)/g;
      for (const [, asked = ''] of text.matchAll(pattern)) await look(asked);
    };
    await look('');
    expect([...seen]).toEqual(expect.arrayContaining(['page.css', 'icon.svg', 'page.js', 'dom.js', 'dialog.js']));
  });

  test('never insert anything but text', async () => {
    for (const name of ['page', 'dom', 'words', 'sections', 'actions', 'dialog', 'server']) {
      const code = await (await at.get(`${name}.js`)).text();
      expect(code, name).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function/);
    }
  });

  test('are those files only', async () => {
    for (const path of ['../page.ts', '..%2fpage.ts', 'page.html', 'nothing', '%00', 'overview/more']) {
      expect(
        (
          await sendRaw(
            at.url,
            `GET /_local/${path} HTTP/1.1\r\nHost: ${new URL(at.url).host}\r\nConnection: close\r\n\r\n`,
          )
        ).status,
        path,
      ).toBe(404);
    }
  });
});

describe('the overview', () => {
  test('has the flow, the queues and the sources', async () => {
    await at.bury('dead');
    const metrics = {
      _aws: { CloudWatchMetrics: [{ Namespace: 'Nerite', Metrics: [{ Name: 'Received' }] }] },
      Received: 3,
    };
    at.observed.take('t-receiver', JSON.stringify({ ...metrics, source: 'github' }));
    const { body } = await answerOf(at.get('overview'));
    expect(body).toMatchObject({
      startedAt: now,
      flow: [
        { name: 'received', count: { lastMinute: 3, total: 3 } },
        { name: 'refused' },
        { name: 'queued', now: 0 },
        { name: 'processed' },
        { name: 'dead', now: 1 },
      ],
      queues: [{ name: 'orders', visible: 0, dead: 1 }],
      sources: [
        { name: 'github', received: { total: 3 }, sample: { title: 'A platform', types: ['push'] } },
        { name: 'stripe' },
      ],
      alarms: { ok: 0, unknown: 0, alarming: [] },
      faults: [],
    });
  });

  test('costs an empty answer while nothing has changed', async () => {
    const etag = (await at.get('overview')).headers.get('etag') ?? '';
    expect((await at.get('overview', { 'if-none-match': etag })).status).toBe(304);
    await at.bury('dead');
    expect((await at.get('overview', { 'if-none-match': etag })).status).toBe(200);
  });

  test('tells the alarms that somebody has to look at, and counts the others', async () => {
    const alarm = { kind: 'metric', since: now, reason: 'so', description: 'Bad.', notifies: true } as const;
    const alarms = () =>
      (['OK', 'OK', 'ALARM', 'INSUFFICIENT_DATA'] as const).map((state, place) => ({
        ...alarm,
        name: `a${place}`,
        state,
      }));
    const { get } = await made({ alarms });
    const { body } = await answerOf(get('overview'));
    expect(body.alarms).toMatchObject({ ok: 2, unknown: 1, alarming: [{ name: 'a2', state: 'ALARM' }] });
    expect((await answerOf(get('alarms'))).body).toMatchObject({ alarms: [{}, {}, {}, {}], notices: [] });
  });
});

describe('an event', () => {
  test('is told with its ledger records and its log lines', async () => {
    const item = { id: 'e1', consumer: 'orders#0', status: 'dead', reason: 'no luck' };
    const Item = Object.fromEntries(Object.entries(item).map(([name, text]) => [name, { S: text }]));
    await ownCall(dynamodb, 'DynamoDB_20120810.PutItem', { TableName: 'ledger', Item });
    at.observed.take('t-orders', JSON.stringify({ message: 'dead-lettered', eventId: 'e1', consumer: 'orders' }));
    const { status, body } = await answerOf(at.get('events/e1'));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: 'e1',
      records: [{ consumer: 'orders', run: 0, status: 'dead', reason: 'no luck' }],
      lines: [{ function: 'orders', message: 'dead-lettered' }],
    });
    expect((await answerOf(at.get('logs?event=e1'))).body).toEqual(body.lines);
  });

  test('that nobody knows is not there, and what is no id is refused', async () => {
    expect((await at.get('events/unknown')).status).toBe(404);
    expect((await at.get('events/%3Cb%3E')).status).toBe(400);
    expect((await at.get('events/%E0%A4%A')).status).toBe(400);
    expect((await at.get('events?limit=no')).status).toBe(400);
    expect((await answerOf(at.get('events?limit=5'))).body).toEqual([]);
  });
});

describe('dead letters', () => {
  test('are shown with their reason, and nobody receives them by that', async () => {
    const event = aMessage({ id: 'e7' });
    await at.bury(encodeMessage(event), { reason: { DataType: 'String', StringValue: 'no luck' } });
    await at.bury('<b>not even JSON</b>');
    const { body } = await answerOf(at.get('dead-letters?consumer=orders'));
    expect(body).toMatchObject([
      { queue: 'orders', eventId: 'e7', reason: 'no luck' },
      { queue: 'orders', text: '<b>not even JSON</b>' },
    ]);
    expect(at.sqs.figures('t-orders-dlq')).toEqual({ visible: 2, inFlight: 0, delayed: 0 });
    expect((await at.get('dead-letters?consumer=none')).status).toBe(404);
    expect((await at.get('dead-letters')).status).toBe(400);
  });

  test('are redriven into the queue of their consumer, which SQS does not know by itself', async () => {
    await at.bury('dead');
    expect((await at.order('redrive', { consumer: 'orders' })).status).toBe(200);
    await expect.poll(() => at.sqs.figures('t-orders').visible).toBe(1);
    expect(at.sqs.figures('t-orders-dlq').visible).toBe(0);
    expect(await answerOf(at.order('redrive', { consumer: 'none' }))).toMatchObject({
      status: 400,
      body: { error: 'consumer must be one of orders, got none' },
    });
  });
});

describe('an action', () => {
  test('sends samples through the front door, signed with the secret as it is now', async () => {
    const { status, body } = await answerOf(at.order('send', { source: 'github', count: 3 }));
    expect({ status, body }).toEqual({ status: 200, body: { source: 'github', type: 'push', statuses: { 200: 3 } } });
  });

  test.each([
    [{ source: 'none' }, 400, 'source must be one of github, stripe, got none'],
    [{}, 400, 'source must be a text, got none'],
    [{ source: 'github', count: 101 }, 400, 'count must be a whole number from 1 to 100'],
    [{ source: 'github', count: '3' }, 400, 'count must be a whole number from 1 to 100'],
    [{ source: 'github', type: 'pull' }, 409, 'the type must be one of push, got pull'],
    [{ source: 'stripe' }, 409, 'the secret t/stripe has no value to sign with'],
  ])('does not send %j', async (order, status, error) => {
    expect(await answerOf(at.order('send', order))).toMatchObject({ status, body: { error } });
  });

  test('sends nothing where nobody knows how the sources sign', async () => {
    const { order } = await made({ samples: undefined });
    expect((await order('send', { source: 'github' })).status).toBe(409);
  });

  test('switches a fault on, and off again', async () => {
    const fault = { service: 'sqs', action: 'SendMessage', kind: 'throttle', times: 5 };
    const { body } = await answerOf(at.order('faults', fault));
    expect((await answerOf(at.get('overview'))).body.faults).toEqual([{ id: body.on, ...fault, met: 0 }]);
    expect((await at.order('faults', { off: body.on })).status).toBe(200);
    expect((await at.order('faults', { off: body.on })).status).toBe(404);
    expect((await answerOf(at.get('overview'))).body.faults).toEqual([]);
  });

  test.each([
    [{ service: 'ec2', kind: 'fail' }, 'service must be one of sqs, dynamodb, s3, secretsmanager, got ec2'],
    [{ service: 'sqs', kind: 'explode' }, 'kind must be one of fail, lose-answer, throttle, hang, got explode'],
    [
      { service: 'sqs', kind: 'fail', action: '<b>' },
      "action must be one of the service's, such as SendMessage, got <b>",
    ],
    [{ service: 'sqs', kind: 'fail', times: 0 }, 'times must be a whole number from 1 to 1000000'],
    [{ service: ['sqs'], kind: 'fail' }, 'service must be a text, got a object'],
  ])('does not switch on %j', async (fault, error) => {
    expect(await answerOf(at.order('faults', fault))).toMatchObject({ status: 400, body: { error } });
  });

  test('runs the schedules and waits for them, though not for good', async () => {
    let runs = 0;
    const quick = await made({
      invokeSchedules: async () => {
        runs += 1;
      },
    });
    expect((await answerOf(quick.order('schedules', {}))).body).toEqual({ done: true });
    expect(runs).toBe(1);
    const impatient: Clock = {
      now: () => now,
      after: (_, callback) => {
        callback();
        return () => {};
      },
    };
    const slow = await made({ invokeSchedules: () => new Promise(() => {}), clock: impatient });
    expect((await answerOf(slow.order('schedules', {}))).body).toEqual({ done: false });
  });
});

describe('a POST is refused', () => {
  const fault = { service: 'sqs', kind: 'fail' };
  const own = () => `http://${new URL(at.url).host}`;

  test.each([
    ['without the header that no form can send', { 'x-nerite': '' }, 403],
    ['with a content type that a form can send', { 'content-type': 'text/plain' }, 415],
    ['with one that only begins like JSON', { 'content-type': 'application/jsonp' }, 415],
    ['from a foreign origin', { origin: 'https://evil.example' }, 403],
    ['from an opaque origin', { origin: 'null' }, 403],
    ['from another port', { origin: 'http://127.0.0.1:1' }, 403],
    ['that a browser sends for another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['that a browser sends for another port', { 'sec-fetch-site': 'same-site' }, 403],
  ])('%s', async (_, headers, status) => {
    expect((await at.order('faults', fault, headers)).status).toBe(status);
    expect((await answerOf(at.get('overview'))).body.faults).toEqual([]);
  });

  test('under a name that somebody made lead here', async () => {
    const body = JSON.stringify(fault);
    const head = [
      'Host: evil.example',
      'x-nerite: 1',
      'content-type: application/json',
      `content-length: ${body.length}`,
    ];
    const { status } = await sendRaw(
      at.url,
      `POST /_local/faults HTTP/1.1\r\n${head.join('\r\n')}\r\nConnection: close\r\n\r\n${body}`,
    );
    expect(status).toBe(403);
    expect((await answerOf(at.get('overview'))).body.faults).toEqual([]);
  });

  test('whose body is too long, said beforehand or not', async () => {
    expect((await at.order('faults', { ...fault, more: 'x'.repeat(20_000) })).status).toBe(413);
    const chunk = `4e20\r\n${'x'.repeat(20_000)}\r\n`;
    const head = [
      `Host: ${new URL(at.url).host}`,
      'x-nerite: 1',
      'content-type: application/json',
      'transfer-encoding: chunked',
    ];
    const { status } = await sendRaw(
      at.url,
      `POST /_local/faults HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n${chunk}0\r\n\r\n`,
    );
    expect(status).toBe(413);
  });

  test('whose body is no JSON object', async () => {
    for (const body of ['', '[]', 'null', '"text"', '{']) {
      const headers = { 'x-nerite': '1', 'content-type': 'application/json' };
      expect((await fetch(`${at.url}/_local/faults`, { method: 'POST', headers, body })).status, body).toBe(400);
    }
  });

  test('where only a GET is served, and a GET where only a POST is', async () => {
    expect((await at.order('overview', {})).status).toBe(405);
    expect((await at.order('', {})).status).toBe(405);
    for (const path of ['send', 'redrive', 'faults', 'schedules']) expect((await at.get(path)).status, path).toBe(405);
  });

  test('but not from the page itself', async () => {
    const headers = { origin: own(), 'sec-fetch-site': 'same-origin' };
    expect((await at.order('faults', fault, headers)).status).toBe(200);
  });
});
