import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { alarmPeriod } from './notified-alarm.ts';

/**
 * What SQS says of a queue, by its physical name. Each figure is blind to something, see
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 */
export function queueMetrics(queueName: string) {
  const metric = (metricName: string, label: string) =>
    new Metric({
      namespace: 'AWS/SQS',
      metricName,
      dimensionsMap: { QueueName: queueName },
      statistic: Stats.MAXIMUM,
      period: alarmPeriod,
      label,
    });
  const visible = metric('ApproximateNumberOfMessagesVisible', `${queueName} visible`);
  const inFlight = metric('ApproximateNumberOfMessagesNotVisible', `${queueName} in flight`);
  const delayed = metric('ApproximateNumberOfMessagesDelayed', `${queueName} delayed`);
  // Unique on a dashboard that shows many queues.
  const id = queueName.replaceAll(/[^A-Za-z0-9]/g, '_');
  const figures = { [`visible_${id}`]: visible, [`inFlight_${id}`]: inFlight, [`delayed_${id}`]: delayed };
  return {
    visible,
    inFlight,
    /** Messages that are not done with: a deferred one is in flight, so the visible ones alone show no backlog. */
    waiting: new MathExpression({
      expression: Object.keys(figures).join(' + '),
      usingMetrics: figures,
      period: alarmPeriod,
      label: `${queueName} waiting`,
    }),
    /** Leaves out what has been received about three times, which the waiting ones count. */
    age: metric('ApproximateAgeOfOldestMessage', `${queueName} oldest, seconds`),
  };
}
