import { describe, expect, test } from 'vitest';
import { attempt, type Deadline, DeadlineError } from '../../../functions/consume/attempt.ts';
import { TurnedClock } from '../../support/turned-clock.ts';
import { turnedTime } from '../../support/turned-time.ts';

/** An attempt in a time that the test turns. */
function begin(handle: (deadline: Deadline) => unknown, ms = 60_000) {
  const clock = new TurnedClock(1_000_000);
  return { clock, result: attempt(handle, ms, turnedTime(clock)) };
}

/** Turns a clock, and lets everything happen that follows from it. */
async function turn(clock: TurnedClock, ms: number): Promise<void> {
  clock.turn(ms);
  await new Promise((resolve) => setImmediate(resolve));
}

describe('an attempt', () => {
  test('succeeds when the handler does, and has what it returned', async () => {
    expect(await begin(() => 'anything').result).toEqual({ ok: true, value: 'anything' });
    expect(await begin(async () => undefined).result).toEqual({ ok: true, value: undefined });
  });

  test('fails with what the handler threw, at once or later', async () => {
    const error = new Error('no');
    const thrown = () => {
      throw error;
    };
    expect(await begin(thrown).result).toEqual({ ok: false, error, poisoned: false });
    expect(await begin(async () => thrown()).result).toEqual({ ok: false, error, poisoned: false });
  });

  test('aborts the signal at the deadline, and a handler that heeds it leaves nothing behind', async () => {
    const heeds = ({ signal }: Deadline) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    const { clock, result } = begin(heeds, 5_000);
    await turn(clock, 5_000);
    expect(await result).toMatchObject({ ok: false, error: expect.any(DeadlineError), poisoned: false });
  });

  test('is poisoned when the handler ignores its deadline and the grace after it', async () => {
    const { clock, result } = begin(() => new Promise(() => undefined), 5_000);
    let ended = false;
    const end = result.finally(() => {
      ended = true;
    });
    await turn(clock, 5_000);
    await turn(clock, 499);
    expect(ended).toBe(false);
    await turn(clock, 1);
    expect(await end).toMatchObject({ ok: false, error: expect.any(DeadlineError), poisoned: true });
  });

  test('counts as a success when the handler ends well within the grace', async () => {
    const late = ({ signal }: Deadline) =>
      new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve());
      });
    const { clock, result } = begin(late, 5_000);
    await turn(clock, 5_000);
    expect(await result).toEqual({ ok: true, value: undefined });
  });

  test('tells the handler how much time is left', async () => {
    const left: number[] = [];
    const { clock, result } = begin(async ({ remainingMs, signal }) => {
      left.push(remainingMs());
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      left.push(remainingMs());
    }, 2_000);
    await turn(clock, 2_000);
    await result;
    expect(left).toEqual([2_000, 0]);
  });
});
