import { expect, test } from 'vitest';
import { within } from '../../../functions/receive/within.ts';

test('gives what the work gives', async () => {
  expect(await within(1_000, async (signal) => signal.aborted)).toBe(false);
  await expect(within(1_000, () => Promise.reject(new Error('its own')))).rejects.toThrow('its own');
});

test('tells the work that its time is over, and does not wait for it', async () => {
  let told: AbortSignal | undefined;
  const work = (signal: AbortSignal) => {
    told = signal;
    return new Promise(() => undefined);
  };
  await expect(within(5, work)).rejects.toThrow('took longer than 5 ms');
  expect(told?.aborted).toBe(true);
});
