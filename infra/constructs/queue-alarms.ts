import { Stack } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { AlarmDefinition, Consumer } from '../../functions/core/definition.ts';
import { replayMetric } from './consumer-metrics.ts';
import { NotifiedAlarm } from './notified-alarm.ts';
import { namesOf } from './physical-names.ts';
import { queueMetrics } from './queue-metrics.ts';

export interface QueueAlarmsProps {
  readonly stage: string;
  /** Whose queue it is. */
  readonly consumer: Pick<Consumer, 'name' | 'fifo'>;
  /** Whether it tells copies of events from their first ones. */
  readonly seesReplays: boolean;
  readonly thresholds: Required<Pick<AlarmDefinition, 'backlog' | 'ageSeconds' | 'replays'>>;
  readonly action: IAlarmAction;
}

/** SQS hands out nothing more beyond 120,000 messages in flight; three quarters of that leave time to act. */
const inFlightThreshold = 90_000;

/** Tells when a consumer eats more slowly than it is fed, and when it could not eat something at all. */
export class QueueAlarms extends Construct {
  constructor(scope: Construct, id: string, { stage, consumer, seesReplays, thresholds, action }: QueueAlarmsProps) {
    super(scope, id);
    const names = namesOf(stage, consumer);
    const metrics = queueMetrics(names.queue);
    const consoleUrl = queueConsoleUrl(this, names.queue);
    new NotifiedAlarm(this, 'Backlog', {
      alarmName: `${names.queue} backlog`,
      metric: metrics.waiting,
      threshold: thresholds.backlog,
      periods: 3,
      impact: `At least ${thresholds.backlog} events wait for ${consumer.name}, deferred ones counted in: they are late, none is lost.`,
      runbook: 'backlog',
      consoleUrl,
      action,
    });
    new NotifiedAlarm(this, 'Age', {
      alarmName: `${names.queue} age`,
      metric: metrics.age,
      threshold: thresholds.ageSeconds,
      impact: `The oldest event for ${consumer.name} waits for ${thresholds.ageSeconds} s or longer; after 10 days SQS drops it.`,
      runbook: 'oldest-message',
      consoleUrl,
      action,
    });
    new NotifiedAlarm(this, 'InFlight', {
      alarmName: `${names.queue} in flight`,
      metric: metrics.inFlight,
      threshold: inFlightThreshold,
      impact: `${inFlightThreshold} events of ${consumer.name} are deferred or at work; at 120000 it gets no further ones.`,
      runbook: 'backlog',
      consoleUrl,
      action,
    });
    if (seesReplays) {
      new NotifiedAlarm(this, 'Replays', {
        alarmName: `${names.queue} suspected replays`,
        metric: replayMetric(stage, consumer.name),
        threshold: thresholds.replays,
        impact: `Requests that ${consumer.name} had events of came again under other delivery ids; none was handled twice.`,
        runbook: 'suspected-replays',
        consoleUrl,
        action,
      });
    }
    new NotifiedAlarm(this, 'DeadLetters', {
      alarmName: `${names.deadLetterQueue} not empty`,
      // Not the number sent, which leaves redriven messages out.
      metric: queueMetrics(names.deadLetterQueue).visible,
      threshold: 1,
      impact: `${consumer.name} gave events up; they keep for 14 days, each with its reason.`,
      runbook: 'dead-letters',
      consoleUrl: queueConsoleUrl(this, names.deadLetterQueue),
      action,
    });
  }
}

function queueConsoleUrl(scope: Construct, queueName: string): string {
  const { region, urlSuffix, account } = Stack.of(scope);
  const url = `https%3A%2F%2Fsqs.${region}.${urlSuffix}%2F${account}%2F${queueName}`;
  return `https://${region}.console.aws.amazon.com/sqs/v3/home?region=${region}#/queues/${url}`;
}
