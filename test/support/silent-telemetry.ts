import type { Dimensions, Telemetry } from '../../functions/core/telemetry.ts';

/** Telemetry that writes nothing. */
export const silent: Telemetry = {
  log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  count: () => undefined,
  annotate: () => undefined,
  duration: () => undefined,
  flush: () => undefined,
};

/** Telemetry that keeps what it is told. */
export function recordingTelemetry() {
  const counts: { metric: string; dimensions: Dimensions; value: number }[] = [];
  const lines: { level: string; message: string; attributes: Readonly<Record<string, unknown>> }[] = [];
  const line =
    (level: string) =>
    (message: string, attributes: Readonly<Record<string, unknown>> = {}): void => {
      lines.push({ level, message, attributes });
    };
  const telemetry: Telemetry = {
    log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
    count: (metric, dimensions, value = 1) => counts.push({ metric, dimensions, value }),
    annotate: (_dimensions, message, attributes) => line('info')(message, attributes),
    duration: () => undefined,
    flush: () => undefined,
  };
  const total = (metric: string): number =>
    counts.filter((count) => count.metric === metric).reduce((sum, { value }) => sum + value, 0);
  return { telemetry, counts, lines, total };
}
