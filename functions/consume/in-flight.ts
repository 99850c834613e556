import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** How long a count is believed, in milliseconds: SQS's own is about as old. */
const freshMs = 5_000;

/**
 * How many messages of a queue are received and not settled, deferred ones included. Asks SQS at most once in 5 s,
 * however many ask at once. Never throws: where SQS does not say, there are infinitely many, so that nothing is hidden
 * for long and messages wait in place.
 */
export function inFlightOf(client: SQSClient, queueUrl: string, now: () => number): () => Promise<number> {
  let last: { readonly at: number; readonly count: Promise<number> } | undefined;
  return () => {
    const age = last ? now() - last.at : Number.NaN;
    // A clock that was put back makes a count younger than it is.
    if (!last || !(age >= 0 && age < freshMs)) last = { at: now(), count: counted(client, queueUrl) };
    return last.count;
  };
}

async function counted(client: SQSClient, queueUrl: string): Promise<number> {
  const name = 'ApproximateNumberOfMessagesNotVisible';
  try {
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [name] }),
    );
    const count = Number(Attributes?.[name] ?? Number.NaN);
    return Number.isNaN(count) ? Number.POSITIVE_INFINITY : count;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
