import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';

/** Headings of the README's runbook, as GitHub makes links of them. */
type RunbookHeading = 'backlog' | 'oldest-message' | 'dead-letters' | 'suspected-replays' | 'receiver-errors' | 'spool';

export interface NotifiedAlarmProps {
  readonly alarmName: string;
  readonly metric: IMetric;
  /** Breaching from this on. */
  readonly threshold: number;
  /** How many periods of the metric in a row. @default 1 */
  readonly periods?: number;
  /** What it means for the events, in one sentence. */
  readonly impact: string;
  readonly runbook: RunbookHeading;
  /** Where to look first. */
  readonly consoleUrl: string;
  readonly action: IAlarmAction;
}

/** Figures are looked at over five minutes. */
export const alarmPeriod = Duration.minutes(5);

/** An alarm that tells what is at stake, what to do and where to look; and that tells when it is over. */
export class NotifiedAlarm extends Construct {
  readonly alarm: Alarm;

  constructor(scope: Construct, id: string, props: NotifiedAlarmProps) {
    super(scope, id);
    const { alarmName, metric, threshold, periods = 1, impact, runbook, consoleUrl, action } = props;
    this.alarm = new Alarm(this, 'Alarm', {
      alarmName,
      alarmDescription: `${impact} Runbook: README.md#${runbook} Console: ${consoleUrl}`,
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // An idle queue sends no figures at all.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    this.alarm.addAlarmAction(action);
    this.alarm.addOkAction(action);
  }
}
