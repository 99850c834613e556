import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { metricNamespace } from '../../functions/core/telemetry.ts';
import { alarmPeriod } from './alarm-plan.ts';

/** What API Gateway says of the API. Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html */
export function apiMetrics(apiId: string) {
  const metric = (metricName: string, statistic: string) =>
    new Metric({
      namespace: 'AWS/ApiGateway',
      metricName,
      dimensionsMap: { ApiId: apiId },
      statistic,
      period: alarmPeriod,
      label: `${metricName} ${statistic}`,
    });
  return {
    requests: metric('Count', Stats.SUM),
    refused: metric('4xx', Stats.SUM),
    failed: metric('5xx', Stats.SUM),
    latency: metric('Latency', Stats.p(99)),
  };
}

/** What Lambda says of a function, by its physical name. */
export function functionMetrics(functionName: string) {
  const metric = (metricName: string, statistic: string = Stats.SUM) =>
    new Metric({
      namespace: 'AWS/Lambda',
      metricName,
      dimensionsMap: { FunctionName: functionName },
      statistic,
      period: alarmPeriod,
      label: `${functionName} ${metricName.toLowerCase()}`,
    });
  return {
    invocations: metric('Invocations'),
    errors: metric('Errors'),
    throttles: metric('Throttles'),
    concurrency: metric('ConcurrentExecutions', Stats.MAXIMUM),
    duration: metric('Duration', Stats.p(99)),
  };
}

/** Requests that got a 5xx. One that made the receiver fail is in both figures, so the larger of them is taken. */
export function receiverFailures(apiId: string, functionName: string): MathExpression {
  return new MathExpression({
    expression: 'MAX([FILL(answers, 0), FILL(errors, 0)])',
    usingMetrics: { answers: apiMetrics(apiId).failed, errors: functionMetrics(functionName).errors },
    period: alarmPeriod,
    label: 'Receiver 5xx',
  });
}

/** Errors of a function that runs each minute, or 1 where it did not run at all. */
export function failuresOrSilence(functionName: string): MathExpression {
  const { invocations, errors } = functionMetrics(functionName);
  return new MathExpression({
    expression: 'IF(FILL(runs, 0) < 1, 1, FILL(errors, 0))',
    usingMetrics: { runs: invocations, errors },
    period: alarmPeriod,
    label: `${functionName} errors, or silence`,
  });
}

/** Requests that never reached the receiver: beyond a throttle, or to no source. API Gateway has no figure for either. */
export function turnedAway(apiId: string, functionName: string): MathExpression {
  const { invocations, throttles } = functionMetrics(functionName);
  return new MathExpression({
    expression: 'FILL(requests, 0) - FILL(invocations, 0) - FILL(throttles, 0)',
    usingMetrics: { requests: apiMetrics(apiId).requests, invocations, throttles },
    period: alarmPeriod,
    label: 'Turned away',
  });
}

/** Objects in the spool when the sweeper came by. */
export function spoolMetric(stage: string): Metric {
  return new Metric({
    namespace: metricNamespace,
    metricName: 'SpoolObjects',
    dimensionsMap: { service: 'sweeper', stage },
    statistic: Stats.MAXIMUM,
    period: alarmPeriod,
    label: 'Spooled events',
  });
}
