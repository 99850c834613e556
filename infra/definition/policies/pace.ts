import type { Field } from '../field.ts';

/** Checks a rate, and a burst that is large enough for it: tokens are leased for many events at a time. */
export function checkPace(pace: Field): void {
  if (!pace.object('an object with ratePerSecond', ['ratePerSecond', 'burst', 'per'])) return;
  const [burst, per] = [pace.at('burst'), pace.at('per')];
  const rate = pace.at('ratePerSecond').number(0.001, 10_000);
  if (burst.given) burst.integer(leastBurst(rate), 100_000, rate === undefined ? '' : ` at ${rate} a second`);
  if (per.given) per.oneOf(['consumer', 'tenant']);
}

function leastBurst(ratePerSecond = 0): number {
  return Math.max(2, Math.ceil(ratePerSecond / 10));
}
