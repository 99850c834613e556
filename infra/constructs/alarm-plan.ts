import { Duration } from 'aws-cdk-lib';
import type { ComparisonOperator, IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { AlarmKind } from '../../functions/core/definition.ts';
import { stagePrefix } from '../../functions/core/names.ts';
import type { AlarmSettings } from '../definition/alarms.ts';

/** What all alarms of a stage have in common. */
export interface Watch {
  readonly stage: string;
  readonly settings: AlarmSettings;
  /** Where notices go. */
  readonly topic: ITopic;
}

/** An alarm, before it is made. */
export interface AlarmPlan {
  readonly kind: AlarmKind;
  /** Which consumer, source or part it is about. */
  readonly subject: string;
  readonly metric: IMetric;
  /** Breaching from this on. */
  readonly threshold: number;
  /** @default at or above the threshold */
  readonly comparison?: ComparisonOperator;
  /** How many periods of the metric are looked at. @default 1 */
  readonly periods?: number;
  /** How many of them must breach. @default all */
  readonly breaching?: number;
  /** What silence means. @default calm: an idle queue sends no figures at all */
  readonly missing?: TreatMissingData;
  /** Breaching outside of what was learned: standard deviations below the usual. The threshold has no meaning then. */
  readonly deviationsBelow?: number;
  /** What it means for the events, in one sentence. */
  readonly impact: string;
  /** Where to look first. */
  readonly consoleUrl: string;
}

/** Gauges are looked at each minute, so that an operator knows as soon. */
export const gaugePeriod = Duration.minutes(1);

/** Counts are looked at over five minutes. */
export const alarmPeriod = Duration.minutes(5);

/** Headings of the README's runbook, as GitHub makes links of them; several kinds share one where the steps are the same. */
export const runbookOf = {
  'receiver-errors': 'receiver-errors',
  'turned-away': 'throttles',
  throttles: 'throttles',
  deadline: 'slow-answers',
  'endpoint-disabling': 'endpoints-about-to-be-given-up',
  'signature-refusals': 'signature-refusals',
  'silent-source': 'silent-source',
  volume: 'silent-source',
  spool: 'spool',
  sweeper: 'spool',
  backlog: 'backlog',
  age: 'oldest-unfinished-event',
  'in-flight': 'messages-in-flight',
  'failure-rate': 'failing-handlers',
  'circuit-open': 'failing-handlers',
  replays: 'suspected-replays',
  'dead-letters': 'dead-letters',
  'dead-letters-expiring': 'dead-letters-about-to-expire',
  'ledger-throttles': 'ledger-throttles',
  'archive-lag': 'archive',
  'archive-errors': 'archive',
  'watcher-silent': 'silent-watcher',
  spend: 'spend',
} as const satisfies Readonly<Record<AlarmKind, string>>;

/** An alarm's name; its last word is the kind. */
export function alarmName(stage: string, subject: string, kind: string): string {
  return `${stagePrefix(stage)}${subject} ${kind}`;
}

/** What an alarm says; CloudWatch takes 1,024 characters. */
export function alarmDescription(impact: string, runbook: string, consoleUrl: string): string {
  return `${impact} Runbook: README.md#${runbook} Console: ${consoleUrl}`;
}
