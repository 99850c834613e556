import { once } from 'node:events';
import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { connect } from 'node:net';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { ListQueuesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, test } from 'vitest';
import { startEndpoint } from '../../../../infra/local/aws/endpoint.ts';
import { S3 } from '../../../../infra/local/aws/s3/s3.ts';
import { AwsError, type AwsRequest, type AwsService } from '../../../../infra/local/service.ts';
import { awsEndpoint, RecordingService } from '../../../support/aws-endpoint.ts';

let world: Awaited<ReturnType<typeof awsEndpoint>> | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

async function endpointWith(options: Parameters<typeof awsEndpoint>[0]) {
  world = await awsEndpoint(options);
  return world;
}

/** A service that answers every call with this error. */
function failingWith(error: Error): AwsService {
  return {
    handle: async () => {
      throw error;
    },
  };
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

describe('a request reaches its service', () => {
  test('by its target, whole', async () => {
    const sqs = new RecordingService();
    const { sqs: client } = await endpointWith({ sqs });
    const QueueNamePrefix = `🐌 ${'x'.repeat(200_000)}`;
    await client.send(new ListQueuesCommand({ QueueNamePrefix }));
    const [received] = sqs.requests;
    expect(received).toMatchObject({ method: 'POST', path: '/', target: 'AmazonSQS.ListQueues' });
    expect(JSON.parse(received?.body.toString() ?? '')).toEqual({ QueueNamePrefix });
  });

  test('with the request id and the content type of the protocol', async () => {
    const secrets = new RecordingService();
    const { url } = await endpointWith({ secrets });
    const headers = { 'x-amz-target': 'secretsmanager.ListSecrets', 'content-type': 'application/x-amz-json-1.1' };
    const response = await fetch(url, { method: 'POST', headers, body: '{}' });
    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.1');
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[\da-f-]{36}$/);
  });

  test('again and again on one connection', async () => {
    const sqs = new RecordingService();
    const { url } = await endpointWith({ sqs });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<unknown>();
    for (let turn = 0; turn < 3; turn++) {
      const options: RequestOptions = { agent, method: 'POST', headers: { 'x-amz-target': 'AmazonSQS.ListQueues' } };
      const asked = request(url, options).end('{}');
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      sockets.add(response.socket);
      expect(await textOf(response)).toBe('{}');
    }
    agent.destroy();
    expect(sockets.size).toBe(1);
    expect(sqs.requests).toHaveLength(3);
  });

  test('after it was told to go on, where it waits for that', async () => {
    const s3 = new S3();
    s3.createBucket('bucket');
    const { url } = await endpointWith({ s3 });
    const asked = request(`${url}/bucket/key`, { method: 'PUT', headers: { expect: '100-continue' } });
    asked.flushHeaders();
    await once(asked, 'continue');
    asked.end('late');
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    response.resume();
    expect(await (await fetch(`${url}/bucket/key`)).text()).toBe('late');
  });
});

describe('an error', () => {
  test('of SQS is the SDK’s own, by its old code as well as by its new one', async () => {
    const error = new AwsError(400, 'QueueDoesNotExist', 'The specified queue does not exist.');
    const { sqs } = await endpointWith({ sqs: failingWith(error) });
    await expect(sqs.send(new ListQueuesCommand({}))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
      Code: 'AWS.SimpleQueueService.NonExistentQueue',
      message: 'The specified queue does not exist.',
      $fault: 'client',
    });
  });

  test('of S3 is XML with what is needed to find it', async () => {
    const { url } = await endpointWith({ s3: failingWith(new AwsError(404, 'NoSuchKey', 'a < b')) });
    const response = await fetch(`${url}/bucket/a%20key`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/xml');
    const id = response.headers.get('x-amz-request-id');
    const inside = `<Code>NoSuchKey</Code><Message>a &lt; b</Message><Resource>/bucket/a%20key</Resource>`;
    expect(await response.text()).toContain(`<Error>${inside}<RequestId>${id}</RequestId></Error>`);
  });

  test('that a service did not mean is answered 500, with what it says', async () => {
    const { url } = await endpointWith({ dynamodb: failingWith(new TypeError('a defect')) });
    const headers = { 'x-amz-target': 'DynamoDB_20120810.GetItem', 'content-type': 'application/x-amz-json-1.0' };
    const response = await fetch(url, { method: 'POST', headers, body: '{}' });
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({
      __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError',
      message: 'a defect',
    });
  });

  test.each([
    ['AWSEvents.PutEvents', 'AWSEvents.PutEvents is unknown here'],
    ['DynamoDBStreams_20120810.GetRecords', 'DynamoDBStreams_20120810.GetRecords is unknown here'],
    ['nonsense', 'nonsense is unknown here'],
    ['constructor.x', 'constructor.x is unknown here'],
  ])('names the target %s', async (target, message) => {
    const { url } = await endpointWith({});
    const response = await fetch(url, { method: 'POST', headers: { 'x-amz-target': target }, body: '{}' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      __type: 'UnknownOperationException',
      message: expect.stringContaining(message),
    });
  });

  test('names a service that only its signature tells', async () => {
    const { url } = await endpointWith({ s3: new S3() });
    const authorization = 'AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host';
    const response = await fetch(`${url}/2015-03-31/functions`, { headers: { authorization } });
    expect(response.status).toBe(400);
    expect((await response.json()) as object).toMatchObject({
      message: expect.stringContaining('lambda GET /2015-03-31/functions is unknown here'),
    });
  });

  test('answers the query protocol in its own form', async () => {
    const { url } = await endpointWith({});
    const response = await fetch(url, { method: 'POST', body: new URLSearchParams({ Action: 'GetCallerIdentity' }) });
    expect(response.status).toBe(400);
    const text = await response.text();
    expect(text).toContain('<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code>');
    expect(text).toContain('GetCallerIdentity came in the query protocol');
  });
});

describe('a body', () => {
  const put = async (url: string, headers: Record<string, string>, body: string) => {
    const response = await fetch(`${url}/bucket/key`, { method: 'PUT', headers, body });
    return [response.status, await response.text()];
  };

  test('in aws-chunked form whose end is missing is refused, and nothing is written', async () => {
    const s3 = new S3();
    s3.createBucket('bucket');
    const { url, s3: client } = await endpointWith({ s3 });
    const headers = { 'content-encoding': 'aws-chunked', 'x-amz-decoded-content-length': '10' };
    expect(await put(url, headers, '5\r\nhello\r\n')).toEqual([400, expect.stringContaining('IncompleteBody')]);
    const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket: 'bucket' }));
    expect(KeyCount).toBe(0);
  });

  test('that is announced as too large is refused before it comes', async () => {
    const { url } = await endpointWith({ s3: new S3() });
    const asked = request(`${url}/bucket/key`, { method: 'PUT', headers: { 'content-length': 300 * 1024 * 1024 } });
    asked.on('error', () => undefined).flushHeaders();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    expect([response.statusCode, await textOf(response)]).toEqual([413, expect.stringContaining('EntityTooLarge')]);
    asked.destroy();
  });
});

describe('the server', () => {
  test('says in one line that its port is in use', async () => {
    const { url } = await endpointWith({});
    const port = Number(new URL(url).port);
    const none = new RecordingService();
    const again = startEndpoint({ port, sqs: none, dynamodb: none, s3: none, secrets: none });
    await expect(again).rejects.toThrow(new Error(`port ${port} is in use`));
  });

  test('can be reached from this machine only', async () => {
    const { url } = await endpointWith({});
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const socket = connect(Number(new URL(url).port), '127.0.0.2');
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });

  test('ends long polls and idle connections when it is closed, and waits for its services', async () => {
    let ended = false;
    const polled = Promise.withResolvers<void>();
    const sqs: AwsService = {
      handle: async ({ signal }: AwsRequest) => {
        polled.resolve();
        await once(signal, 'abort');
        ended = true;
        return { status: 200, body: '{}' };
      },
    };
    const { close, sqs: client } = await endpointWith({ sqs });
    const poll = client.send(new ReceiveMessageCommand({ QueueUrl: 'http://127.0.0.1/0/q', WaitTimeSeconds: 20 }));
    const outcome = expect(poll).rejects.toThrow();
    await polled.promise;
    await close();
    expect(ended).toBe(true);
    await outcome;
  });

  test('tells a service when its caller has gone', async () => {
    const polled = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const sqs: AwsService = {
      handle: async ({ signal }: AwsRequest) => {
        signal.addEventListener('abort', () => aborted.resolve());
        polled.resolve();
        await aborted.promise;
        return { status: 200 };
      },
    };
    const { sqs: client } = await endpointWith({ sqs });
    const gone = new AbortController();
    const poll = client.send(new ListQueuesCommand({}), { abortSignal: gone.signal });
    await polled.promise;
    gone.abort();
    await expect(poll).rejects.toMatchObject({ name: 'AbortError' });
    await aborted.promise;
  });
});
