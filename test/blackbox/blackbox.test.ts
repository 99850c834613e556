import { createHash, randomUUID } from 'node:crypto';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { sign } from '@octokit/webhooks-methods';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deadLetterQueueName, queueName } from '../../functions/core/names.ts';
import { eventually } from '../support/eventually.ts';
import { type Target, target } from './target.ts';

let at: Target;
beforeAll(async () => {
  at = await target();
  // A secret that was only just put may take the receiver a minute to see.
  await eventually(
    'the receiver accepts',
    async () => ((await post('ping', {})).status === 200 ? true : undefined),
    90_000,
  );
}, 120_000);
afterAll(() => at?.stop());

interface Posted {
  readonly status: number;
  readonly id: string;
}

async function post(
  type: string,
  payload: object,
  difference: { secret?: string; path?: string; body?: string } = {},
): Promise<Posted> {
  const body = difference.body ?? JSON.stringify({ ...payload, nonce: randomUUID() });
  const response = await fetch(`${at.outputs.ApiUrl}${difference.path ?? '/webhooks/github'}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': type,
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': await sign(difference.secret ?? at.secret, body),
    },
    body,
  });
  const answer = (await response.json()) as { id?: string };
  return { status: response.status, id: answer.id ?? '' };
}

async function record(id: string, consumer: string) {
  const { Item } = await at.dynamodb.send(
    new GetItemCommand({
      TableName: at.outputs.LedgerTable,
      Key: { id: { S: id }, consumer: { S: `${consumer}#0` } },
      ConsistentRead: true,
    }),
  );
  return Item && { status: Item.status?.S, attempts: Number(Item.attempts?.N), gen: Number(Item.gen?.N) };
}

const reaches = (id: string, consumer: string, status: string) =>
  eventually(`${consumer} ${status}`, async () => {
    const found = await record(id, consumer);
    return found?.status === status ? found : undefined;
  });

async function arnOf(QueueUrl: string): Promise<string | undefined> {
  const { Attributes } = await at.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  return Attributes?.QueueArn;
}

const deadLetterUrl = (consumer: string) => `${at.outputs.QueueUrlPrefix}${deadLetterQueueName(consumer, false)}`;

/** As the console does it; where an endpoint cannot, as SQS would: the same body and attributes, sent to the queue. */
async function redrive(
  consumer: string,
  { MessageBody, MessageAttributes }: Omit<SendMessageCommandInput, 'QueueUrl'>,
) {
  const QueueUrl = `${at.outputs.QueueUrlPrefix}${queueName(consumer, false)}`;
  // What was sent to a dead-letter queue, not moved by SQS, has no source of its own: the destination must be named.
  const [SourceArn, DestinationArn] = [await arnOf(deadLetterUrl(consumer)), await arnOf(QueueUrl)];
  try {
    await at.sqs.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
  } catch (error) {
    if (!(error instanceof Error && error.name === 'InvalidAction')) throw error;
    await at.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageAttributes }));
  }
}

describe('a delivery', () => {
  test('that is authentic is accepted and processed', async () => {
    const { status, id } = await post('push', { ref: 'refs/heads/main' });
    expect(status).toBe(200);
    expect(await reaches(id, 'succeeds', 'completed')).toEqual({ status: 'completed', attempts: 0, gen: 0 });
  });

  test('that is forged is refused, and nothing comes of it', async () => {
    const body = JSON.stringify({ nonce: randomUUID() });
    const forged = await post('push', {}, { secret: 'another', body });
    expect(forged).toEqual({ status: 401, id: '' });
    const id = createHash('sha256')
      .update(JSON.stringify(['github', 'digest', createHash('sha256').update(body).digest('base64url')]))
      .digest('base64url');
    await post('push', {}).then((later) => reaches(later.id, 'succeeds', 'completed'));
    expect(await record(id, 'succeeds')).toBeUndefined();
  });

  test('to an unknown source is not found', async () => {
    expect((await post('push', {}, { path: '/webhooks/nobody' })).status).toBe(404);
  });

  test('that comes twice, under another delivery id, is one event and processed once', async () => {
    const body = JSON.stringify({ nonce: randomUUID() });
    const [one, two] = [await post('issues.opened', {}, { body }), await post('issues.opened', {}, { body })];
    expect([one.status, two.status]).toEqual([200, 200]);
    expect(two.id).toBe(one.id);
    expect(await reaches(one.id, 'succeeds', 'completed')).toMatchObject({ attempts: 0 });
  });
});

describe('an event', () => {
  test('whose handler fails is retried, with the attempt counted', async () => {
    const { id } = await post('issues', { action: 'opened' });
    expect(await reaches(id, 'fails-once', 'completed')).toEqual({ status: 'completed', attempts: 1, gen: 0 });
  });

  test('whose handler gives up is dead-lettered with its reason, and processed once it is redriven', async () => {
    const { id } = await post('star', { action: 'created' });
    expect(await reaches(id, 'dies-once', 'dead')).toMatchObject({ attempts: 1, gen: 1 });
    const letter = await eventually('a dead letter', async () => {
      const { Messages = [] } = await at.sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: deadLetterUrl('dies-once'),
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
          VisibilityTimeout: 0,
          WaitTimeSeconds: 1,
        }),
      );
      return Messages.find(({ Body = '' }) => Body.includes(id));
    });
    expect(letter.MessageAttributes?.reason?.StringValue).toBe('not in the first generation');
    expect(letter.MessageAttributes?.gen?.StringValue).toBe('1');

    await redrive('dies-once', { MessageBody: letter.Body, MessageAttributes: letter.MessageAttributes });
    expect(await reaches(id, 'dies-once', 'completed')).toMatchObject({ gen: 1 });
    expect(await reaches(id, 'succeeds', 'completed')).toMatchObject({ gen: 0 });
  });
});
