/** Stands in a bundle for telemetry and traces: a function without either, to see what they cost. */
import type {
  ambientTrace as realAmbientTrace,
  withinTrace as realWithinTrace,
} from '../../functions/consume/ambient-trace.ts';
import type { telemetryOf as realTelemetryOf } from '../../functions/core/telemetry.ts';
import type { nextStep as realNextStep, traceIdOf as realTraceIdOf } from '../../functions/core/trace.ts';

const nothing = (): void => undefined;
const telemetry: ReturnType<typeof realTelemetryOf> = {
  log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  count: nothing,
  annotate: nothing,
  duration: nothing,
  bytes: nothing,
  flush: nothing,
  masked: (text) => text,
};
const traceId = 'a'.repeat(32);
const trace = { traceId, traceparent: `00-${traceId}-${'b'.repeat(16)}-01` };

export const telemetryOf: typeof realTelemetryOf = () => telemetry;
export const nextStep: typeof realNextStep = () => trace;
export const traceIdOf: typeof realTraceIdOf = () => traceId;
export const withinTrace: typeof realWithinTrace = (_trace, run) => run();
export const ambientTrace: typeof realAmbientTrace = nothing as () => undefined;
