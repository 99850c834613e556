import { Duration } from 'aws-cdk-lib';
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import type { Disabling } from '../../functions/receive/providers/provider.ts';
import { routeMetrics } from './source-metrics.ts';

/** How near a platform is to giving an endpoint up, and from when on somebody should know. */
export interface FailuresLeft {
  /** Failures that are left, or hours of them. */
  readonly metric: MathExpression;
  /** Breaching at or below. */
  readonly threshold: number;
  /** Of which there are so many altogether. */
  readonly of: string;
}

const hourMinutes = 60;
const dayMinutes = 1_440;

/**
 * Estimates how many failures are left before a platform gives an endpoint up: of those that it allows, what failed since
 * a success. It sees answers 4xx and 5xx of one hour (of at most a day where the platform goes by time), from whomever:
 * not the answers that came too late, which API Gateway takes for good, nor what never reached it, nor which of several
 * subscriptions failed; and somebody else's forged requests look like failures as long as no genuine one succeeds.
 *
 * @param share part of all that must be left
 */
export function failuresLeft(
  apiId: string,
  source: string,
  { failures, hours }: Disabling,
  share: number,
): FailuresLeft {
  const bad = '(FILL(rejected, 0) + FILL(failed, 0))';
  if (failures !== undefined) {
    return {
      metric: estimate(apiId, source, hourMinutes, `IF(FILL(requests, 0) > ${bad}, ${failures}, ${failures} - ${bad})`),
      threshold: Math.floor(failures * share),
      of: `${failures} failures in a row`,
    };
  }
  const allowed = hours ?? 0;
  const minutes = Math.max(1, Math.min(dayMinutes, Math.floor(allowed * hourMinutes * (1 - share))));
  const left = Number((allowed - minutes / hourMinutes).toFixed(2));
  return {
    metric: estimate(apiId, source, minutes, `IF((FILL(requests, 0) > ${bad}) OR (${bad} == 0), ${allowed}, ${left})`),
    threshold: left,
    of: `${allowed} hours without success`,
  };
}

function estimate(apiId: string, source: string, minutes: number, expression: string): MathExpression {
  const period = Duration.minutes(minutes);
  const { requests, rejected, failed } = routeMetrics(apiId, source, period);
  return new MathExpression({
    expression,
    usingMetrics: { requests, rejected, failed },
    period,
    label: `${source} failures left`,
  });
}
