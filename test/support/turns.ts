import { type Turn, turnOf } from '../../functions/consume/turn.ts';

/** The turn of an invocation that begins now and has so much time. */
export function turnFrom(
  now: () => number,
  remainingMs = 60_000,
  allowance = { timeoutSeconds: 30, holdSeconds: 20 },
): Turn {
  const endsAt = now() + remainingMs;
  return turnOf(now, () => endsAt - now(), allowance);
}
