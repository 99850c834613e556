import { randomBytes } from 'node:crypto';

/** A place in a trace, as W3C's Trace Context writes it. */
export interface Trace {
  /** 32 hexadecimal digits; the same in every step of an event. */
  readonly traceId: string;
  /** The header's value: version, trace, the step that it names, flags. */
  readonly traceparent: string;
}

/** So many random bytes as hexadecimal digits. */
export type RandomHex = (bytes: number) => string;

const randomHex: RandomHex = (bytes) => randomBytes(bytes).toString('hex');

/** Source: https://www.w3.org/TR/trace-context/#traceparent-header-field-values */
const syntax = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The parts of a traceparent; `undefined` where it is none. Of versions to come, the parts that this one knows. */
function partsOf(traceparent: string | undefined): { readonly traceId: string; readonly flags: string } | undefined {
  // A header that came twice is none; nobody's is long.
  if (traceparent === undefined || traceparent.length > 256) return undefined;
  const [, version, traceId, , flags, rest] = syntax.exec(traceparent) ?? [];
  if (traceId === undefined || flags === undefined || (version === '00' && rest !== undefined)) return undefined;
  return { traceId, flags };
}

/**
 * The next step of a trace, or the first of a new one where there is none to go on with. Of the flags, the one that says
 * whether others record it is kept.
 *
 * @param traceparent as a header or a message brings it
 * @param newTraceId what a new trace is called; by chance if not given
 */
export function nextStep(
  traceparent: string | undefined,
  { random = randomHex, newTraceId }: { readonly random?: RandomHex; readonly newTraceId?: string } = {},
): Trace {
  const parts = partsOf(traceparent);
  const traceId = parts?.traceId ?? newTraceId ?? random(16);
  // Who made a new trace without it would keep everybody behind from recording theirs.
  const sampled = parts ? Number.parseInt(parts.flags, 16) & 1 : 1;
  return { traceId, traceparent: `00-${traceId}-${random(8)}-0${sampled}` };
}

/**
 * The trace that a message belongs to. Those from before there were traces get one by their event, so that all that
 * is done about it has the same.
 */
export function traceIdOf({
  trace,
  event,
}: {
  readonly trace?: string;
  readonly event: { readonly id: string };
}): string {
  return partsOf(trace)?.traceId ?? traceIdByEvent(event.id);
}

/** An event's id is a hash: the first half of it is as good as chance. */
function traceIdByEvent(id: string): string {
  const hex = Buffer.from(id, 'base64url').toString('hex').padEnd(32, '0').slice(0, 32);
  return /^0{32}$/.test(hex) ? `${hex.slice(1)}1` : hex;
}
