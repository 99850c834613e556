import { setTimeout as wait } from 'node:timers/promises';

/** Asks again until the answer is not `undefined`; fails with what was waited for once the deadline has passed. */
export async function eventually<Value>(
  what: string | (() => string),
  ask: () => Promise<Value | undefined> | Value | undefined,
  deadlineMs = 60_000,
  everyMs = 50,
): Promise<Value> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (Date.now() > end)
      throw new Error(`did not come about in ${deadlineMs} ms: ${typeof what === 'string' ? what : what()}`);
    await wait(everyMs);
  }
}
