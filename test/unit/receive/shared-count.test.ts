import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dynamoDbEndpoint, sharedCountIn } from '../../../functions/receive/shared-count.ts';
import { stateTable } from '../../support/state-table.ts';

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'shhh', sessionToken: 'session' };
const client = (difference: object = {}) => new SQSClient({ region: 'eu-west-1', credentials, ...difference });
const window = 1_795_262_400;
const until = window + 120;

describe('in DynamoDB', () => {
  let table: Awaited<ReturnType<typeof stateTable>>;
  let endpoint: string;
  let key: string;
  let nth = 0;

  beforeAll(async () => {
    table = await stateTable();
    const { protocol = 'http:', hostname, port } = (await table.client.config.endpoint?.()) ?? {};
    endpoint = `${protocol}//${hostname}:${port}`;
  });
  afterAll(() => table.close());
  beforeEach(() => {
    nth += 1;
    key = `quota#source-${nth}#é 🐌`;
  });

  const add = (difference: Partial<Parameters<typeof sharedCountIn>[0]> = {}) =>
    sharedCountIn({ client: client(), table: table.table, endpoint, patienceMs: 5_000, ...difference });

  test('each window counts from 0', async () => {
    expect(await add()(key, window, 3, until)).toBe(3);
    expect(await add()(key, window, 4, until)).toBe(7);
    expect(await add()(key, window + 60, 1, until + 60)).toBe(1);
    expect(await add()(`${key}!`, window, 1, until)).toBe(1);
  });

  test('nothing that is added at once is lost', async () => {
    const receivers = [add(), add(), add()];
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => receivers[n % 3]?.(key, window, 100_000, until)),
    );
    expect(answers.sort((one, other) => Number(one) - Number(other))).toEqual(
      Array.from({ length: 30 }, (_, n) => (n + 1) * 100_000),
    );
  });

  test('a count is a record that the table forgets', async () => {
    await add()(key, window, 2, until);
    const { Item } = await table.client.send(
      new GetItemCommand({ TableName: table.table, Key: { key: { S: key }, sort: { S: String(window) } } }),
    );
    expect(Item).toEqual({
      key: { S: key },
      sort: { S: String(window) },
      used: { N: '2' },
      // Seconds, as the table's time to live reads it.
      expiresAt: { N: String(until) },
    });
  });

  test('where there is no such table, nobody can say', async () => {
    expect(await add({ table: 'elsewhere' })(key, window, 1, until)).toBeUndefined();
    expect(await add({ table: '' })(key, window, 1, until)).toBeUndefined();
  });
});

describe('a request', () => {
  interface Seen {
    readonly request: IncomingMessage;
    readonly body: Buffer;
  }
  let seen: Seen[];
  let answer: (response: ServerResponse) => void;
  const server = createServer(async (request, response) => {
    seen.push({ request, body: await buffer(request) });
    answer(response);
  });
  let endpoint: string;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    seen = [];
    answer = (response) => response.end('{"Attributes":{"used":{"N":"5"},"expiresAt":{"N":"1"}}}');
  });

  const add = (difference: Partial<Parameters<typeof sharedCountIn>[0]> = {}) =>
    sharedCountIn({ client: client(), table: 'state', endpoint, ...difference })('quota#shop', window, 1, until);

  test('is one update that DynamoDB takes, of which only the new count is wanted', async () => {
    expect(await add()).toBe(5);
    expect(seen).toHaveLength(1);
    const [{ request, body } = {} as Seen] = seen;
    expect({ method: request.method, url: request.url }).toEqual({ method: 'POST', url: '/' });
    expect(request.headers).toMatchObject({
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.UpdateItem',
      'content-length': String(body.length),
    });
    expect(JSON.parse(String(body))).toMatchObject({ TableName: 'state', ReturnValues: 'UPDATED_NEW' });
  });

  test('is signed as DynamoDB checks it, its bytes included', async () => {
    await add();
    const [{ request, body } = {} as Seen] = seen;
    const { authorization = '', ...headers } = request.headers as Record<string, string>;
    const [, names = ''] = /SignedHeaders=([^,]+)/.exec(authorization) ?? [];
    expect(authorization).toContain('/eu-west-1/dynamodb/aws4_request');
    expect(names.split(';')).toEqual(
      expect.arrayContaining(['content-type', 'host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target']),
    );
    const signer = new SignatureV4({
      service: 'dynamodb',
      region: 'eu-west-1',
      credentials,
      sha256: client().config.sha256,
    });
    const again = await signer.sign(
      {
        method: 'POST',
        protocol: 'http:',
        hostname: '127.0.0.1',
        path: '/',
        query: {},
        headers: Object.fromEntries(names.split(';').map((name) => [name, headers[name] ?? ''])),
        body,
      },
      {
        signingDate: new Date(
          String(headers['x-amz-date']).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
        ),
      },
    );
    expect(again.headers.authorization).toBe(authorization);
  });

  test.each([
    ['eu-west-1', 'dynamodb.eu-west-1.amazonaws.com'],
    ['cn-north-1', 'dynamodb.cn-north-1.amazonaws.com.cn'],
  ])('goes to AWS in %s where no endpoint is named', async (region, host) => {
    const asked: unknown[] = [];
    const requestHandler = {
      handle: (request: unknown) => {
        asked.push(request);
        return Promise.reject(new Error('no network'));
      },
      destroy: () => undefined,
    };
    const aws = sharedCountIn({
      client: client({ region, requestHandler }),
      table: 'state',
      endpoint: dynamoDbEndpoint({}),
    });
    expect(await aws('quota#shop', window, 1, until)).toBeUndefined();
    expect(asked).toMatchObject([{ protocol: 'https:', hostname: host, headers: { host } }]);
  });

  test('is not repeated, whatever the answer', async () => {
    answer = (response) => response.writeHead(500).end('{"__type":"InternalServerError"}');
    expect(await add()).toBeUndefined();
    expect(seen).toHaveLength(1);
  });

  test.each([
    ['an error', 400, '{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}'],
    ['an error with a count in it', 400, '{"Attributes":{"used":{"N":"5"}}}'],
    ['no JSON', 200, '<html>'],
    ['nothing', 200, ''],
    ['no count', 200, '{}'],
    ['JSON of another kind', 200, 'null'],
    ['a count that is no number', 200, '{"Attributes":{"used":{"N":"many"}}}'],
    ['a count beyond all numbers', 200, '{"Attributes":{"used":{"N":"1e300"}}}'],
  ])('that is answered with %s tells nothing', async (_what, status, text) => {
    answer = (response) => response.writeHead(status).end(text);
    expect(await add()).toBeUndefined();
  });

  const silences: [string, (response: ServerResponse) => void][] = [
    ['never', () => undefined],
    ['only in part', (response) => response.writeHead(200, { 'content-length': '100' }).write('{"Attri')],
    ['by hanging up', (response) => response.destroy()],
  ];
  test.each(silences)('that is answered %s is given up in time', async (_how, silence) => {
    answer = silence;
    const begin = performance.now();
    expect(await add({ patienceMs: 60 })).toBeUndefined();
    expect(performance.now() - begin).toBeLessThan(2_000);
  });

  test('whose credentials do not come is given up in time', async () => {
    const waiting = client({ credentials: () => new Promise(() => undefined) });
    expect(await add({ client: waiting, patienceMs: 60 })).toBeUndefined();
    expect(seen).toEqual([]);
  });

  test('to nobody tells nothing', async () => {
    expect(await add({ endpoint: 'http://127.0.0.1:1' })).toBeUndefined();
    expect(await add({ endpoint: 'nowhere' })).toBeUndefined();
  });
});

test('DynamoDB is where the SDK’s variables say', () => {
  const general = { AWS_ENDPOINT_URL: 'http://a' };
  expect(dynamoDbEndpoint({ ...general, AWS_ENDPOINT_URL_DYNAMODB: 'http://b' })).toBe('http://b');
  expect(dynamoDbEndpoint({ ...general, AWS_ENDPOINT_URL_DYNAMODB: '' })).toBe('http://a');
  expect(dynamoDbEndpoint({ AWS_ENDPOINT_URL: '' })).toBeUndefined();
});
