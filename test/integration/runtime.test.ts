import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, test } from 'vitest';
import { type Runtime, type RuntimeOptions, startRuntime } from '../../infra/local/runtime.ts';
import { eventually } from '../support/eventually.ts';
import { type TinyAssembly, tinyAssembly } from '../support/tiny-assembly.ts';

const running: Runtime[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((runtime) => runtime.stop()));
});

async function started(assembly: TinyAssembly = {}, options: Partial<RuntimeOptions> = {}) {
  const log: string[] = [];
  const runtime = await startRuntime({
    assembly: tinyAssembly(assembly),
    secrets: { hook: 'shh' },
    log: (line) => log.push(line),
    ...options,
  });
  running.push(runtime);
  const client = {
    endpoint: runtime.awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  };
  const post = (body: string) => fetch(`${runtime.url}/webhooks/hook`, { method: 'POST', body });
  const consumer = async () => {
    const [first] = (await runtime.state()).consumers;
    if (!first) throw new Error('there must be a consumer');
    return first;
  };
  const logged = (line: string) =>
    eventually(`a line \`${line}\``, () => (log.includes(line) ? true : undefined), 10_000);
  return { runtime, log, logged, client, post, consumer };
}

describe('the runtime', () => {
  test('takes a request all the way to the function behind the queue', async () => {
    const { post, consumer, logged } = await started();
    expect((await post('hello')).status).toBe(202);
    await logged('worker | worked on hello');
    await eventually('an empty queue', async () => {
      const { visible, inFlight, dead } = await consumer();
      return visible + inFlight + dead === 0 || undefined;
    });
  });

  test('brings back only the message that failed, and moves it to the dead-letter queue in the end', async () => {
    const { post, consumer, log, client } = await started();
    await Promise.all(['fail', 'fine'].map(post));
    await eventually('a dead message', async () => ((await consumer()).dead === 1 ? true : undefined), 15_000);
    const { deadLetterQueueUrl, visible, inFlight } = await consumer();
    expect({ visible, inFlight }).toEqual({ visible: 0, inFlight: 0 });
    const { Messages } = await new SQSClient(client).send(new ReceiveMessageCommand({ QueueUrl: deadLetterQueueUrl }));
    expect(Messages?.map(({ Body }) => Body)).toEqual(['fail']);
    expect(log.filter((line) => line.endsWith('worked on fail'))).toHaveLength(2);
    expect(log.filter((line) => line.endsWith('worked on fine'))).toHaveLength(1);
  });

  test('gives the functions the secrets of their sources, several as a list', async () => {
    const one = await started();
    expect(await (await one.post('secret')).json()).toMatchObject({ Name: 'tiny/hook', SecretString: 'shh' });
    const several = await started({}, { secrets: { hook: ['new', 'old'] } });
    expect(await (await several.post('secret')).json()).toMatchObject({ SecretString: '["new","old"]' });
  });

  test('hands out functions by their names, with or without the prefix of the stage', async () => {
    const { runtime } = await started();
    const worker = runtime.function('worker');
    expect(runtime.function('tiny-worker')).toBe(worker);
    expect(await worker.invoke({ Records: [] })).toEqual({ ok: true, payload: { batchItemFailures: [] } });
    expect(() => runtime.function('gone')).toThrow(
      'function must be one of tiny-receiver, tiny-worker, tiny-ticker, got gone',
    );
  });

  test('fires schedules on demand', async () => {
    const { runtime, logged } = await started();
    await runtime.invokeSchedules();
    await logged('worker | worked on ticked by aws.scheduler');
  });

  test('tells its state over HTTP, with addresses that an SDK can use', async () => {
    const { runtime, client } = await started({
      bundles: { worker: 'export const handler = async () => { throw new Error("no"); };' },
    });
    const response = await fetch(`${runtime.url}/_local/state`);
    expect(response.headers.get('content-type')).toBe('application/json');
    const state = await response.json();
    expect(state).toEqual(await runtime.state());
    expect(state).toMatchObject({
      sources: [{ name: 'hook', url: `${runtime.url}/webhooks/hook` }],
      consumers: [{ name: 'work', queueUrl: `${runtime.awsEndpoint}/000000000000/tiny-work` }],
      ledgerTable: 'tiny-ledger',
      archiveBucket: 'tiny-archive',
      awsEndpoint: runtime.awsEndpoint,
    });
    // Without an endpoint of its own, a client takes the host out of the queue's URL.
    const { endpoint: _, ...withoutEndpoint } = client;
    const sqs = new SQSClient(withoutEndpoint);
    await sqs.send(
      new SendMessageCommand({ QueueUrl: `${runtime.outputs['tiny-state']?.QueueUrlPrefix}work`, MessageBody: 'x' }),
    );
    await eventually('a message', async () => {
      const { visible, inFlight } = (await runtime.state()).consumers[0] ?? { visible: 0, inFlight: 0 };
      return visible + inFlight === 1 || undefined;
    });
    expect(runtime.outputs['tiny-state']?.ApiUrl).toBe(runtime.url);
  });

  test('lets AWS calls of functions go wrong on purpose', async () => {
    const { runtime, post } = await started();
    const remove = runtime.faults.add({ service: 'sqs', action: 'SendMessage', kind: 'fail' });
    expect((await post('hello')).status).toBe(500);
    remove();
    expect((await post('hello')).status).toBe(202);
  });

  test('lets a running invocation end before it stops, so that nothing is done twice', async () => {
    const data = mkdtempSync(join(tmpdir(), 'data-'));
    const { runtime, post, logged } = await started({ visibilitySeconds: 30 }, { dataDirectory: data });
    await post('slow');
    await logged('worker | worked on slow');
    await runtime.stop();
    const again = await started({ visibilitySeconds: 30 }, { dataDirectory: data });
    expect(await again.consumer()).toMatchObject({ visible: 0, inFlight: 0, dead: 0 });
  });

  test('cuts off what does not end, and keeps its message', async () => {
    const worker = "export const handler = async () => { console.log('busy'); for (;;); };";
    const data = mkdtempSync(join(tmpdir(), 'data-'));
    const first = await started(
      { visibilitySeconds: 30, bundles: { worker } },
      { dataDirectory: data, stopGraceMs: 1 },
    );
    await first.post('hello');
    await first.logged('worker | busy');
    await first.runtime.stop();
    const again = await started({ visibilitySeconds: 30 }, { dataDirectory: data });
    expect(await again.consumer()).toMatchObject({ visible: 0, inFlight: 1, dead: 0 });
  });

  test('keeps messages, items, objects and secrets in its data directory', async () => {
    const data = mkdtempSync(join(tmpdir(), 'data-'));
    const first = await started({}, { dataDirectory: data });
    const queue = await new SQSClient(first.client).send(new CreateQueueCommand({ QueueName: 'aside' }));
    await new SQSClient(first.client).send(new SendMessageCommand({ QueueUrl: queue.QueueUrl, MessageBody: 'kept' }));
    await new DynamoDBClient(first.client).send(
      new PutItemCommand({ TableName: 'tiny-ledger', Item: { id: { S: 'a' } } }),
    );
    await new S3Client(first.client).send(new PutObjectCommand({ Bucket: 'tiny-archive', Key: 'k', Body: 'object' }));
    await first.runtime.stop();

    const { client, post } = await started({}, { dataDirectory: data, secrets: {} });
    const QueueUrl = `${client.endpoint}/000000000000/aside`;
    const { Messages } = await new SQSClient(client).send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages?.map(({ Body }) => Body)).toEqual(['kept']);
    const { Item } = await new DynamoDBClient(client).send(
      new GetItemCommand({ TableName: 'tiny-ledger', Key: { id: { S: 'a' } } }),
    );
    expect(Item).toEqual({ id: { S: 'a' } });
    const { Body } = await new S3Client(client).send(new GetObjectCommand({ Bucket: 'tiny-archive', Key: 'k' }));
    expect(await Body?.transformToString()).toBe('object');
    expect(await (await post('secret')).json()).toMatchObject({ SecretString: 'shh' });
  });
});

test('gives a queue that its data directory holds the attributes that the template has now', async () => {
  const data = mkdtempSync(join(tmpdir(), 'data-'));
  const first = await started({ visibilitySeconds: 30 }, { dataDirectory: data });
  await first.runtime.stop();
  const { client, consumer } = await started({ visibilitySeconds: 60 }, { dataDirectory: data });
  const { queueUrl: QueueUrl } = await consumer();
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['VisibilityTimeout'] });
  const { Attributes } = await new SQSClient(client).send(command);
  expect(Attributes).toEqual({ VisibilityTimeout: '60' });
});

describe('a start that fails', () => {
  const failure = (assembly: TinyAssembly, options: Partial<RuntimeOptions> = {}) =>
    started(assembly, options).then(
      () => 'started',
      (error: Error) => error.message,
    );

  test('names the resource that the runtime does not know', async () => {
    expect(await failure({ resources: { Foo: { Type: 'AWS::X::Y' } } })).toBe(
      'stack tiny-code: resource Foo has type AWS::X::Y, which the embedded runtime does not know',
    );
  });

  test('names the source that a secret is for', async () => {
    expect(await failure({}, { secrets: { hok: 'x' } })).toBe('secrets: hok must be one of the sources hook');
    expect(await failure({}, { secrets: { hook: '' } })).toBe('secrets: hook must not be empty, got ""');
  });

  test('names the function whose module throws, and opens no port for webhooks', async () => {
    const port = await freePort();
    const message = await failure(
      { bundles: { worker: "throw new Error('no database'); export const handler = 1;" } },
      { port },
    );
    expect(message).toContain('tiny-worker');
    expect(message).toContain('no database');
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
  });

  test('names the port that is in use, and closes what it has opened', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port));
    });
    const awsPort = await freePort();
    expect(await failure({}, { port, awsPort })).toContain(`port ${port} is in use`);
    expect(await failure({}, { awsPort: port })).toContain(`port ${port} is in use`);
    await expect(fetch(`http://127.0.0.1:${awsPort}`)).rejects.toThrow();
    taken.close();
  });

  test('names the damaged file of the data directory, and leaves it as it is', async () => {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'data-'));
    writeFileSync(join(dataDirectory, 'sqs.json'), '{"half');
    const path = join(dataDirectory, 'sqs.json');
    expect(await failure({}, { dataDirectory })).toMatch(`${path} is damaged (`);
    expect(readdirSync(dataDirectory)).not.toContain('sqs.json.new');
  });

  test('names the data directory that is none', async () => {
    const dataDirectory = join(mkdtempSync(join(tmpdir(), 'data-')), 'file');
    writeFileSync(dataDirectory, '');
    expect(await failure({}, { dataDirectory })).toMatch(
      `${dataDirectory} must be a directory that can be written to: `,
    );
  });

  test('names the tables that another runtime has open', async () => {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'data-'));
    await started({}, { dataDirectory });
    expect(await failure({}, { dataDirectory })).toContain(
      `tables in ${join(dataDirectory, 'dynamodb')} cannot be opened: `,
    );
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}
