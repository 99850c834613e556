import type { AlarmState, Judgement } from './datapoints.ts';
import type { Expression } from './math/expression.ts';
import type { MetricIdentity } from './metric-store.ts';
import type { Rule } from './rule.ts';
import type { Statistic } from './statistic.ts';

/** CloudWatch's comparisons: the first four with a number, the others with a band of the usual. */
export const comparisons = [
  'GreaterThanOrEqualToThreshold',
  'GreaterThanThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
  'LessThanLowerOrGreaterThanUpperThreshold',
  'LessThanLowerThreshold',
  'GreaterThanUpperThreshold',
] as const;

export type Comparison = (typeof comparisons)[number];

/** What an alarm's id names. */
export type AlarmQuery =
  | ({ readonly kind: 'metric'; readonly statistic: Statistic; readonly unit?: string } & MetricIdentity)
  | { readonly kind: 'expression'; readonly expression: Expression };

/** The states that an alarm tells somebody of. */
export type Actions = Readonly<Record<AlarmState, boolean>>;

/** An alarm on a metric or on what metric math makes of several. */
export interface MetricAlarm extends Judgement {
  readonly name: string;
  readonly description: string;
  readonly queries: ReadonlyMap<string, AlarmQuery>;
  /** The id of what is compared. */
  readonly watched: string;
  readonly comparison: Comparison;
  /** A number, or the id of a band. */
  readonly threshold: number | string;
  /** A whole number of minutes. */
  readonly periodMs: number;
  readonly actions: Actions;
}

/** An alarm on the states of others. */
export interface CompositeAlarm {
  readonly name: string;
  readonly description: string;
  readonly rule: Rule;
  readonly actions: Actions;
  readonly suppressor?: {
    /** While this alarm is in ALARM, nobody is told. */
    readonly alarm: string;
    /** How long a change waits for the suppressor, in milliseconds. */
    readonly waitMs: number;
    /** How long nobody is told after the suppressor has left ALARM, in milliseconds. */
    readonly extensionMs: number;
  };
}
