import { RefusedError } from '../../core/errors.ts';

/** How a timestamp is written. */
export type TimestampUnit = 's' | 'ms' | 'iso8601';

/** No sign, no fraction, no exponent, no leading zero: exactly one text stands for each second. */
const decimal = /^(?:0|[1-9]\d{0,14})$/;
/** A full date and time with its zone. Source: https://www.rfc-editor.org/rfc/rfc3339#section-5.6 */
const dateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

/**
 * Makes sure that a signed timestamp is a recent one. Seconds are compared as seconds, as the platforms' SDKs do.
 *
 * @param now milliseconds since 1970
 * @throws RefusedError 401 where it is not written as declared, or further from `now` than the tolerance
 */
export function checkTimestamp(text: string, unit: TimestampUnit, toleranceSeconds: number, now: number): void {
  const at = unit === 'iso8601' ? instantOf(text) : decimal.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(at)) throw new RefusedError(401, 'timestamp-malformed');
  const age = unit === 's' ? Math.floor(now / 1000) - at : (now - at) / 1000;
  if (age > toleranceSeconds) throw new RefusedError(401, 'timestamp-stale');
  // What is signed for later could be replayed until then.
  if (-age > toleranceSeconds) throw new RefusedError(401, 'timestamp-future');
}

/** Milliseconds since 1970, or NaN. */
export function instantOf(text: string): number {
  return dateTime.test(text) ? Date.parse(text) : Number.NaN;
}
