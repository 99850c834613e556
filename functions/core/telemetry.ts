import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { LeanFormat } from './log-format.ts';
import { logOptionsIn } from './log-options.ts';
import { followLogSettings, isInShare, type LogLevel, logLevels } from './log-settings.ts';
import { maskOf } from './mask.ts';
import type { ObjectStore } from './objects.ts';

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
  /** Adds to a counter; its sum is written out by {@link flush}. */
  count(metric: string, dimensions: Dimensions, value?: number): void;
  /**
   * Says what became of something that was counted: in the very line that {@link flush} writes for these dimensions, where it
   * is the only one to say something there. Where each event has a line, a second one would be half of the bill.
   */
  annotate(dimensions: Dimensions, message: string, attributes: LogAttributes): void;
  /** Adds a duration in milliseconds. */
  duration(metric: string, dimensions: Dimensions, milliseconds: number): void;
  /** Adds a size in bytes; the sum is written out by {@link flush}. */
  bytes(metric: string, dimensions: Dimensions, bytes: number): void;
  /** Writes what was counted as CloudWatch EMF lines, one for each set of dimensions. */
  flush(): void;
  /** A text as it may be told outside of lines too. */
  masked(text: string): string;
}

/** CloudWatch namespace of every metric that Nerite makes. */
export const metricNamespace = 'Nerite';

/** What is counted of one set of dimensions, and what is to be said of it. */
interface Counted {
  readonly dimensions: Dimensions;
  readonly metrics: Metrics;
  readonly sums: Map<string, { readonly unit: 'Count' | 'Bytes'; value: number }>;
  /** The only thing said so far; `several` once there was another. */
  said: { readonly message: string; readonly attributes: LogAttributes } | 'several' | undefined;
}

/**
 * Logs and metrics of one function, as Powertools writes them, without what is to be masked.
 *
 * @param service `consumer-<name>`, or what else the function is
 * @param objects where an operator's settings are; without it, the definition's hold always
 * @throws ConfigurationError when the variable LOGS is not what the app writes into it
 */
export function telemetryOf(service: string, stage: string, objects?: Pick<ObjectStore, 'get'>): Telemetry {
  // Lambda would otherwise hold the level for good: what is written is decided here.
  const logger = new Logger({ serviceName: service, logFormatter: new LeanFormat(), logLevel: 'DEBUG' });
  const { mask: names, ...otherwise } = logOptionsIn(process.env.LOGS);
  const mask = maskOf(names);
  const name = service.replace(/^consumer-/, '');
  const verbosity = objects ? followLogSettings(objects, name, otherwise, () => Date.now()) : { now: () => otherwise };
  const all = new Map<string, Counted>();

  function countedFor(dimensions: Dimensions): Counted {
    const { source = '', consumer = '', reason = '', secret = '' } = dimensions;
    const key = `${source}\n${consumer}\n${reason}\n${secret}`;
    let counted = all.get(key);
    if (!counted) {
      const metrics = new Metrics({
        namespace: metricNamespace,
        serviceName: service,
        defaultDimensions: { stage, ...dimensions },
      });
      counted = { dimensions, metrics, sums: new Map(), said: undefined };
      all.set(key, counted);
    }
    return counted;
  }

  function add(unit: 'Count' | 'Bytes', metric: string, dimensions: Dimensions, value: number): void {
    const { sums } = countedFor(dimensions);
    const sum = sums.get(metric);
    if (sum) sum.value += value;
    else sums.set(metric, { unit, value });
  }

  function isWritten(level: LogLevel, { eventId }: LogAttributes): boolean {
    const { level: least, sample } = verbosity.now();
    if (logLevels.indexOf(level) < logLevels.indexOf(least)) return false;
    return level === 'warn' || level === 'error' || typeof eventId !== 'string' || isInShare(eventId, sample);
  }

  const write =
    (level: LogLevel) =>
    (message: string, attributes: LogAttributes = {}): void => {
      if (isWritten(level, attributes)) logger[level](mask.text(message), mask.fields(attributes));
    };
  const log: Log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };

  function flush(counted: Counted): void {
    const { dimensions, metrics, sums, said } = counted;
    counted.said = undefined;
    for (const [metric, { unit, value }] of sums)
      metrics.addMetric(metric, MetricUnit[unit === 'Count' ? 'Count' : 'Bytes'], value);
    sums.clear();
    if (!metrics.hasStoredMetrics()) {
      if (typeof said === 'object') log.info(said.message, said.attributes);
      return;
    }
    if (typeof said === 'object' && isWritten('info', said.attributes)) {
      metrics.addMetadata('level', 'INFO').addMetadata('message', said.message);
      for (const [attribute, value] of Object.entries(mask.fields(said.attributes))) {
        // Dimensions are members of the line already.
        if (value === undefined || Object.hasOwn(dimensions, attribute)) continue;
        metrics.addMetadata(attribute, typeof value === 'string' ? value : JSON.stringify(value));
      }
    }
    metrics.publishStoredMetrics();
  }

  return {
    log,
    count: (metric, dimensions, value = 1) => add('Count', metric, dimensions, value),
    bytes: (metric, dimensions, value) => add('Bytes', metric, dimensions, value),
    duration: (metric, dimensions, milliseconds) =>
      countedFor(dimensions).metrics.addMetric(metric, MetricUnit.Milliseconds, milliseconds),
    annotate(dimensions, message, attributes) {
      const counted = countedFor(dimensions);
      if (counted.said === undefined) {
        counted.said = { message, attributes };
        return;
      }
      // Nothing more is held back: a crash would lose it.
      if (counted.said !== 'several') log.info(counted.said.message, counted.said.attributes);
      counted.said = 'several';
      log.info(message, attributes);
    },
    flush: () => all.forEach(flush),
    masked: mask.text,
  };
}
