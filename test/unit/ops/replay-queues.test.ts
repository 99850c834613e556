import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { decodeMessage } from '../../../functions/core/message.ts';
import { type ReplayQueuesOptions, replayQueues, type Sending } from '../../../infra/ops/replay-queues.ts';
import { aMessage } from '../../support/messages.ts';

const sqs = mockClient(SQSClient);
beforeEach(() => {
  sqs.reset();
  sqs.on(GetQueueUrlCommand).callsFake(({ QueueName }) => ({ QueueUrl: `https://sqs/1/${QueueName}` }));
  sqs.on(SendMessageCommand).resolves({});
});

const client = new SQSClient({ region: 'us-east-1' });
const queues = (difference: Partial<ReplayQueuesOptions> = {}, replay = 'r1') =>
  replayQueues({ client, stage: 'prod', urlPrefix: undefined, ...difference }, replay);
const sending = (difference: Partial<Sending> = {}): Sending => ({
  consumer: 'crm',
  queue: 'crm',
  lane: undefined,
  message: aMessage({ id: 'e1' }),
  copy: { run: 0, gen: 0 },
  ...difference,
});
const sent = () => sqs.commandCalls(SendMessageCommand).map(({ args: [{ input }] }) => input);

describe('a message', () => {
  test('is what was archived, with its run and generation', async () => {
    await queues().send(sending({ copy: { run: 3, gen: 2 } }));
    const [input] = sent();
    expect(input).toEqual({ QueueUrl: 'https://sqs/1/nerite-prod-crm', MessageBody: expect.any(String) });
    expect(decodeMessage(input?.MessageBody ?? '')).toEqual({ ...aMessage({ id: 'e1' }), run: 3, gen: 2 });
  });

  test('has the lane and the key that the receiver would give it', async () => {
    await queues().send(sending({ queue: 'crm.fifo', lane: { group: 'g', key: 'k' } }));
    const [input] = sent();
    expect(input).toMatchObject({
      MessageGroupId: 'g',
      MessageDeduplicationId: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(decodeMessage(input?.MessageBody ?? '').key).toBe('k');
  });

  test('about one item says which, as the dead-letter queue does', async () => {
    await queues().send(sending({ copy: { run: 0, gen: 1, item: 4 } }));
    expect(sent()[0]?.MessageAttributes).toEqual({ item: { DataType: 'Number', StringValue: '4' } });
  });

  test('can be taken for a repetition only of itself, and only within its replay', async () => {
    const lane = { group: 'g' };
    const of = (copy: Sending['copy']) => sending({ queue: 'crm.fifo', lane, copy });
    const copies = [
      { run: 0, gen: 0 },
      { run: 1, gen: 0 },
      { run: 0, gen: 1 },
      { run: 0, gen: 0, item: 0 },
    ];
    for (const copy of copies) await queues().send(of(copy));
    await queues({}, 'r2').send(of({ run: 0, gen: 0 }));
    await queues().send(of({ run: 0, gen: 0 }));
    const ids = sent().map(({ MessageDeduplicationId }) => MessageDeduplicationId);
    expect(new Set(ids.slice(0, 5)).size).toBe(5);
    expect(ids[5]).toBe(ids[0]);
  });
});

describe('a queue', () => {
  test('is asked for once by the stage, unless somebody says where it is', async () => {
    const all = queues();
    await all.send(sending());
    await all.send(sending());
    expect(sqs.commandCalls(GetQueueUrlCommand)).toHaveLength(1);
    await queues({ urlPrefix: 'https://other/' }).send(sending());
    await queues({ urls: new Map([['crm', 'http://127.0.0.1/crm']]) }).send(sending());
    expect(sent().map(({ QueueUrl }) => QueueUrl)).toEqual([
      'https://sqs/1/nerite-prod-crm',
      'https://sqs/1/nerite-prod-crm',
      'https://other/crm',
      'http://127.0.0.1/crm',
    ]);
    expect(sqs.commandCalls(GetQueueUrlCommand)).toHaveLength(1);
  });

  test('holds what is visible, in flight and delayed', async () => {
    sqs.on(GetQueueAttributesCommand).resolves({
      Attributes: {
        ApproximateNumberOfMessages: '1',
        ApproximateNumberOfMessagesNotVisible: '20',
        ApproximateNumberOfMessagesDelayed: '300',
      },
    });
    expect(await queues().holds('crm')).toBe(321);
  });

  test('that is not there, or lets nobody in, is named', async () => {
    sqs.on(GetQueueUrlCommand).rejects(new QueueDoesNotExist({ message: 'No such queue.', $metadata: {} }));
    await expect(queues().holds('crm')).rejects.toThrow(
      'queue crm must be there and let the caller look at it (sqs:GetQueueUrl, sqs:GetQueueAttributes), got QueueDoesNotExist: No such queue.',
    );
    sqs.on(SendMessageCommand).rejects(Object.assign(new Error('not authorized'), { name: 'AccessDenied' }));
    await expect(queues({ urlPrefix: 'https://other/' }).send(sending())).rejects.toThrow(
      'queue crm must take a message (sqs:SendMessage), got AccessDenied: not authorized',
    );
  });
});
