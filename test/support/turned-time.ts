import type { Time } from '../../functions/consume/time.ts';
import type { TurnedClock } from './turned-clock.ts';

/** Time that passes only when the test turns its clock. */
export function turnedTime(clock: TurnedClock): Time {
  return {
    now: () => clock.now(),
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const cancel = clock.after(Math.max(0, milliseconds), resolve);
        signal?.addEventListener('abort', () => {
          cancel();
          reject(signal.reason);
        });
      }),
  };
}
