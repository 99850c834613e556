import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { metricNamespace } from '../../functions/core/telemetry.ts';
import { alarmPeriod, gaugePeriod } from './alarm-plan.ts';
import { queueMetrics } from './queue-metrics.ts';
import { watcherMetrics } from './watcher-metrics.ts';

/** What a consumer's function counts. */
export function consumerMetrics(stage: string, consumer: string) {
  const metric = (metricName: string, statistic: string = Stats.SUM, label = metricName) =>
    new Metric({
      namespace: metricNamespace,
      metricName,
      dimensionsMap: { consumer, service: `consumer-${consumer}`, stage },
      statistic,
      period: alarmPeriod,
      label,
    });
  return {
    attempts: metric('Attempts'),
    succeeded: metric('Succeeded'),
    processed: metric('Processed'),
    /** Copies of its events that came under another delivery id than the first: none where no figure came, as with most. */
    replays: new MathExpression({
      expression: 'FILL(replays, 0)',
      usingMetrics: { replays: metric('SuspectedReplays') },
      period: alarmPeriod,
      label: 'SuspectedReplays',
    }),
    duration: metric('HandlerDuration', Stats.p(99), 'handler p99, ms'),
    completion: metric('ReceiptToCompletion', Stats.p(99), 'receipt to completion p99, ms'),
  };
}

/** Percent of a consumer's attempts that fail, as soon as there are enough of them to tell. */
export function failureRate(stage: string, consumer: string, leastAttempts: number): MathExpression {
  const { attempts, succeeded } = consumerMetrics(stage, consumer);
  return new MathExpression({
    expression: `IF(attempts >= ${leastAttempts}, 100 * (attempts - FILL(succeeded, 0)) / attempts, 0)`,
    usingMetrics: { attempts, succeeded },
    period: alarmPeriod,
    label: 'failed, percent',
  });
}

/** Seconds since the receipt of a consumer's oldest unfinished event: by the watcher what was put back, by SQS the rest. */
export function oldestUnfinished(stage: string, consumer: string, queueName: string): MathExpression {
  // Unique in a graph of many.
  const id = consumer.replaceAll(/[^A-Za-z0-9]/g, '_');
  return new MathExpression({
    expression: `MAX([FILL(unfinished_${id}, 0), FILL(queued_${id}, 0)])`,
    usingMetrics: {
      [`unfinished_${id}`]: watcherMetrics(stage, consumer).unfinished,
      [`queued_${id}`]: queueMetrics(queueName).age,
    },
    period: gaugePeriod,
    label: `${consumer} oldest, seconds`,
  });
}

/**
 * What the functions of a stage count, a line for each source or consumer, and for each reason where they say one.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
 */
export function searched(stage: string, metricName: string, dimensions: readonly string[], statistic = 'Sum') {
  const schema = [metricNamespace, ...dimensions, 'service', 'stage'].join(',');
  return new MathExpression({
    expression: `SEARCH('{${schema}} MetricName="${metricName}" stage="${stage}"', '${statistic}', ${alarmPeriod.toSeconds()})`,
    period: alarmPeriod,
    // CloudWatch's own for each line.
    label: '',
  });
}
