import type { Comparison, MetricAlarm } from './alarm-plan.ts';
import { type Datapoint, furtherPeriods } from './datapoints.ts';
import { bandPeriods, evaluateMath, type Points, type Value } from './math/evaluate.ts';
import { hasBand, MathError } from './math/expression.ts';
import type { MetricStore } from './metric-store.ts';

/** How a metric alarm's data points stand. */
export interface Reading {
  /** The oldest first. */
  readonly points: readonly Datapoint[];
  /** The latest that there is. */
  readonly value?: number;
  /** That which the latest value was compared with. */
  readonly threshold?: number;
}

interface Limits {
  readonly upper: Points;
  readonly lower: Points;
}

/**
 * Reads what an alarm watches, over the periods up to a full minute.
 *
 * @throws MathError where its expressions do not fit each other.
 */
export function readingOf(alarm: MetricAlarm, store: Pick<MetricStore, 'values'>, until: number): Reading {
  const length = alarm.evaluationPeriods + furtherPeriods;
  const values = valueIn(alarm, store, until, alarm.watched, length);
  if (values.kind !== 'series') throw new MathError(`${alarm.watched} must be a series, got a ${values.kind}`);
  const { upper, lower } = limitsOf(alarm, store, until, length);
  const points = values.points.map((value, index) => datapointOf(alarm.comparison, value, upper[index], lower[index]));
  const last = values.points.findLastIndex((value) => value !== undefined);
  const value = values.points[last];
  const threshold = alarm.comparison === 'GreaterThanUpperThreshold' ? upper[last] : lower[last];
  return { points, ...(value === undefined ? {} : { value }), ...(threshold === undefined ? {} : { threshold }) };
}

/** How far back an alarm looks, in milliseconds. */
export function reachOf({ queries, periodMs, evaluationPeriods }: MetricAlarm): number {
  const looksFurther = [...queries.values()].some((query) => query.kind === 'expression' && hasBand(query.expression));
  return (evaluationPeriods + furtherPeriods + (looksFurther ? bandPeriods : 0)) * periodMs;
}

function limitsOf(alarm: MetricAlarm, store: Pick<MetricStore, 'values'>, until: number, length: number): Limits {
  const { threshold } = alarm;
  if (typeof threshold === 'number') {
    const everywhere = Array.from({ length }, () => threshold);
    return { upper: everywhere, lower: everywhere };
  }
  const band = valueIn(alarm, store, until, threshold, length);
  const [upper, lower] = band.kind === 'list' ? band.series : [];
  if (!upper || !lower) throw new MathError(`${threshold} must be an ANOMALY_DETECTION_BAND, got a ${band.kind}`);
  return { upper, lower };
}

function valueIn(
  { queries, periodMs }: MetricAlarm,
  store: Pick<MetricStore, 'values'>,
  until: number,
  wanted: string,
  wantedLength: number,
): Value {
  const path: string[] = [];
  const value = (id: string, length: number): Value => {
    const query = queries.get(id);
    if (!query) throw new MathError(`${id} must be one of ${[...queries.keys()].join(', ')}`);
    if (path.includes(id)) throw new MathError(`expressions depend on each other: ${[...path, id].join(' → ')}`);
    if (query.kind === 'metric') {
      const points = store.values({ ...query, periodMs, until, periods: length });
      return { kind: 'series', points };
    }
    path.push(id);
    const result = evaluateMath(query.expression, { length, valueOf: value });
    path.pop();
    return result;
  };
  return value(wanted, wantedLength);
}

function datapointOf(
  comparison: Comparison,
  value: number | undefined,
  upper: number | undefined,
  lower: number | undefined,
): Datapoint {
  if (value === undefined || upper === undefined || lower === undefined) return 'missing';
  return breaches(comparison, value, upper, lower) ? 'breaching' : 'within';
}

function breaches(comparison: Comparison, value: number, upper: number, lower: number): boolean {
  switch (comparison) {
    case 'GreaterThanOrEqualToThreshold':
      return value >= lower;
    case 'GreaterThanThreshold':
      return value > lower;
    case 'LessThanThreshold':
      return value < lower;
    case 'LessThanOrEqualToThreshold':
      return value <= lower;
    case 'LessThanLowerThreshold':
      return value < lower;
    case 'GreaterThanUpperThreshold':
      return value > upper;
    case 'LessThanLowerOrGreaterThanUpperThreshold':
      return value < lower || value > upper;
  }
}
