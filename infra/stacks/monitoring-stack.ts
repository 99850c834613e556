import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { type Consumer, consumersOf, type PipelineDefinition } from '../../functions/core/definition.ts';
import { stagePrefix } from '../../functions/core/names.ts';
import type { Watch } from '../constructs/alarm-plan.ts';
import { consoleLinks } from '../constructs/console-links.ts';
import { LogQueries } from '../constructs/log-queries.ts';
import { NoticeTopic } from '../constructs/notice-topic.ts';
import { OverviewDashboard } from '../constructs/overview-dashboard.ts';
import { imported } from '../constructs/stateful-exports.ts';
import type { NamedAlarm } from '../constructs/trouble-alarm.ts';
import { WatchedConsumer } from '../constructs/watched-consumer.ts';
import { WatchedIntake } from '../constructs/watched-intake.ts';
import { WatchedPlatform } from '../constructs/watched-platform.ts';
import type { AlarmSettings } from '../definition/alarms.ts';

export interface MonitoringStackProps extends StackProps {
  readonly stage: string;
  readonly definition: PipelineDefinition;
  readonly settings: AlarmSettings;
  /** Whose alarms are in this very stack. */
  readonly consumers: readonly Consumer[];
}

/** What watches: alarms that somebody hears, and one dashboard. It stands apart, since not every endpoint knows alarms. */
export class MonitoringStack extends Stack {
  readonly watch: Watch;
  /** Rings where no consumer is to blame. */
  readonly platformTrouble: NamedAlarm | undefined;

  constructor(scope: Construct, id: string, props: MonitoringStackProps) {
    const { stage, definition, settings, consumers, ...rest } = props;
    super(scope, id, rest);
    const { emails, endpoints } = settings;
    const apiId = imported(stage, 'ApiId');
    const topicName = `${stagePrefix(stage)}notices`;
    const { topic } = new NoticeTopic(this, 'Notices', { topicName, emails, endpoints });
    this.watch = { stage, settings, topic };
    const console = consoleLinks(this, apiId);
    const common = { watch: this.watch, apiId, console };
    const intake = new WatchedIntake(this, 'Intake', { ...common, sources: definition.sources });
    this.platformTrouble = new WatchedPlatform(this, 'Platform', {
      ...common,
      definition,
      tables: { ledger: imported(stage, 'LedgerTable'), state: imported(stage, 'StateTable') },
      receiverThrottles: intake.throttles,
    }).trouble;
    addConsumers(this, consumers, this.watch, this.platformTrouble, apiId);
    if (settings.dashboard) {
      new OverviewDashboard(this, 'Overview', { watch: this.watch, apiId, definition });
      new LogQueries(this, 'LogQueries', { stage, consumers: consumersOf(definition) });
    }
    new CfnOutput(this, 'TopicArn', { value: topic.topicArn });
  }
}

export interface ConsumersMonitoringStackProps extends StackProps {
  readonly main: MonitoringStack;
  readonly consumers: readonly Consumer[];
}

/** Alarms of consumers for which there is no room beside all others: a stack has 500 resources at most. */
export class ConsumersMonitoringStack extends Stack {
  constructor(scope: Construct, id: string, { main, consumers, ...props }: ConsumersMonitoringStackProps) {
    super(scope, id, props);
    const { stage } = main.watch;
    const topic = Topic.fromTopicArn(
      this,
      'Notices',
      this.formatArn({ service: 'sns', resource: `${stagePrefix(stage)}notices` }),
    );
    // By name: a reference across stacks would be an export, which could not go as long as somebody uses it.
    addConsumers(this, consumers, { ...main.watch, topic }, main.platformTrouble, imported(stage, 'ApiId'));
    this.addStackDependency(main);
  }
}

function addConsumers(
  stack: Stack,
  consumers: readonly Consumer[],
  watch: Watch,
  platformTrouble: NamedAlarm | undefined,
  apiId: string,
): void {
  const console = consoleLinks(stack, apiId);
  for (const consumer of consumers) {
    new WatchedConsumer(stack, `Consumer-${consumer.name}`, { watch, consumer, platformTrouble, console });
  }
}
