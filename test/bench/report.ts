import { billTable, type CostFigures } from './bill-report.ts';
import type { ColdStart } from './cold-starts.ts';
import { aligned, mark } from './columns.ts';
import type { Comparison } from './comparison.ts';
import { limits, type RequestVerdict, requestLimits, type Verdict } from './limits.ts';
import type { MonitoringCost } from './monitoring-costs.ts';
import { monitoringTable } from './monitoring-report.ts';
import type { PolicyCost } from './policy-costs.ts';
import type { Spread } from './spread.ts';
import type { TelemetryShare } from './telemetry-share.ts';

/** Everything that was measured. */
export interface Figures {
  readonly node: string;
  readonly processors: number;
  /** CPU milliseconds for a webhook that one consumer takes. */
  readonly receiver: Comparison;
  /** The same for two consumers. */
  readonly receiverOfTwo: Comparison;
  /** CPU milliseconds for an event. */
  readonly consumer: Comparison;
  readonly telemetry: readonly TelemetryShare[];
  readonly functions: readonly ColdStart[];
  /** Events a second. */
  readonly throughput: Comparison;
  readonly policies: readonly PolicyCost[];
  readonly cost: CostFigures;
  readonly monitoring: readonly MonitoringCost[];
  readonly verdict: Verdict & RequestVerdict;
}

/** The figures for people. */
export function tableOf({ node, processors, verdict, ...figures }: Figures): string {
  const comparison = (name: string, { ours, bare, ratio }: Comparison, digits: number, limit = '') => [
    name,
    ours.median.toFixed(digits),
    bare.median.toFixed(digits),
    ...spread(ratio, 2),
    limit,
  ];
  const cpuLimit = `${mark(verdict.cpuRatio)} at most ${limits.cpuRatio}`;
  return [
    `Node ${node}, ${processors} processors; medians, ratios of neighbouring rounds`,
    '',
    ...aligned([
      ['CPU, ms', 'ours', 'bare', 'ratio', 'min–max', ''],
      comparison('receiver, a webhook for one consumer', figures.receiver, 3, cpuLimit),
      comparison('receiver, a webhook for two consumers', figures.receiverOfTwo, 3),
      comparison('consumer, an event of a batch of 10', figures.consumer, 3),
    ]),
    '',
    ...telemetryTable(figures.telemetry),
    '',
    ...aligned([
      ['cold start', 'bundle, KB', '', 'import, ms', 'min–max', ''],
      ...figures.functions.map(({ name, bytes, importMs }) => {
        const limited = name.endsWith('-receiver');
        return [
          name,
          (bytes / 1_000).toFixed(0),
          limited ? `${mark(verdict.bundleBytes)} below ${limits.bundleBytes / 1_000}` : '',
          ...spread(importMs, 0),
          limited ? `${mark(verdict.importMs)} below ${limits.importMs}` : '',
        ];
      }),
    ]),
    '',
    ...aligned([
      ['events a second', 'ours', 'bare', 'ratio', 'min–max', ''],
      comparison('HTTP, receiver, SQS, one consumer', figures.throughput, 0),
    ]),
    '',
    ...aligned([
      ['AWS requests an event, full batches', 'DynamoDB writes', 'units', 'reads', 'units', 'SQS', ''],
      ...figures.policies.map(({ name, writes, writeUnits, reads, readUnits, sqs }) => [
        name,
        ...[writes, writeUnits, reads, readUnits, sqs].map((figure) => figure.toFixed(2)),
        requestLimit(name, verdict),
      ]),
    ]),
    '',
    ...billTable(figures.cost),
    '',
    ...monitoringTable(figures.monitoring),
  ].join('\n');
}

/** What metrics, logs and traces take of it, for people. */
export function telemetryTable(shares: readonly TelemetryShare[]): string[] {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const percents = ({ median, min, max }: Spread) => [percent(median), `${percent(min)}–${percent(max)}`];
  return aligned([
    ['metrics, logs and traces, CPU, ms', 'alone', 'of', 'share', 'min–max', 'saved without', 'min–max'],
    ...shares.map(({ name, alone, total, share, leftOut }) => [
      name,
      alone.median.toFixed(3),
      total.median.toFixed(3),
      ...percents(share),
      ...percents(leftOut),
    ]),
  ]);
}

function requestLimit(name: string, verdict: RequestVerdict): string {
  if (name === 'no policy')
    return `${mark(verdict.plainRequests)} at most ${requestLimits.plainWrites} writes, no read`;
  return name === 'pace' ? `${mark(verdict.paceWrites)} at most ${requestLimits.paceWrites} writes more` : '';
}

const spread = ({ median, min, max }: Spread, digits: number): string[] => [
  median.toFixed(digits),
  `${min.toFixed(digits)}–${max.toFixed(digits)}`,
];
