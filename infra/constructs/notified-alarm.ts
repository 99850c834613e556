import {
  Alarm,
  type AlarmProps,
  AnomalyDetectionAlarm,
  ComparisonOperator,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Construct } from 'constructs';
import { type AlarmPlan, alarmDescription, alarmName, runbookOf, type Watch } from './alarm-plan.ts';

export interface NotifiedAlarmProps {
  readonly watch: Watch;
  readonly plan: AlarmPlan;
  /** Whether another alarm gives notice of it, beside others that have the same cause. */
  readonly spokenFor: boolean;
}

/** An alarm that tells what is at stake, what to do and where to look; and, unless another does, that tells when it is over. */
export class NotifiedAlarm extends Construct {
  /** By which composite alarms know it. */
  readonly alarmName: string;

  constructor(scope: Construct, id: string, { watch, plan, spokenFor }: NotifiedAlarmProps) {
    super(scope, id);
    const { kind, subject, metric, threshold, periods = 1, breaching, deviationsBelow, impact, consoleUrl } = plan;
    this.alarmName = alarmName(watch.stage, subject, kind);
    const common = {
      alarmName: this.alarmName,
      alarmDescription: alarmDescription(impact, runbookOf[kind], consoleUrl),
      metric,
      evaluationPeriods: periods,
      ...(breaching === undefined ? {} : { datapointsToAlarm: breaching }),
      treatMissingData: plan.missing ?? TreatMissingData.NOT_BREACHING,
    } satisfies Partial<AlarmProps>;
    const alarm =
      deviationsBelow === undefined
        ? new Alarm(this, 'Alarm', {
            ...common,
            threshold,
            comparisonOperator: plan.comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
          })
        : new AnomalyDetectionAlarm(this, 'Alarm', {
            ...common,
            stdDevs: deviationsBelow,
            comparisonOperator: ComparisonOperator.LESS_THAN_LOWER_THRESHOLD,
          });
    if (spokenFor) return;
    const action = new SnsAction(watch.topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }
}
