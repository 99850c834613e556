import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { metricNamespace } from '../../functions/core/telemetry.ts';
import { alarmPeriod } from './notified-alarm.ts';

/** Copies of a consumer's events that came under another delivery id than the first. */
export function replayMetric(stage: string, consumer: string): Metric {
  return new Metric({
    namespace: metricNamespace,
    metricName: 'SuspectedReplays',
    dimensionsMap: { consumer, service: `consumer-${consumer}`, stage },
    statistic: Stats.SUM,
    period: alarmPeriod,
  });
}

/**
 * What the consumers of a stage count, a line for each of them, and for each reason where they say one.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
 */
export function consumerMetrics(stage: string) {
  const counted = (metricName: string, ...more: string[]) => {
    const schema = [metricNamespace, 'consumer', ...more, 'service', 'stage'].join(',');
    return new MathExpression({
      expression: `SEARCH('{${schema}} MetricName="${metricName}" stage="${stage}"', 'Sum', ${alarmPeriod.toSeconds()})`,
      period: alarmPeriod,
      // CloudWatch's own for each line.
      label: '',
    });
  };
  return {
    deferred: counted('Deferred', 'reason'),
    superseded: counted('Superseded'),
    circuitsOpened: counted('CircuitOpened'),
  };
}
