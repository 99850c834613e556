import { Dashboard, GraphWidget, type IMetric, type IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { consumersOf, type PipelineDefinition } from '../../functions/core/definition.ts';
import { stagePrefix } from '../../functions/core/names.ts';
import { consumerMetrics } from './consumer-metrics.ts';
import { apiMetrics, functionMetrics, receiverFailures, spoolMetric } from './intake-metrics.ts';
import { namesOf } from './physical-names.ts';
import { queueMetrics } from './queue-metrics.ts';

export interface OverviewDashboardProps {
  readonly stage: string;
  readonly apiId: string;
  readonly definition: PipelineDefinition;
}

/** One page in the order in which an event travels: what came in, what waits, what runs, what was given up. */
export class OverviewDashboard extends Construct {
  constructor(scope: Construct, id: string, { stage, apiId, definition }: OverviewDashboardProps) {
    super(scope, id);
    const prefix = stagePrefix(stage);
    const api = apiMetrics(apiId);
    const receiver = functionMetrics(`${prefix}receiver`);
    const policies = consumerMetrics(stage);
    const consumers = consumersOf(definition).map((consumer) => {
      const names = namesOf(stage, consumer);
      const dead = queueMetrics(names.deadLetterQueue);
      return { queue: queueMetrics(names.queue), dead, handler: functionMetrics(names.function) };
    });
    const all = (pick: (consumer: (typeof consumers)[number]) => IMetric) => consumers.map(pick);
    new Dashboard(this, 'Dashboard', {
      dashboardName: `${prefix}overview`,
      widgets: [
        [
          graph('Webhooks', [api.requests, api.refused, receiverFailures(apiId, `${prefix}receiver`)]),
          graph('Answer time, ms', [api.latency, receiver.duration]),
          graph('Spool', [spoolMetric(stage)]),
        ],
        [
          graph(
            'Waiting, deferred ones counted in',
            all(({ queue }) => queue.waiting),
          ),
          graph(
            'Oldest message, seconds',
            all(({ queue }) => queue.age),
          ),
          graph(
            'Dead letters',
            all(({ dead }) => dead.visible),
          ),
        ],
        [
          graph('Deferred, by reason', [policies.deferred]),
          graph('Superseded by newer events', [policies.superseded]),
          graph('Circuits opened', [policies.circuitsOpened]),
        ],
        [
          graph('Functions at once', [receiver.concurrency, ...all(({ handler }) => handler.concurrency)]),
          graph('Errors', [receiver.errors, ...all(({ handler }) => handler.errors)]),
          graph('Throttles', [receiver.throttles, ...all(({ handler }) => handler.throttles)]),
        ],
      ],
    });
  }
}

function graph(title: string, left: IMetric[]): IWidget {
  return new GraphWidget({ title, left, width: 8, leftYAxis: { min: 0 } });
}
