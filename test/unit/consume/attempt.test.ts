import { describe, expect, test } from 'vitest';
import { attempt, DeadlineError, type EventHandler, type HandlerContext } from '../../../functions/consume/attempt.ts';
import { receivedEvent } from '../../../functions/consume/received-event.ts';
import { aMessage } from '../../support/messages.ts';
import { silent } from '../../support/silent-telemetry.ts';

const event = receivedEvent(aMessage(), Buffer.from('{}'));
const context = { logger: silent.log, attempt: 1, idempotencyKey: 'key', generation: 0, run: 0 };
const run = (handle: EventHandler, ms = 60_000) => attempt(handle, event, context, { ms, now: Date.now });

describe('an attempt', () => {
  test('succeeds when the handler does, whatever it returns', async () => {
    expect(await run(() => 'anything')).toEqual({ ok: true });
    expect(await run(async () => undefined)).toEqual({ ok: true });
  });

  test('fails with what the handler threw, at once or later', async () => {
    const error = new Error('no');
    const thrown = () => {
      throw error;
    };
    expect(await run(thrown)).toEqual({ ok: false, error, poisoned: false });
    expect(await run(async () => thrown())).toEqual({ ok: false, error, poisoned: false });
  });

  test('aborts the signal at the deadline, and a handler that heeds it leaves nothing behind', async () => {
    const heeds: EventHandler = (_event, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    const result = await run(heeds, 5);
    expect(result).toMatchObject({ ok: false, poisoned: false });
    expect(result.ok ? undefined : result.error).toBeInstanceOf(DeadlineError);
  });

  test('is poisoned when the handler ignores its deadline', async () => {
    const result = await run(() => new Promise(() => undefined), 5);
    expect(result).toMatchObject({ ok: false, poisoned: true });
  });

  test('counts as a success when the handler ends well within the grace', async () => {
    const late: EventHandler = (_event, { signal }) =>
      new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve());
      });
    expect(await run(late, 5)).toEqual({ ok: true });
  });

  test('tells the handler how much time is left', async () => {
    let seen: HandlerContext | undefined;
    await attempt(
      (_event, given) => {
        seen = given;
        expect(given.remainingMs()).toBe(2_000);
      },
      event,
      context,
      { ms: 2_000, now: () => 7 },
    );
    expect(seen).toMatchObject({ attempt: 1, idempotencyKey: 'key', generation: 0, run: 0 });
  });
});
