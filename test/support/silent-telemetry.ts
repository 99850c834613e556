import { maskOf } from '../../functions/core/mask.ts';
import type { Dimensions, Telemetry } from '../../functions/core/telemetry.ts';
import { emfProblems } from './emf.ts';

const mask = maskOf();

/** Telemetry that writes nothing. */
export const silent: Telemetry = {
  log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  count: () => undefined,
  annotate: () => undefined,
  duration: () => undefined,
  bytes: () => undefined,
  flush: () => undefined,
  masked: mask.text,
};

/** @throws Error where CloudWatch would not take the figure as it is meant */
function checkFigure(metric: string, dimensions: Dimensions, value: number): void {
  const names = Object.keys(dimensions);
  const directive = { Namespace: 'Nerite', Dimensions: [names], Metrics: [{ Name: metric }] };
  const aws = { Timestamp: Date.now(), CloudWatchMetrics: [directive] };
  const problems = emfProblems(JSON.stringify({ ...dimensions, [metric]: value, _aws: aws }));
  if (problems.length > 0) throw new Error(problems.join('; '));
}

/** Telemetry that keeps what it is told, and refuses figures that CloudWatch would not take. */
export function recordingTelemetry() {
  const counts: { metric: string; dimensions: Dimensions; value: number }[] = [];
  const lines: { level: string; message: string; attributes: Readonly<Record<string, unknown>> }[] = [];
  const line =
    (level: string) =>
    (message: string, attributes: Readonly<Record<string, unknown>> = {}): void => {
      lines.push({ level, message, attributes });
    };
  const figure: Telemetry['bytes'] = (metric, dimensions, value) => {
    checkFigure(metric, dimensions, value);
    counts.push({ metric, dimensions, value });
  };
  const telemetry: Telemetry = {
    log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    count: (metric, dimensions, value = 1) => figure(metric, dimensions, value),
    annotate: (_dimensions, message, attributes) => line('info')(message, attributes),
    duration: checkFigure,
    bytes: (metric, dimensions, value) => figure(metric, dimensions, value),
    flush: () => undefined,
    masked: mask.text,
  };
  const total = (metric: string): number =>
    counts.filter((count) => count.metric === metric).reduce((sum, { value }) => sum + value, 0);
  return { telemetry, counts, lines, total };
}
