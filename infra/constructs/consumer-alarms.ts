import type { Consumer } from '../../functions/core/definition.ts';
import { promiseOf } from '../definition/alarms.ts';
import type { AlarmPlan, Watch } from './alarm-plan.ts';
import type { ConsoleLinks } from './console-links.ts';
import { consumerMetrics, failureRate, oldestUnfinished } from './consumer-metrics.ts';
import { deadLetterAlarms } from './dead-letter-alarms.ts';
import { functionMetrics } from './intake-metrics.ts';
import { namesOf } from './physical-names.ts';
import { queueMetrics } from './queue-metrics.ts';
import { watcherMetrics } from './watcher-metrics.ts';

type Settings = Pick<Watch, 'stage' | 'settings'>;

/** SQS hands out nothing more beyond so many. Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const mostInFlight = 120_000;

/** Tells when a consumer eats more slowly than it is fed, when it fails, and when it could not eat something at all. */
export function consumerAlarms({ stage, settings }: Settings, consumer: Consumer, console: ConsoleLinks): AlarmPlan[] {
  const { name, circuit } = consumer;
  const { queue, function: handler } = namesOf(stage, consumer);
  const promise = promiseOf(consumer, settings);
  const queueUrl = console.queue(queue);
  const log = console.function(handler);
  return [
    {
      kind: 'backlog',
      subject: name,
      metric: watcherMetrics(stage, name).waiting,
      threshold: settings.backlog,
      impact: `At least ${settings.backlog} events wait for ${name}, deferred ones counted in: they are late, none is lost.`,
      consoleUrl: queueUrl,
    },
    {
      kind: 'age',
      subject: name,
      metric: oldestUnfinished(stage, name, queue),
      threshold: promise,
      // Figures come minutes late, and until then the latest minute counts as 0: an earlier one must do.
      periods: 5,
      breaching: 1,
      impact: `The oldest unfinished event of ${name} came ${promise} s ago or earlier, and was to be done with by now; after 10 days SQS drops it.`,
      consoleUrl: queueUrl,
    },
    {
      kind: 'in-flight',
      subject: name,
      metric: queueMetrics(queue).inFlight,
      threshold: settings.inFlight,
      impact: `${settings.inFlight} events of ${name} are deferred or at work; at ${mostInFlight} it gets no further ones.`,
      consoleUrl: queueUrl,
    },
    {
      kind: 'failure-rate',
      subject: name,
      metric: failureRate(stage, name, settings.leastAttempts),
      threshold: settings.failurePercent,
      impact: `At least ${settings.failurePercent} percent of the attempts of ${name} fail: events come again later, and are dead-lettered in the end.`,
      consoleUrl: log,
    },
    ...(circuit
      ? [
          {
            kind: 'circuit-open',
            subject: name,
            metric: watcherMetrics(stage, name).circuit,
            threshold: 2,
            impact: `The circuit of ${name} is open, since its downstream is away: events wait, no attempt is spent.`,
            consoleUrl: log,
          } as const,
        ]
      : []),
    {
      kind: 'replays',
      subject: name,
      metric: consumerMetrics(stage, name).replays,
      threshold: settings.replays,
      impact: `Requests that ${name} had events of came again under other delivery ids; none was handled twice.`,
      consoleUrl: log,
    },
    ...deadLetterAlarms({ stage, settings }, consumer, console),
  ];
}

/** Tells when Lambda runs a consumer's function less often than it should; it is about the account, not the consumer. */
export function consumerThrottles({ stage, settings }: Settings, consumer: Consumer, console: ConsoleLinks): AlarmPlan {
  const { function: handler } = namesOf(stage, consumer);
  return {
    kind: 'throttles',
    subject: consumer.name,
    metric: functionMetrics(handler).throttles,
    threshold: settings.throttles,
    impact: `Lambda throttles the function of ${consumer.name}, since the account's concurrency is used up: events wait, none is lost.`,
    consoleUrl: console.function(handler),
  };
}
