import { ReceiveMessageCommand, SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import { decodeMessage } from '../../functions/core/message.ts';
import type { Runtime } from '../../infra/local/runtime.ts';

/** What lies in the dead-letter queues of a runtime, by `<event id> <consumer>`; it stays there. */
export async function deadLettersOf(runtime: Runtime, config: SQSClientConfig): Promise<ReadonlySet<string>> {
  const client = new SQSClient(config);
  const letters = new Set<string>();
  for (const { name, deadLetterQueueUrl, dead } of (await runtime.state()).consumers) {
    for (let seen = 0; seen < dead; ) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl: deadLetterQueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600 }),
      );
      if (Messages.length === 0) break;
      seen += Messages.length;
      for (const { Body = '' } of Messages) letters.add(`${decodeMessage(Body).event.id} ${name}`);
    }
  }
  client.destroy();
  return letters;
}
