import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Construct } from 'constructs';
import { consumersOf, isArchived, type PipelineDefinition } from '../../functions/core/definition.ts';
import { archiveQueue, stagePrefix } from '../../functions/core/names.ts';
import { IntakeAlarms } from '../constructs/intake-alarms.ts';
import { NoticeTopic } from '../constructs/notice-topic.ts';
import { OverviewDashboard } from '../constructs/overview-dashboard.ts';
import { QueueAlarms } from '../constructs/queue-alarms.ts';
import { imported } from '../constructs/stateful-exports.ts';
import { alarmDefaults } from '../definition/defaults.ts';

export interface MonitoringStackProps extends StackProps {
  readonly stage: string;
  readonly definition: PipelineDefinition;
}

/** What watches: alarms that somebody hears, and one dashboard. It stands apart, since not every endpoint knows alarms. */
export class MonitoringStack extends Stack {
  constructor(scope: Construct, id: string, { stage, definition, ...props }: MonitoringStackProps) {
    super(scope, id, props);
    const { emails = [], ...given } = definition.alarms ?? {};
    const thresholds = { ...alarmDefaults, ...given };
    const apiId = imported(stage, 'ApiId');
    const { topic } = new NoticeTopic(this, 'Notices', { topicName: `${stagePrefix(stage)}notices`, emails });
    const action = new SnsAction(topic);
    new IntakeAlarms(this, 'Intake', { stage, apiId, receiverErrors: thresholds.receiverErrors, action });
    for (const consumer of consumersOf(definition)) {
      new QueueAlarms(this, `Queue-${consumer.name}`, { stage, consumer, seesReplays: true, thresholds, action });
    }
    if (isArchived(definition)) {
      const consumer = { name: archiveQueue, fifo: false };
      new QueueAlarms(this, 'ArchiveQueue', { stage, consumer, seesReplays: false, thresholds, action });
    }
    new OverviewDashboard(this, 'Overview', { stage, apiId, definition });
    new CfnOutput(this, 'TopicArn', { value: topic.topicArn });
  }
}
