import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { metricNamespace } from '../../functions/core/telemetry.ts';
import { gaugePeriod } from './alarm-plan.ts';

/** What the watcher writes of a consumer each minute; `archive` is one as well. */
export function watcherMetrics(stage: string, consumer: string) {
  const gauge = (metricName: string, statistic: string = Stats.MAXIMUM) =>
    new Metric({
      namespace: metricNamespace,
      metricName,
      dimensionsMap: { consumer, service: 'watcher', stage },
      statistic,
      period: gaugePeriod,
      label: `${consumer} ${metricName}`,
    });
  return {
    /** Visible, in flight and delayed: the real backlog. */
    waiting: gauge('Waiting'),
    /** How often it wrote. */
    written: gauge('Waiting', Stats.SAMPLE_COUNT),
    /** Age by receipt of the oldest event that was put back. */
    unfinished: gauge('OldestUnfinishedSeconds'),
    /** 0 closed, 1 half-open, 2 open. */
    circuit: gauge('CircuitState'),
  };
}
