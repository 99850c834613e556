import type { Sqs } from '../../aws/sqs/sqs.ts';
import type { MetricStore } from '../metric-store.ts';

/**
 * Writes down how every queue stands. As at AWS the age leaves out what a standard queue has given out three times or
 * more. Queues that nobody uses go on here, where AWS falls silent about them after some hours.
 *
 * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 *
 * @param at in milliseconds since 1970, on the store's clock
 */
export function putQueueFigures(
  store: Pick<MetricStore, 'put'>,
  sqs: Pick<Sqs, 'queueNames' | 'figures' | 'oldestAgeMs'>,
  at: number,
): void {
  for (const queue of sqs.queueNames()) {
    const put = (name: string, value: number, unit = 'Count') =>
      store.put({ namespace: 'AWS/SQS', name, dimensions: { QueueName: queue }, value, unit, at });
    const { visible, inFlight, delayed } = sqs.figures(queue);
    put('ApproximateNumberOfMessagesVisible', visible);
    put('ApproximateNumberOfMessagesNotVisible', inFlight);
    put('ApproximateNumberOfMessagesDelayed', delayed);
    put('ApproximateAgeOfOldestMessage', Math.floor(sqs.oldestAgeMs(queue) / 1_000), 'Seconds');
  }
}
