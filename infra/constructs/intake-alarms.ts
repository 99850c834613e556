import { Stack } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { stagePrefix } from '../../functions/core/names.ts';
import { functionMetrics, receiverFailures, spoolMetric } from './intake-metrics.ts';
import { NotifiedAlarm } from './notified-alarm.ts';

export interface IntakeAlarmsProps {
  readonly stage: string;
  readonly apiId: string;
  /** Answers 5xx in five minutes. */
  readonly receiverErrors: number;
  readonly action: IAlarmAction;
}

/** Tells when webhooks are turned away, and when accepted ones do not reach their queues. */
export class IntakeAlarms extends Construct {
  constructor(scope: Construct, id: string, { stage, apiId, receiverErrors, action }: IntakeAlarmsProps) {
    super(scope, id);
    const prefix = stagePrefix(stage);
    const { region } = Stack.of(this);
    const logOf = (functionName: string) =>
      `https://${region}.console.aws.amazon.com/lambda/home?region=${region}#/functions/${functionName}?tab=monitoring`;
    new NotifiedAlarm(this, 'Receiver', {
      alarmName: `${prefix}receiver 5xx`,
      metric: receiverFailures(apiId, `${prefix}receiver`),
      threshold: receiverErrors,
      impact: 'Webhooks were answered with 5xx and not accepted; platforms that never retry have lost them.',
      runbook: 'receiver-errors',
      consoleUrl: logOf(`${prefix}receiver`),
      action,
    });
    new NotifiedAlarm(this, 'Sweeper', {
      alarmName: `${prefix}sweeper errors`,
      metric: functionMetrics(`${prefix}sweeper`).errors,
      threshold: 1,
      periods: 3,
      impact: 'Accepted events that are in the spool stay there: they are late, none is lost.',
      runbook: 'spool',
      consoleUrl: logOf(`${prefix}sweeper`),
      action,
    });
    new NotifiedAlarm(this, 'Spool', {
      alarmName: `${prefix}spool not empty`,
      metric: spoolMetric(stage),
      threshold: 1,
      periods: 3,
      impact: 'Accepted events have waited in the spool for a quarter of an hour: SQS still refuses them.',
      runbook: 'spool',
      consoleUrl: logOf(`${prefix}sweeper`),
      action,
    });
  }
}
