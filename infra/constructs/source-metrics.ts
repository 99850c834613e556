import type { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { metricNamespace } from '../../functions/core/telemetry.ts';
import { alarmPeriod } from './alarm-plan.ts';

/** What the receiver counts of a source. */
export function sourceMetrics(stage: string, source: string, period: Duration = alarmPeriod) {
  const metric = (metricName: string) =>
    new Metric({
      namespace: metricNamespace,
      metricName,
      dimensionsMap: { service: 'receiver', source, stage },
      statistic: Stats.SUM,
      period,
      label: `${source} ${metricName}`,
    });
  return {
    received: metric('Received'),
    /** Requests whose signature, token or certificate proved nothing. */
    unproved: metric('Unproved'),
  };
}

/**
 * Events of a source, none where no figure came. CloudWatch itself looks further back for a figure before it takes
 * silence for anything: it would tell of a silent hour after three or four.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function receivedOrNone(stage: string, source: string, period: Duration): MathExpression {
  const { received } = sourceMetrics(stage, source, period);
  return new MathExpression({
    expression: 'FILL(received, 0)',
    usingMetrics: { received },
    period,
    label: `${source} Received`,
  });
}

/** Unproved requests of a source, as soon as they are so large a part of all that it is told of; 0 before. */
export function unprovedBeyond(stage: string, source: string, percent: number): MathExpression {
  const { received, unproved } = sourceMetrics(stage, source);
  return new MathExpression({
    expression: `IF(100 * FILL(unproved, 0) >= ${percent} * (FILL(unproved, 0) + FILL(received, 0)), FILL(unproved, 0), 0)`,
    usingMetrics: { unproved, received },
    period: alarmPeriod,
    label: `${source} unproved`,
  });
}

/**
 * What API Gateway says of a source's route, where its detailed metrics are on. It is billed as metrics of one's own.
 *
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
 */
export function routeMetrics(apiId: string, source: string, period: Duration = alarmPeriod) {
  const metric = (metricName: string, statistic: string) =>
    new Metric({
      namespace: 'AWS/ApiGateway',
      metricName,
      dimensionsMap: { ApiId: apiId, Stage: '$default', Method: 'POST', Resource: `/webhooks/${source}` },
      statistic,
      period,
      label: `${source} ${metricName} ${statistic}`,
    });
  return {
    requests: metric('Count', Stats.SUM),
    rejected: metric('4xx', Stats.SUM),
    failed: metric('5xx', Stats.SUM),
    latency: metric('Latency', Stats.p(99)),
  };
}
