import { consumersOf, isArchived, type PipelineDefinition } from '../functions/core/definition.ts';
import { countsRoutes } from './definition/alarms.ts';
import { seriesCount } from './metric-series.ts';
import { dollarsFor, prices } from './prices.ts';

/** A resource of a synthesized template, as far as it is asked about here. */
export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** A line of the bill for a month. */
export interface MonitoringLine {
  readonly name: string;
  readonly quantity: number;
  readonly dollars: number;
}

/** What monitoring costs a month. */
export interface MonitoringBill {
  readonly lines: readonly MonitoringLine[];
  readonly total: number;
}

/** Bytes of log that an event makes, each with what CloudWatch adds to a line. */
export interface LogBytes {
  /** The receiver's line. */
  readonly receiver: number;
  /** The line of one consumer. */
  readonly consumer: number;
  /** API Gateway's. */
  readonly access: number;
}

/** Of the demo's events; `npm run bench` counts the first two anew. */
const usualLogBytes: LogBytes = { receiver: 750, consumer: 750, access: 300 };

const secondsOfMonth = 730 * 3_600;
const minutesOfMonth = 730 * 60;
const gigabyte = 1e9;
/** Count, 4xx, 5xx, Latency, IntegrationLatency and DataProcessed. */
const metricsOfRoute = 6;
/** A run of the watcher: about so long, at 256 MB. */
const watcherGbSeconds = 0.5 * 0.25;
/** Of a queue and its dead-letter queue, and of the state table. */
const watcherAsks = { sqs: 2, dynamodb: 1 } as const;

/**
 * What it costs a month to watch a definition at so many events a second, each of which goes to one consumer.
 *
 * @param resources of the stacks that watch, as synthesized: what was turned off is not there
 */
export function monitoringCost(
  definition: PipelineDefinition,
  resources: readonly TemplateResource[],
  eventsPerSecond: number,
  logBytes: LogBytes = usualLogBytes,
): MonitoringBill {
  const alarms = resources.filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm');
  const composites = resources.filter(({ Type }) => Type === 'AWS::CloudWatch::CompositeAlarm').length;
  const dashboards = resources.filter(({ Type }) => Type === 'AWS::CloudWatch::Dashboard').length;
  const alarmMetrics = alarms.reduce((sum, { Properties }) => sum + metricsOf(Properties), 0);
  const series = seriesCount(definition).usual;
  const routes = countsRoutes(definition) ? Object.keys(definition.sources).length * metricsOfRoute : 0;
  const events = eventsPerSecond * secondsOfMonth;
  const gigabytes = (events * (logBytes.receiver + logBytes.consumer + logBytes.access)) / gigabyte;
  const queues = consumersOf(definition).length + (isArchived(definition) ? 1 : 0);
  const watcher =
    dollarsFor(minutesOfMonth, prices.lambdaRequest) +
    dollarsFor(minutesOfMonth * watcherGbSeconds, prices.lambdaArm) +
    dollarsFor(minutesOfMonth * queues * watcherAsks.sqs, prices.sqsStandard) +
    dollarsFor(minutesOfMonth * queues * watcherAsks.dynamodb, prices.dynamodbRead);
  const lines: readonly MonitoringLine[] = [
    { name: 'alarms, by the metric', quantity: alarmMetrics, dollars: dollarsFor(alarmMetrics, prices.alarmMetric) },
    { name: 'composite alarms', quantity: composites, dollars: dollarsFor(composites, prices.compositeAlarm) },
    { name: 'metrics of our own', quantity: series, dollars: dollarsFor(series, prices.customMetric) },
    { name: 'metrics of each route', quantity: routes, dollars: dollarsFor(routes, prices.customMetric) },
    { name: 'dashboards', quantity: dashboards, dollars: dollarsFor(dashboards, prices.dashboard) },
    { name: 'watcher, runs', quantity: minutesOfMonth, dollars: watcher },
    { name: 'logs, GB taken in', quantity: gigabytes, dollars: dollarsFor(gigabytes, prices.logs) },
    { name: 'logs, GB kept for a month', quantity: gigabytes, dollars: dollarsFor(gigabytes, prices.logStorage) },
  ];
  return { lines, total: lines.reduce((sum, { dollars }) => sum + dollars, 0) };
}

/** An alarm is billed by the metrics that it looks at, a band of what is usual as two. */
function metricsOf(properties: TemplateResource['Properties'] = {}): number {
  const { Metrics } = properties;
  if (!Array.isArray(Metrics)) return 1;
  return Metrics.reduce<number>((sum, metric: { readonly MetricStat?: unknown; readonly Expression?: unknown }) => {
    if (metric.MetricStat !== undefined) return sum + 1;
    return sum + (String(metric.Expression).startsWith('ANOMALY_DETECTION_BAND') ? 2 : 0);
  }, 0);
}
