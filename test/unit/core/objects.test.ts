import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { objectStoreOf, s3Endpoint } from '../../../functions/core/objects.ts';
import { S3 } from '../../../infra/local/aws/s3/s3.ts';
import { awsEndpoint } from '../../support/aws-endpoint.ts';

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const credentials = { accessKeyId: 'AKID', secretAccessKey: 'shhh', sessionToken: 'session' };
let server: Server;
let endpoint: string;
let seen: Seen[];
let answer: (response: ServerResponse, nth: number) => void;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const body = await buffer(request);
    seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, body });
    answer(response, seen.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  seen = [];
  answer = (response) => response.end();
});

const client = () => new SQSClient({ region: 'eu-west-1', credentials });
const store = (difference: Partial<Parameters<typeof objectStoreOf>[0]> = {}) =>
  objectStoreOf({ client: client(), bucket: 'bucket', endpoint, ...difference });
const bytes = Buffer.from([0, 1, 0xff]);
const put = (objects = store(), signal?: AbortSignal) =>
  objects.put('a/b c:=+é.json', bytes, { contentType: 'application/json', ...(signal ? { signal } : {}) });

describe('an object', () => {
  test('is put under its key, by path, with its bytes and type', async () => {
    await put();
    expect(seen).toHaveLength(1);
    const [{ method, path, headers, body } = {} as Seen] = seen;
    expect({ method, path }).toEqual({ method: 'PUT', path: '/bucket/a/b%20c%3A%3D%2B%C3%A9.json' });
    expect(body).toEqual(bytes);
    expect(headers['content-type']).toBe('application/json');
    expect(headers['content-length']).toBe('3');
  });

  test('is signed as S3 checks it, its bytes included', async () => {
    await put();
    const [{ method, path, headers, body } = {} as Seen] = seen;
    const [, date = ''] = /^(\d{8})T/.exec(String(headers['x-amz-date'])) ?? [];
    const { authorization = '', ...rest } = headers as Record<string, string>;
    const [, names = ''] = /SignedHeaders=([^,]+)/.exec(authorization) ?? [];
    expect(names.split(';')).toEqual(
      expect.arrayContaining(['host', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token']),
    );
    const signer = new SignatureV4({
      service: 's3',
      region: 'eu-west-1',
      credentials,
      sha256: client().config.sha256,
      uriEscapePath: false,
    });
    const at = String(headers['x-amz-date']).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
    const again = await signer.sign(
      {
        method,
        path,
        protocol: 'http:',
        hostname: '127.0.0.1',
        query: {},
        headers: Object.fromEntries(Object.entries(rest).filter(([name]) => names.split(';').includes(name))),
        body,
      },
      { signingDate: new Date(at) },
    );
    expect(again.headers.authorization).toBe(authorization);
    expect(authorization).toContain(`/${date}/eu-west-1/s3/aws4_request`);
  });

  test('comes back byte for byte', async () => {
    answer = (response) => response.end(bytes);
    expect(await store().get('a/b')).toEqual(bytes);
    expect(seen[0]).toMatchObject({ method: 'GET', path: '/bucket/a/b' });
  });

  test('that is not there is named as S3 names it, and not asked for again', async () => {
    answer = (response) =>
      response.writeHead(404).end('<Error><Code>NoSuchKey</Code><Message>PRIVATE</Message></Error>');
    await expect(store().get('a')).rejects.toMatchObject({
      name: 'NoSuchKey',
      message: 'S3 must do GET Object, answered 404 NoSuchKey',
    });
    expect(seen).toHaveLength(1);
  });
});

describe('a checksum', () => {
  const Bucket = 'checked';
  let world: Awaited<ReturnType<typeof awsEndpoint>>;
  beforeAll(async () => {
    const s3 = new S3();
    s3.createBucket(Bucket);
    world = await awsEndpoint({ s3 });
  });
  afterAll(() => world.close());
  const checked = (difference: Partial<Parameters<typeof objectStoreOf>[0]> = {}) =>
    store({ client: world.sqs, bucket: Bucket, endpoint: world.url, ...difference });

  // What `printf '\000\001\377' | openssl sha256 -binary | base64` answers; and of nothing.
  test.each([
    ['of its bytes', bytes, 'JqZrBh6PSPOZJ8MS8lKTlZcp7ulZeOKJLUnTUSpcwJI='],
    ['of none', Buffer.alloc(0), '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
  ])('%s comes with an object, and S3 proves and keeps it', async (name, content, sum) => {
    await checked().put(name, content, { contentType: 'application/json' });
    const head = await world.s3.send(new HeadObjectCommand({ Bucket, Key: name, ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({ ChecksumSHA256: sum, ContentLength: content.length });
    expect(await checked().get(name)).toEqual(content);
  });

  test('of other bytes than arrive has them refused', async () => {
    const { requestHandler } = world.sqs.config;
    const handle = (request: { body: Uint8Array }, options: object) =>
      requestHandler.handle({ ...request, body: request.body.map((byte) => byte ^ 1) } as never, options);
    const broken = checked({ client: { config: { ...world.sqs.config, requestHandler: { handle } as never } } });
    await expect(put(broken)).rejects.toThrow(/answered 400/);
    await expect(checked().get('a/b c:=+é.json')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('is signed with the rest', async () => {
    await put();
    expect(seen[0]?.headers.authorization).toMatch(/SignedHeaders=[^,]*;x-amz-checksum-sha256;x-amz-content-sha256;/);
  });
});

describe('a failure', () => {
  test.each([500, 503, 429])('%i is tried once more', async (status) => {
    answer = (response, nth) => response.writeHead(nth === 1 ? status : 200).end();
    await put();
    expect(seen).toHaveLength(2);
    expect(seen[1]?.body).toEqual(bytes);
  });

  test('that lasts is told', async () => {
    answer = (response) => response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>');
    await expect(put()).rejects.toMatchObject({ name: 'SlowDown' });
    expect(seen).toHaveLength(2);
  });

  test('of the connection is tried once more', async () => {
    answer = (response, nth) => void (nth === 1 ? response.destroy() : response.end());
    await put();
    expect(seen).toHaveLength(2);
  });

  test('of ours is not tried again', async () => {
    answer = (response) => response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
    await expect(put()).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(seen).toHaveLength(1);
  });
});

describe('an S3 that never answers', () => {
  test('is given up after two attempts', async () => {
    answer = () => undefined;
    await expect(put(store({ attemptMs: 50 }))).rejects.toThrow();
    expect(seen).toHaveLength(2);
  });

  test('is given up at once when the signal says so', async () => {
    const controller = new AbortController();
    answer = () => controller.abort();
    await expect(put(store(), controller.signal)).rejects.toThrow();
    expect(seen).toHaveLength(1);
    await expect(put(store(), controller.signal)).rejects.toThrow();
    expect(seen).toHaveLength(1);
  });

  test('is given up in the middle of an object', async () => {
    answer = (response) => void response.writeHead(200, { 'content-length': '10' }).write('half');
    await expect(store({ attemptMs: 50 }).get('a')).rejects.toThrow();
    expect(seen).toHaveLength(2);
  });
});

describe('S3 is found', () => {
  const asked = async (bucket: string, region = 'eu-west-1', from: string | undefined = undefined) => {
    const requests: { protocol: string; hostname: string; path: string; port?: number }[] = [];
    const requestHandler = {
      handle: async (request: never) => {
        requests.push(request);
        return { response: { statusCode: 200, headers: {}, body: [] } };
      },
    };
    const sqs = new SQSClient({ region, credentials, requestHandler: requestHandler as never });
    await objectStoreOf({ client: sqs, bucket, endpoint: from }).get('k');
    const [{ protocol, hostname, path, port } = {} as (typeof requests)[0]] = requests;
    return `${protocol}//${hostname}${port ? `:${port}` : ''}${path}`;
  };

  test('at AWS by the name of the bucket', async () => {
    expect(await asked('bucket')).toBe('https://bucket.s3.eu-west-1.amazonaws.com/k');
    expect(await asked('bucket', 'cn-north-1')).toBe('https://bucket.s3.cn-north-1.amazonaws.com.cn/k');
    expect(await asked('with.dots')).toBe('https://s3.eu-west-1.amazonaws.com/with.dots/k');
  });

  test('elsewhere by path', async () => {
    expect(await asked('bucket', 'eu-west-1', 'http://127.0.0.1:4566')).toBe('http://127.0.0.1:4566/bucket/k');
    expect(await asked('bucket', 'eu-west-1', 'https://aws.test/root/')).toBe('https://aws.test/root/bucket/k');
  });

  test("where the SDK's own variables say", () => {
    expect(s3Endpoint({})).toBeUndefined();
    expect(s3Endpoint({ AWS_ENDPOINT_URL: 'http://a' })).toBe('http://a');
    expect(s3Endpoint({ AWS_ENDPOINT_URL: 'http://a', AWS_ENDPOINT_URL_S3: 'http://b' })).toBe('http://b');
  });
});
