import { describe, expect, test } from 'vitest';
import type { CircuitAnswer } from '../../../functions/consume/circuit.ts';
import { gatesOf } from '../../../functions/consume/gates.ts';
import { inFlightBudget } from '../../../functions/consume/patience.ts';
import { turnOf } from '../../../functions/consume/turn.ts';
import { TurnedClock } from '../../support/turned-clock.ts';
import { turnedTime } from '../../support/turned-time.ts';

/** A gate before a circuit that answers by the clock, and its entry as far as it has come. */
function enter(ask: (now: number) => CircuitAnswer, inFlight = 0) {
  const clock = new TurnedClock(1_000_000);
  const asked: number[] = [];
  const circuit = {
    ask: async () => {
      asked.push(clock.now() - 1_000_000);
      return ask(clock.now() - 1_000_000);
    },
    report: async () => undefined,
    settle: async () => undefined,
  };
  const gates = gatesOf({ circuit, inFlight: async () => inFlight, time: turnedTime(clock) });
  const now = () => clock.now();
  const entry = gates(turnOf(now, () => 1_060_000 - now(), { timeoutSeconds: 30, holdSeconds: 20 }));
  return { clock, asked, entry };
}

/** Turns a clock in small steps, so that what is asked in between can answer. */
async function pass(clock: TurnedClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.turn(500);
  }
  await new Promise((resolve) => setImmediate(resolve));
}

const open = (until: number): CircuitAnswer => ({ kind: 'open', until: 1_000_000 + until });

describe('an invocation before an open circuit', () => {
  test('hides its messages until it is worth asking again, while few are hidden', async () => {
    const { entry } = enter(() => open(45_000));
    expect(await entry).toEqual({ kind: 'rest', reason: 'circuit', ms: 45_000 });
  });

  test('keeps them and waits while many are hidden, so that the backlog rests in the queue', async () => {
    const { clock, entry, asked } = enter(() => open(45_000), inFlightBudget);
    await pass(clock, 20_000);
    expect(await entry).toEqual({ kind: 'rest', reason: 'circuit', ms: 1_000 });
    expect(asked).toEqual([0]);
  });

  test('waits in place for what comes soon, and goes on when it has come', async () => {
    const { clock, entry, asked } = enter((now) => (now < 3_000 ? open(now + 1_000) : { kind: 'closed' }));
    await pass(clock, 4_000);
    expect(await entry).toMatchObject({ kind: 'in', probe: undefined });
    expect(asked).toEqual([0, 1_000, 2_000, 3_000]);
  });

  test('gives up waiting in time to hand its messages back', async () => {
    const { clock, entry } = enter((now) => open(now + 1_000));
    await pass(clock, 30_000);
    expect(await entry).toMatchObject({ kind: 'rest', ms: 1_000 });
  });
});
