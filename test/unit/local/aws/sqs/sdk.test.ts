import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import * as client from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Sqs } from '../../../../../infra/local/aws/sqs/sqs.ts';

let server: Server;
let sdk: client.SQSClient;
let made = 0;

beforeAll(async () => {
  const urlBase = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/000000000000`;
  const sqs = new Sqs({ queueUrlBase: urlBase, region: 'us-east-1', account: '000000000000' });
  server = createServer(async (incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.once('close', () => gone.abort());
    const { status, headers, body } = await sqs.handle({
      method: 'POST',
      path: incoming.url ?? '/',
      query: new URLSearchParams(),
      headers: {},
      body: await buffer(incoming),
      target: incoming.headers['x-amz-target'] as string | undefined,
      signal: gone.signal,
    });
    outgoing.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  sdk = new client.SQSClient({
    region: 'us-east-1',
    endpoint: urlBase().replace('/000000000000', ''),
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});

afterAll(async () => {
  sdk.destroy();
  await new Promise((resolve) => server.close(resolve));
});

async function queue(Attributes: Record<string, string> = {}): Promise<string> {
  made += 1;
  const QueueName = `sdk-${made}${Attributes.FifoQueue ? '.fifo' : ''}`;
  const { QueueUrl = '' } = await sdk.send(new client.CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl;
}

function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

test('the SDK sends, receives and deletes, and finds the MD5 of an emoji body right', async () => {
  const QueueUrl = await queue();
  const MessageBody = '🐌 grüß\n🏳️‍🌈';
  const MessageAttributes = {
    gen: { DataType: 'Number', StringValue: '1' },
    raw: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
  };
  const sent = await sdk.send(new client.SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes }));
  expect(sent.MessageId).toBeDefined();
  const { Messages: [message] = [] } = await sdk.send(
    new client.ReceiveMessageCommand({
      QueueUrl,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
      WaitTimeSeconds: 1,
    }),
  );
  expect(message?.Body).toBe(MessageBody);
  expect(message?.MessageAttributes?.raw?.BinaryValue).toEqual(new Uint8Array([0, 255]));
  expect(message?.MD5OfMessageAttributes).toBe(sent.MD5OfMessageAttributes);
  expect(message?.Attributes?.ApproximateReceiveCount).toBe('1');
  await sdk.send(new client.DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));
  const { Attributes } = await sdk.send(
    new client.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessagesNotVisible'] }),
  );
  expect(Attributes?.ApproximateNumberOfMessagesNotVisible).toBe('0');
});

test('a batch comes back in its parts', async () => {
  const QueueUrl = await queue();
  const Entries = [
    { Id: 'good', MessageBody: '🐌' },
    { Id: 'bad', MessageBody: '\u0001' },
  ];
  const { Successful, Failed } = await sdk.send(new client.SendMessageBatchCommand({ QueueUrl, Entries }));
  expect(Successful?.map(({ Id }) => Id)).toEqual(['good']);
  expect(Failed).toMatchObject([{ Id: 'bad', Code: 'InvalidMessageContents', SenderFault: true }]);
});

test('errors come as the SDK’s own classes', async () => {
  const QueueUrl = await queue();
  const none = QueueUrl.replace(/sdk-\d+$/, 'none');
  const receipt = { QueueUrl, ReceiptHandle: 'garbage' };
  const same = Array.from({ length: 2 }, () => ({ Id: 'same', MessageBody: 'x' }));
  const MessageBody = '\b';
  const cases = [
    [sdk.send(new client.SendMessageCommand({ QueueUrl: none, MessageBody })), client.QueueDoesNotExist],
    [sdk.send(new client.SendMessageCommand({ QueueUrl, MessageBody })), client.InvalidMessageContents],
    [sdk.send(new client.DeleteMessageCommand(receipt)), client.ReceiptHandleIsInvalid],
    [sdk.send(new client.SendMessageBatchCommand({ QueueUrl, Entries: same })), client.BatchEntryIdsNotDistinct],
    [sdk.send(new client.SendMessageBatchCommand({ QueueUrl, Entries: [] })), client.EmptyBatchRequest],
    [
      sdk.send(new client.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['X' as 'All'] })),
      client.InvalidAttributeName,
    ],
    [sdk.send(new client.StartMessageMoveTaskCommand({ SourceArn: 'arn' })), client.ResourceNotFoundException],
    [
      sdk.send(new client.AddPermissionCommand({ QueueUrl, Label: 'l', AWSAccountIds: ['1'], Actions: ['*'] })),
      client.UnsupportedOperation,
    ],
  ] as const;
  const failures = await Promise.all(cases.map(([call]) => failure(call)));
  for (const [index, [, expected]] of cases.entries()) expect(failures[index]).toBeInstanceOf(expected);
  expect(failures[0]).toMatchObject({
    name: 'QueueDoesNotExist',
    Code: 'AWS.SimpleQueueService.NonExistentQueue',
    $fault: 'client',
    message: 'The specified queue does not exist.',
  });
});

test('errors without a class of their own have the name that AWS gives them', async () => {
  const QueueUrl = await queue({ FifoQueue: 'true' });
  const MessageGroupId = 'g';
  const error = await failure(sdk.send(new client.SendMessageCommand({ QueueUrl, MessageBody: 'x', MessageGroupId })));
  expect(error).toBeInstanceOf(client.SQSServiceException);
  expect(error).toMatchObject({ name: 'InvalidParameterValue', $metadata: { httpStatusCode: 400 } });
});

test('a long poll of the SDK gets a message that is sent meanwhile', async () => {
  const QueueUrl = await queue();
  const waiting = sdk.send(new client.ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  await sdk.send(new client.SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
  expect((await waiting).Messages?.map(({ Body }) => Body)).toEqual(['a']);
});

test('a poll that the SDK aborts takes no message', async () => {
  const QueueUrl = await queue();
  const gone = new AbortController();
  const waiting = sdk
    .send(new client.ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), { abortSignal: gone.signal })
    .catch((error: unknown) => (error as Error).name);
  await sdk.send(new client.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  gone.abort();
  expect(await waiting).toBe('AbortError');
  await expect
    .poll(async () => {
      await sdk.send(new client.PurgeQueueCommand({ QueueUrl })).catch(() => undefined);
      await sdk.send(new client.SendMessageCommand({ QueueUrl, MessageBody: 'a' }));
      const { Messages = [] } = await sdk.send(new client.ReceiveMessageCommand({ QueueUrl }));
      return Messages.length;
    })
    .toBe(1);
});
