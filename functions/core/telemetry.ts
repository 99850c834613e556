import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/** One structured line. Never a secret, a payload or a signature. */
export type LogAttributes = Readonly<Record<string, unknown>>;

/** What is logged where; a part of Powertools' Logger. */
export interface Log {
  debug(message: string, attributes?: LogAttributes): void;
  info(message: string, attributes?: LogAttributes): void;
  warn(message: string, attributes?: LogAttributes): void;
  error(message: string, attributes?: LogAttributes): void;
}

/** Bounded dimensions only: names of sources and consumers and short reasons, never ids or tenants. */
export type Dimensions = Readonly<Partial<Record<'source' | 'consumer' | 'reason' | 'secret', string>>>;

export interface Telemetry {
  readonly log: Log;
  /** Adds to a counter; it is written out by {@link flush}. */
  count(metric: string, dimensions: Dimensions, value?: number): void;
  /**
   * Says what was counted, in the very line that {@link flush} writes for these dimensions: where each event has a line,
   * a second one would be half of the bill.
   */
  annotate(dimensions: Dimensions, message: string, attributes: LogAttributes): void;
  /** Adds a duration in milliseconds. */
  duration(metric: string, dimensions: Dimensions, milliseconds: number): void;
  /** Writes what was counted as CloudWatch EMF lines, one for each set of dimensions. */
  flush(): void;
}

/** CloudWatch namespace of every metric that Nerite makes. */
export const metricNamespace = 'Nerite';

/** Logs and metrics of one function, as Powertools writes them. */
export function telemetryOf(service: string, stage: string): Telemetry {
  const logger = new Logger({ serviceName: service, persistentKeys: { stage } });
  const bySet = new Map<string, Metrics>();
  const metricsOf = (dimensions: Dimensions): Metrics => {
    const key = JSON.stringify(Object.entries(dimensions).sort());
    let metrics = bySet.get(key);
    if (!metrics) {
      metrics = new Metrics({
        namespace: metricNamespace,
        serviceName: service,
        defaultDimensions: { stage, ...dimensions },
      });
      bySet.set(key, metrics);
    }
    return metrics;
  };
  return {
    log: {
      debug: (message, attributes = {}) => logger.debug(message, attributes),
      info: (message, attributes = {}) => logger.info(message, attributes),
      warn: (message, attributes = {}) => logger.warn(message, attributes),
      error: (message, attributes = {}) => logger.error(message, attributes),
    },
    count: (metric, dimensions, value = 1) => metricsOf(dimensions).addMetric(metric, MetricUnit.Count, value),
    annotate: (dimensions, message, attributes) => {
      const metrics = metricsOf(dimensions).addMetadata('level', 'INFO').addMetadata('message', message);
      for (const [name, value] of Object.entries(attributes)) {
        if (value !== undefined) metrics.addMetadata(name, typeof value === 'string' ? value : JSON.stringify(value));
      }
    },
    duration: (metric, dimensions, milliseconds) =>
      metricsOf(dimensions).addMetric(metric, MetricUnit.Milliseconds, milliseconds),
    flush: () => {
      for (const metrics of bySet.values()) if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
}
