import type { Consumer } from '../../functions/core/definition.ts';
import { deadLetterRetentionDays } from '../definition/retention.ts';
import type { AlarmPlan, Watch } from './alarm-plan.ts';
import type { ConsoleLinks } from './console-links.ts';
import { namesOf } from './physical-names.ts';
import { queueMetrics } from './queue-metrics.ts';

const daySeconds = 86_400;

/** Tells what a consumer gave up, and when that is about to be lost for good. */
export function deadLetterAlarms(
  { stage, settings }: Pick<Watch, 'stage' | 'settings'>,
  consumer: Pick<Consumer, 'name' | 'fifo'>,
  console: ConsoleLinks,
): AlarmPlan[] {
  const { name } = consumer;
  const { deadLetterQueue } = namesOf(stage, consumer);
  const { visible, age } = queueMetrics(deadLetterQueue);
  const consoleUrl = console.queue(deadLetterQueue);
  return [
    {
      kind: 'dead-letters',
      subject: name,
      // Not the number sent, which leaves redriven messages out.
      metric: visible,
      threshold: 1,
      impact: `${name} gave events up; they keep for ${deadLetterRetentionDays} days, each with its reason.`,
      consoleUrl,
    },
    {
      kind: 'dead-letters-expiring',
      subject: name,
      metric: age,
      threshold: settings.deadLetterDays * daySeconds,
      impact: `Dead letters of ${name} are ${settings.deadLetterDays} days old; after ${deadLetterRetentionDays} SQS deletes them for good.`,
      consoleUrl,
    },
  ];
}
