import { expect, test } from 'vitest';
import { TokenBucket } from '../../../infra/ops/token-bucket.ts';

/** A bucket whose clock moves only while somebody sleeps. */
function bucketOf(ratePerSecond: number, burst: number) {
  let at = 0;
  const bucket = new TokenBucket({
    ratePerSecond,
    burst,
    now: () => at,
    sleep: async (milliseconds) => {
      at += milliseconds;
    },
  });
  const never = new AbortController().signal;
  const taken = async (count: number): Promise<number[]> => {
    const times: number[] = [];
    for (let n = 0; n < count; n += 1) {
      expect(await bucket.take(never)).toBe(true);
      times.push(at);
    }
    return times;
  };
  return { bucket, taken, pass: (milliseconds: number) => (at += milliseconds) };
}

test('a bucket gives its burst at once and then one token each interval', async () => {
  const { taken } = bucketOf(10, 3);
  expect(await taken(6)).toEqual([0, 0, 0, 100, 200, 300]);
});

test('a bucket that nobody asked for long holds a burst, and no more', async () => {
  const { taken, pass } = bucketOf(10, 2);
  await taken(2);
  pass(60_000);
  expect(await taken(4)).toEqual([60_000, 60_000, 60_100, 60_200]);
});

test('those who ask at once are served one after the other', async () => {
  let at = 0;
  const waits: number[] = [];
  const bucket = new TokenBucket({
    ratePerSecond: 2,
    burst: 1,
    now: () => at,
    sleep: async (milliseconds) => {
      waits.push(milliseconds);
      const until = at + milliseconds;
      await Promise.resolve();
      at = Math.max(at, until);
    },
  });
  const { signal } = new AbortController();
  await Promise.all([bucket.take(signal), bucket.take(signal), bucket.take(signal)]);
  expect(waits).toEqual([500, 1_000]);
});

test('nobody gets a token once the signal is aborted', async () => {
  const stop = new AbortController();
  const bucket = new TokenBucket({ ratePerSecond: 1, burst: 1, now: () => 0, sleep: async () => stop.abort() });
  expect(await bucket.take(stop.signal)).toBe(true);
  expect(await bucket.take(stop.signal)).toBe(false);
  expect(await bucket.take(stop.signal)).toBe(false);
});
