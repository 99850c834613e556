import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { alarmPeriod } from './alarm-plan.ts';

/**
 * Requests of a table that DynamoDB throttled.
 *
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
 */
export function tableThrottles(tableName: string, label: string): MathExpression {
  const metric = (metricName: string) =>
    new Metric({
      namespace: 'AWS/DynamoDB',
      metricName,
      dimensionsMap: { TableName: tableName },
      statistic: Stats.SUM,
      period: alarmPeriod,
    });
  return new MathExpression({
    expression: 'FILL(writes, 0) + FILL(reads, 0)',
    usingMetrics: { writes: metric('WriteThrottleEvents'), reads: metric('ReadThrottleEvents') },
    period: alarmPeriod,
    label,
  });
}
