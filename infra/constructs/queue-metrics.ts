import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { gaugePeriod } from './alarm-plan.ts';

/**
 * What SQS says of a queue, by its physical name. Each figure is blind to something: the visible ones to what is deferred,
 * the age to what was received about three times, and of a dead-letter queue to the time before a message came there. See
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export function queueMetrics(queueName: string) {
  const metric = (metricName: string, label: string) =>
    new Metric({
      namespace: 'AWS/SQS',
      metricName,
      dimensionsMap: { QueueName: queueName },
      statistic: Stats.MAXIMUM,
      period: gaugePeriod,
      label: `${queueName} ${label}`,
    });
  return {
    visible: metric('ApproximateNumberOfMessagesVisible', 'visible'),
    inFlight: metric('ApproximateNumberOfMessagesNotVisible', 'in flight'),
    age: metric('ApproximateAgeOfOldestMessage', 'oldest, seconds'),
  };
}
