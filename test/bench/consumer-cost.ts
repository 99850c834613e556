import { bareBundle } from './bare-bundle.ts';
import { batchesOf, batchSize } from './batches.ts';
import { type Comparison, compared } from './comparison.ts';
import { MeasuredFunction } from './measured-function.ts';
import { everyWebhooksConsumer, webhooksFor } from './requests.ts';
import { functionNamed, type Setting } from './setting.ts';

/** Of a round. */
const batches = 10;

/** CPU milliseconds of a consumer for an event, beside a handler between two writes to DynamoDB. */
export async function consumerCost(setting: Setting): Promise<Comparison> {
  const plan = functionNamed(setting, everyWebhooksConsumer);
  const webhooks = await webhooksFor(1, setting.secret);
  const queueArn = `arn:aws:sqs:${setting.region}:000000000000:${plan.name}`;
  const ours = new MeasuredFunction(plan, setting);
  const bare = new MeasuredFunction({ ...plan, directory: await bareBundle('bare-consumer.ts') }, setting);
  // New events each time: a copy of one that is done with would cost less.
  const costIn = (measured: MeasuredFunction) => () =>
    measured.costOfEach(batchesOf(webhooks, batches, queueArn), batches * batchSize);
  try {
    return await compared(costIn(ours), costIn(bare), { warmUp: 10, rounds: 25 });
  } finally {
    await Promise.all([ours.stop(), bare.stop()]);
  }
}
