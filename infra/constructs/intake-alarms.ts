import { stagePrefix } from '../../functions/core/names.ts';
import type { AlarmPlan, Watch } from './alarm-plan.ts';
import type { ConsoleLinks } from './console-links.ts';
import { failuresOrSilence, functionMetrics, receiverFailures, spoolMetric, turnedAway } from './intake-metrics.ts';

/** Tells when webhooks are turned away, and when accepted ones do not reach their queues. */
export function intakeAlarms(
  { stage, settings }: Pick<Watch, 'stage' | 'settings'>,
  apiId: string,
  console: ConsoleLinks,
): AlarmPlan[] {
  const receiver = `${stagePrefix(stage)}receiver`;
  const sweeper = `${stagePrefix(stage)}sweeper`;
  return [
    {
      kind: 'receiver-errors',
      subject: 'receiver',
      metric: receiverFailures(apiId, receiver),
      threshold: settings.receiverErrors,
      impact: 'Webhooks were answered with 5xx and not accepted; platforms that never retry have lost them.',
      consoleUrl: console.function(receiver),
    },
    {
      kind: 'turned-away',
      subject: 'api',
      metric: turnedAway(apiId, receiver),
      threshold: settings.turnedAway,
      // The latest requests may be counted before their invocations are.
      periods: 3,
      breaching: 2,
      impact:
        'API Gateway answered requests itself, by 429 beyond a throttle or by 404: webhooks among them were not accepted.',
      consoleUrl: console.api,
    },
    {
      kind: 'throttles',
      subject: 'receiver',
      metric: functionMetrics(receiver).throttles,
      threshold: settings.throttles,
      impact: 'Lambda ran no further receivers: webhooks were answered with 5xx and not accepted.',
      consoleUrl: console.function(receiver),
    },
    {
      kind: 'sweeper',
      subject: 'sweeper',
      metric: failuresOrSilence(sweeper),
      threshold: 1,
      periods: 3,
      impact: 'The sweeper fails, or does not run: accepted events that are in the spool stay there, late, none lost.',
      consoleUrl: console.function(sweeper),
    },
    {
      kind: 'spool',
      subject: 'spool',
      metric: spoolMetric(stage),
      threshold: 1,
      periods: 3,
      impact: 'Accepted events have waited in the spool for a quarter of an hour: SQS still refuses them.',
      consoleUrl: console.function(sweeper),
    },
  ];
}
