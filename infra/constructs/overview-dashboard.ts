import { Alarm, AlarmStatusWidget, Dashboard, type IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type Consumer, consumersOf, isArchived, type PipelineDefinition } from '../../functions/core/definition.ts';
import { archiveQueue, stagePrefix } from '../../functions/core/names.ts';
import { promiseOf } from '../definition/alarms.ts';
import type { Watch } from './alarm-plan.ts';
import { archiveLag } from './archive-alarms.ts';
import { consumerMetrics, failureRate, oldestUnfinished, searched } from './consumer-metrics.ts';
import { graphRow, textRow } from './dashboard-rows.ts';
import { apiMetrics, functionMetrics, receiverFailures, spoolMetric, turnedAway } from './intake-metrics.ts';
import { namesOf } from './physical-names.ts';
import { spending } from './platform-alarms.ts';
import { queueMetrics } from './queue-metrics.ts';
import { watcherMetrics } from './watcher-metrics.ts';

export interface OverviewDashboardProps {
  readonly watch: Watch;
  readonly apiId: string;
  readonly definition: PipelineDefinition;
}

const howToRead = [
  '# How to read this',
  'Events flow from left to right: **received** from the platforms, **refused** where nothing proved them, **queued** for each consumer, **processed**, or given up as **dead letters**. What is received and not yet processed **waits**.',
  'Horizontal lines are thresholds: where a curve crosses one, an alarm rings. All is well while the waiting ones go down again, nothing comes near a line, and there are no dead letters. What to do otherwise: README.md, Runbook. For one event, one tenant or one type: CloudWatch, Logs Insights, saved queries.',
].join('\n\n');

/** A widget of alarms shows 100 at most. */
const mostAlarms = 100;

/** One page in the order in which an event travels, and then a row for each consumer. */
export class OverviewDashboard extends Construct {
  constructor(scope: Construct, id: string, { watch, apiId, definition }: OverviewDashboardProps) {
    super(scope, id);
    const { stage, settings } = watch;
    const prefix = stagePrefix(stage);
    const consumers = consumersOf(definition);
    const widgets: IWidget[] = [
      textRow(howToRead, 4),
      this.#alarms(watch, consumers, definition),
      graphRow([
        { title: 'Received, by source', metrics: [searched(stage, 'Received', ['source'])] },
        { title: 'Refused, by reason', metrics: [searched(stage, 'Refused', ['reason', 'source'])] },
        {
          title: 'Queued',
          metrics: [searched(stage, 'Enqueued', ['source']), searched(stage, 'Spooled', ['source'])],
        },
        { title: 'Processed', metrics: [searched(stage, 'Processed', ['consumer'])] },
        { title: 'Dead letters, by reason', metrics: [searched(stage, 'DeadLettered', ['consumer', 'reason'])] },
      ]),
      graphRow([
        {
          title: 'Waiting, deferred ones counted in',
          metrics: consumers.map(({ name }) => watcherMetrics(stage, name).waiting),
          lines: [{ value: settings.backlog, label: 'backlog' }],
        },
        {
          title: 'Oldest unfinished event, seconds',
          metrics: consumers.map((each) => oldestUnfinished(stage, each.name, namesOf(stage, each).queue)),
          lines: [{ value: settings.ageSeconds, label: 'age' }],
        },
        {
          title: 'Slowest: handlers p99, ms',
          metrics: [searched(stage, 'HandlerDuration', ['consumer'], 'p99')],
        },
        { title: 'Deferred, by reason', metrics: [searched(stage, 'Deferred', ['consumer', 'reason'])] },
      ]),
      graphRow([
        {
          title: 'Answers',
          metrics: [apiMetrics(apiId).requests, apiMetrics(apiId).refused, turnedAway(apiId, `${prefix}receiver`)],
          lines: [{ value: settings.turnedAway, label: 'turned away' }],
        },
        {
          title: 'Answers 5xx',
          metrics: [receiverFailures(apiId, `${prefix}receiver`)],
          lines: [{ value: settings.receiverErrors, label: 'receiver errors' }],
        },
        { title: 'Answer time p99, ms', metrics: [apiMetrics(apiId).latency] },
        { title: 'Spool', metrics: [spoolMetric(stage)], lines: [{ value: 1, label: 'spool' }] },
        {
          title: 'Dollars an hour, estimated',
          metrics: [spending(apiId, definition)],
          lines: [{ value: settings.dollarsPerHour, label: 'spend' }],
        },
      ]),
      graphRow([
        {
          title: 'Throttled invocations',
          metrics: ['receiver', ...consumers.map(({ name }) => name)].map(
            (name) => functionMetrics(prefix + name).throttles,
          ),
          lines: [{ value: settings.throttles, label: 'throttles' }],
        },
        {
          title: 'Functions at once',
          metrics: ['receiver', ...consumers.map(({ name }) => name)].map(
            (name) => functionMetrics(prefix + name).concurrency,
          ),
        },
        ...(isArchived(definition)
          ? [
              {
                title: 'Archive lag, seconds',
                metrics: [archiveLag(stage)],
                lines: [{ value: settings.archiveLagSeconds, label: 'archive lag' }],
              },
            ]
          : []),
      ]),
      ...consumers.flatMap((consumer) => consumerRows(watch, consumer)),
    ];
    new Dashboard(this, 'Dashboard', {
      dashboardName: `${prefix}overview`,
      widgets: widgets.map((widget) => [widget]),
    });
  }

  /** Those that give notice. They are known by name, since some are in other stacks. */
  #alarms({ stage, settings }: Watch, consumers: readonly Consumer[], definition: PipelineDefinition): IWidget {
    const general = settings.composite
      ? ['intake trouble', 'platform trouble', ...(isArchived(definition) ? ['archive trouble'] : [])]
      : ['receiver receiver-errors', 'receiver throttles', 'ledger ledger-throttles'];
    const each = settings.composite
      ? ['failing', 'late', 'dead-letters']
      : ['failure-rate', 'backlog', 'age', 'dead-letters'];
    const names = [
      ...general,
      'watcher watcher-silent',
      'pipeline spend',
      ...(isArchived(definition) ? [`${archiveQueue} dead-letters`] : []),
      ...consumers.flatMap(({ name }) => each.map((kind) => `${name} ${kind}`)),
    ].slice(0, mostAlarms);
    const alarms = names.map((name) => Alarm.fromAlarmName(this, `Alarm ${name}`, stagePrefix(stage) + name));
    return new AlarmStatusWidget({ title: 'Alarms', alarms, width: 24, height: 2 + Math.ceil(names.length / 6) });
  }
}

/** A consumer from left to right: what waits, how old, how it fares, how long it takes, what it gave up. */
function consumerRows({ stage, settings }: Watch, consumer: Consumer): IWidget[] {
  const { name } = consumer;
  const names = namesOf(stage, consumer);
  const { attempts, succeeded, duration, completion } = consumerMetrics(stage, name);
  return [
    textRow(`## ${name}`),
    graphRow([
      {
        title: `${name}: waiting`,
        metrics: [watcherMetrics(stage, name).waiting, queueMetrics(names.queue).inFlight],
        lines: [
          { value: settings.backlog, label: 'backlog' },
          { value: settings.inFlight, label: 'in flight' },
        ],
      },
      {
        title: `${name}: oldest, seconds`,
        metrics: [oldestUnfinished(stage, name, names.queue)],
        lines: [{ value: promiseOf(consumer, settings), label: 'promised' }],
      },
      { title: `${name}: attempts`, metrics: [attempts, succeeded] },
      {
        title: `${name}: failed, percent`,
        metrics: [failureRate(stage, name, settings.leastAttempts)],
        lines: [{ value: settings.failurePercent, label: 'failure rate' }],
      },
      {
        title: `${name}: ms`,
        metrics: [duration, completion],
        lines: [{ value: consumer.timeoutSeconds * 1_000, label: 'handler times out' }],
      },
      {
        title: `${name}: dead letters`,
        metrics: [queueMetrics(names.deadLetterQueue).visible],
        lines: [{ value: 1, label: 'dead letters' }],
      },
    ]),
  ];
}
