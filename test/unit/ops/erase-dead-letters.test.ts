import { randomUUID } from 'node:crypto';
import {
  ChangeMessageVisibilityBatchCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeMessage } from '../../../functions/core/message.ts';
import { Sqs } from '../../../infra/local/aws/sqs/sqs.ts';
import { type EraseDeadLettersOptions, eraseDeadLetters } from '../../../infra/ops/erase-dead-letters.ts';
import { awsEndpoint } from '../../support/aws-endpoint.ts';
import { aMessage } from '../../support/messages.ts';

let aws: Awaited<ReturnType<typeof awsEndpoint>>;
let base: string;
let queueUrl: string;

beforeAll(async () => {
  const sqs = new Sqs({ queueUrlBase: () => base, region: 'us-east-1', account: '000000000000' });
  aws = await awsEndpoint({ sqs });
  base = `${aws.url}/000000000000`;
});
afterAll(() => aws.close());

async function aQueue(fifo = false): Promise<void> {
  const QueueName = `dlq-${randomUUID()}${fifo ? '.fifo' : ''}`;
  const command = new CreateQueueCommand({ QueueName, Attributes: fifo ? { FifoQueue: 'true' } : {} });
  ({ QueueUrl: queueUrl = '' } = await aws.sqs.send(command));
}

async function send(MessageBody: string, group?: string): Promise<void> {
  await aws.sqs.send(
    new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody,
      MessageAttributes: { reason: { DataType: 'String', StringValue: 'never' } },
      ...(group === undefined ? {} : { MessageGroupId: group, MessageDeduplicationId: randomUUID() }),
    }),
  );
}
/** Ids that begin with x are to go. */
const sendAll = async (ids: readonly string[], group?: string): Promise<void> => {
  for (const id of ids) await send(encodeMessage(aMessage({ id })), group);
};
const many = (count: number, prefix: string): string[] => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

const erase = (difference: Partial<EraseDeadLettersOptions> = {}) =>
  eraseDeadLetters({
    client: aws.sqs,
    queueUrl,
    isErased: ({ event: { id } }) => id.startsWith('x'),
    go: true,
    ...difference,
  });

/** What a reader is shown now, taken out of the queue. */
async function visible(): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await aws.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    );
    if (Messages.length === 0) return bodies;
    for (const { Body = '' } of Messages) bodies.push(/"id":"(\w+)"/.exec(Body)?.[1] ?? Body);
    const Entries = Messages.map(({ ReceiptHandle }, place) => ({ Id: `${place}`, ReceiptHandle }));
    await aws.sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}

describe('erasing in a dead-letter queue', () => {
  test('deletes the messages of erased events, and leaves the others as they were, to be seen at once', async () => {
    await aQueue();
    await sendAll([...many(25, 'a'), ...many(12, 'x')]);
    await send('no message of ours');
    expect(await erase()).toEqual({ seen: 38, matched: 12, unreadable: 1, unseen: 0 });
    expect((await visible()).toSorted()).toEqual([...many(25, 'a'), 'no message of ours'].toSorted());
  });

  test('deletes nothing without go, and counts the same', async () => {
    await aQueue();
    await sendAll(['a1', 'x1', 'x2']);
    expect(await erase({ go: false })).toEqual({ seen: 3, matched: 2, unreadable: 0, unseen: 0 });
    expect((await visible()).toSorted()).toEqual(['a1', 'x1', 'x2']);
  });

  test('can be done again', async () => {
    await aQueue();
    await sendAll(['a1', 'x1']);
    await erase();
    expect(await erase()).toMatchObject({ seen: 1, matched: 0 });
  });

  test('asks as it must, whether an event is erased', async () => {
    await aQueue();
    await sendAll(['a1', 'x1']);
    const isErased: EraseDeadLettersOptions['isErased'] = async ({ event: { id } }) => id === 'a1';
    expect(await erase({ isErased })).toMatchObject({ matched: 1 });
    expect(await visible()).toEqual(['x1']);
  });

  test('shows all messages again where something goes wrong in between', async () => {
    await aQueue();
    await sendAll(many(15, 'a'));
    let asked = 0;
    const isErased = () => {
      asked += 1;
      if (asked > 12) throw new Error('the archive cannot be read');
      return false;
    };
    await expect(erase({ isErased })).rejects.toThrow('the archive cannot be read');
    expect(await visible()).toHaveLength(15);
  });

  test('stops where as many are held as SQS hides, or time has run out, and says how many it has not seen', async () => {
    await aQueue();
    await sendAll(many(35, 'a'));
    expect(await erase({ mostHeld: 20 })).toEqual({ seen: 20, matched: 0, unreadable: 0, unseen: 15 });
    let clock = 0;
    const now = () => {
      clock += 10 * 60_000;
      return clock;
    };
    expect((await erase({ now })).unseen).toBe(15);
    expect(await visible()).toHaveLength(35);
  });

  test('counts as unseen what somebody else holds', async () => {
    await aQueue();
    await sendAll(many(3, 'x'));
    await aws.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 2, VisibilityTimeout: 60 }),
    );
    expect(await erase()).toEqual({ seen: 1, matched: 1, unreadable: 0, unseen: 2 });
  });
});

describe('a FIFO dead-letter queue', () => {
  beforeEach(() => aQueue(true));

  test('is looked through behind what goes, in each of its groups, and keeps its order', async () => {
    await sendAll([...many(9, 'a'), ...many(14, 'x'), 'b1', ...many(3, 'xx')], 'one');
    await sendAll(many(30, 'x'), 'two');
    await sendAll(['c1', 'c2'], 'three');
    const { seen, matched, unseen } = await erase();
    // What is kept fills a look before it comes to the last of the first group.
    expect({ seen, matched, unseen }).toEqual({ seen: 56, matched: 44, unseen: 3 });
    const left = await visible();
    expect(left.filter((id) => !id.startsWith('c'))).toEqual([...many(9, 'a'), 'b1', ...many(3, 'xx')]);
    expect(left.filter((id) => id.startsWith('c'))).toEqual(['c1', 'c2']);
  });

  test('shows all of a small group, though others crowd it out', async () => {
    for (const group of ['one', 'two', 'three', 'four', 'five']) await sendAll([...many(6, 'a'), 'x1', 'a9'], group);
    expect(await erase()).toEqual({ seen: 40, matched: 5, unreadable: 0, unseen: 0 });
    expect(await visible()).toEqual(expect.not.arrayContaining(['x1']));
  });

  test('does not show what is behind ten that stay, and says how many those are', async () => {
    await sendAll([...many(10, 'a'), 'x1'], 'one');
    expect(await erase()).toEqual({ seen: 10, matched: 0, unreadable: 0, unseen: 1 });
    expect(await visible()).toEqual([...many(10, 'a'), 'x1']);
  });

  test('shows ten of a group in a dry run', async () => {
    await sendAll(many(12, 'x'), 'one');
    expect(await erase({ go: false })).toEqual({ seen: 10, matched: 10, unreadable: 0, unseen: 2 });
    expect(await erase()).toEqual({ seen: 12, matched: 12, unreadable: 0, unseen: 0 });
  });
});

describe('a dead-letter queue that lets nobody in', () => {
  const client = new SQSClient({ region: 'us-east-1' });
  const sqs = mockClient(client);
  const denied = Object.assign(new Error('not authorized'), { name: 'AccessDenied' });
  const refused = () => eraseDeadLetters({ client, queueUrl: 'https://sqs/1/crm-dlq', isErased: () => true, go: true });
  beforeEach(() => {
    sqs.reset();
    sqs.on(GetQueueAttributesCommand).resolves({ Attributes: { ApproximateNumberOfMessages: '1' } });
    sqs
      .on(ReceiveMessageCommand)
      .resolvesOnce({ Messages: [{ MessageId: 'm1', ReceiptHandle: 'h1', Body: encodeMessage(aMessage()) }] })
      .resolves({});
    sqs.on(DeleteMessageBatchCommand).resolves({});
    sqs.on(ChangeMessageVisibilityBatchCommand).resolves({});
  });

  test.each([
    ['sqs:GetQueueAttributes', () => sqs.on(GetQueueAttributesCommand).rejects(denied)],
    ['sqs:ReceiveMessage', () => sqs.on(ReceiveMessageCommand).rejects(denied)],
    ['sqs:DeleteMessage', () => sqs.on(DeleteMessageBatchCommand).rejects(denied)],
  ])('is named with the permission that is missing: %s', async (permission, deny) => {
    deny();
    await expect(refused()).rejects.toThrow(
      new RegExp(`^queue crm-dlq must .*\\(${permission}\\), got AccessDenied: not authorized$`),
    );
  });

  test('is named where it cannot show messages again', async () => {
    sqs.on(ChangeMessageVisibilityBatchCommand).rejects(denied);
    const kept = eraseDeadLetters({ client, queueUrl: 'https://sqs/1/crm-dlq', isErased: () => false, go: true });
    await expect(kept).rejects.toThrow('(sqs:ChangeMessageVisibility), got AccessDenied');
  });

  test('is named where it does not delete a message, and the message is shown again', async () => {
    sqs
      .on(DeleteMessageBatchCommand)
      .resolves({ Failed: [{ Id: '0', Code: 'InternalError', Message: 'try again', SenderFault: false }] });
    await expect(refused()).rejects.toThrow(
      'must delete each message that it is told to, got 1 refused, first InternalError',
    );
    expect(sqs.commandCalls(ChangeMessageVisibilityBatchCommand)).toHaveLength(1);
  });
});
