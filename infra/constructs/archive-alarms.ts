import { Duration } from 'aws-cdk-lib';
import { MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { isCompacted, type PipelineDefinition } from '../../functions/core/definition.ts';
import { archiveQueue, stagePrefix } from '../../functions/core/names.ts';
import { metricNamespace } from '../../functions/core/telemetry.ts';
import { type AlarmPlan, alarmPeriod, type Watch } from './alarm-plan.ts';
import type { ConsoleLinks } from './console-links.ts';
import { deadLetterAlarms } from './dead-letter-alarms.ts';
import { functionMetrics } from './intake-metrics.ts';
import { namesOf } from './physical-names.ts';
import { queueMetrics } from './queue-metrics.ts';

const archive = { name: archiveQueue, fifo: false };

/** Seconds from receipt until a delivery is archived: of what was written the slowest, of what was not its time in the queue. */
export function archiveLag(stage: string): MathExpression {
  const written = new Metric({
    namespace: metricNamespace,
    metricName: 'ArchiveLag',
    dimensionsMap: { service: 'archiver', stage },
    statistic: Stats.MAXIMUM,
    period: alarmPeriod,
  });
  const queued = queueMetrics(namesOf(stage, archive).queue).age.with({ period: alarmPeriod });
  return new MathExpression({
    expression: 'MAX([FILL(written, 0) / 1000, FILL(queued, 0)])',
    usingMetrics: { written, queued },
    period: alarmPeriod,
    label: 'Archive lag, seconds',
  });
}

/** Tells when accepted deliveries do not reach the archive, or are not put in order there. */
export function archiveAlarms(
  { stage, settings }: Pick<Watch, 'stage' | 'settings'>,
  definition: PipelineDefinition,
  console: ConsoleLinks,
): AlarmPlan[] {
  const failing = (name: 'archiver' | 'compactor'): Pick<AlarmPlan, 'kind' | 'subject' | 'consoleUrl'> => ({
    kind: 'archive-errors',
    subject: name,
    consoleUrl: console.function(stagePrefix(stage) + name),
  });
  const errorsOf = (name: string) => functionMetrics(stagePrefix(stage) + name).errors;
  return [
    {
      kind: 'archive-lag',
      subject: archiveQueue,
      metric: archiveLag(stage),
      threshold: settings.archiveLagSeconds,
      impact: `Deliveries reach the archive ${settings.archiveLagSeconds} s after their receipt or later; none is lost for 10 days.`,
      consoleUrl: console.function(`${stagePrefix(stage)}archiver`),
    },
    {
      ...failing('archiver'),
      metric: errorsOf('archiver'),
      threshold: 1,
      // A batch is tried again.
      periods: 3,
      breaching: 2,
      impact: 'The archiver fails: deliveries stay in its queue, and after 10 days SQS drops them.',
    },
    ...(isCompacted(definition)
      ? [
          {
            ...failing('compactor'),
            // It runs once an hour, makes up for one that failed, and Lambda tries each three times.
            metric: errorsOf('compactor').with({ period: Duration.hours(3) }),
            threshold: 4,
            impact: 'The compactor fails: the archive stays in many small objects, complete but slow to ask.',
          },
        ]
      : []),
    ...deadLetterAlarms({ stage, settings }, archive, console),
  ];
}
