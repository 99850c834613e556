import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ambientTrace } from '../../../functions/consume/ambient-trace.ts';
import { PermanentError, RetryLater, TransientError } from '../../../functions/core/errors.ts';
import type { Trace } from '../../../functions/core/trace.ts';
import { ConsumerWorld } from '../../support/consumer-world.ts';
import { ledgerTable } from '../../support/ledger-table.ts';
import { aMessage } from '../../support/messages.ts';

let ledger: Awaited<ReturnType<typeof ledgerTable>>;
beforeAll(async () => {
  ledger = await ledgerTable();
});
afterAll(() => ledger.close());

const traceId = '0af7651916cd43dd8448eb211c80319c';
const trace = `00-${traceId}-b7ad6b7169203331-01`;

describe('an attempt', () => {
  test.each<[string, unknown, object]>([
    ['that ends well', undefined, { Attempts: 1, Succeeded: 1, Processed: 1 }],
    ['that fails by what may pass', new TransientError('later'), { Attempts: 1, 'Failed transient': 1 }],
    ['that fails by anything', new Error('no'), { Attempts: 1, 'Failed transient': 1 }],
    [
      'that fails for good',
      new PermanentError('no'),
      { Attempts: 1, 'Failed permanent': 1, 'DeadLettered permanent': 1 },
    ],
    ['that was asked to come later', new RetryLater(), { 'Deferred retry-later': 1 }],
  ])('%s is counted as such', async (_, error, figures) => {
    const world = new ConsumerWorld(ledger, () => {
      if (error) throw error;
    });
    await world.send(aMessage());
    await world.deliver();
    expect(figuresOf(world)).toEqual(figures);
  });

  test('that ends by its deadline is counted as a timeout', async () => {
    const world = new ConsumerWorld(
      ledger,
      (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      { timeoutSeconds: 0.02 },
    );
    await world.send(aMessage());
    await world.deliver();
    expect(figuresOf(world)).toEqual({ Attempts: 1, 'Failed timeout': 1 });
  });

  test('is one for each event of a batch', async () => {
    const world = new ConsumerWorld(ledger, () => undefined, { batch: true });
    const messages = [aMessage(), aMessage(), aMessage()];
    world.handleMany = () => ({ failures: [{ id: messages[0]?.event.id ?? '', error: new PermanentError('no') }] });
    for (const message of messages) await world.send(message);
    await world.deliver();
    expect(figuresOf(world)).toMatchObject({ Attempts: 3, Succeeded: 2, 'Failed permanent': 1 });
  });
});

/** What was counted, by metric and reason. */
function figuresOf({ recording }: ConsumerWorld): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const { metric, dimensions, value } of recording.counts) {
    const name = [metric, ...(dimensions.reason ? [dimensions.reason] : [])].join(' ');
    figures[name] = (figures[name] ?? 0) + value;
  }
  return figures;
}

describe('the trace', () => {
  test('of an event is in each of its lines, and each attempt is a step of its own', async () => {
    const steps: Trace[] = [];
    const world = new ConsumerWorld(ledger, (_, context) => {
      steps.push(context.trace);
      context.logger.info('at work');
      if (context.attempt < 3) throw new Error('not yet');
    });
    await world.send(aMessage({ trace }));
    await world.settle();
    expect(steps.map((step) => step.traceId)).toEqual([traceId, traceId, traceId]);
    expect(new Set([trace, ...steps.map((step) => step.traceparent)]).size).toBe(4);
    expect(world.recording.lines.map(({ message, attributes }) => [message, attributes.traceId])).toEqual([
      ['at work', traceId],
      ['attempt failed', traceId],
      ['at work', traceId],
      ['attempt failed', traceId],
      ['at work', traceId],
      ['processed', traceId],
    ]);
  });

  test('is what runs for an event belongs to, side by side with others', async () => {
    const seen: [string, string | undefined][] = [];
    const world = new ConsumerWorld(ledger, async (_, context) => {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push([context.trace.traceparent, ambientTrace()?.traceparent]);
    });
    for (let n = 0; n < 4; n += 1) await world.send(aMessage());
    await world.deliver();
    expect(seen).toHaveLength(4);
    for (const [given, ambient] of seen) expect(ambient).toBe(given);
    expect(ambientTrace()).toBeUndefined();
  });

  test('of several events at once is none of them, but each has its own', async () => {
    const world = new ConsumerWorld(ledger, () => undefined, { batch: true });
    let seen: readonly (Trace | undefined)[] = [];
    world.handleMany = (events) => {
      seen = [ambientTrace(), ...events.map((event) => event.trace)];
    };
    await world.send(aMessage({ trace }));
    await world.send(aMessage());
    await world.deliver();
    expect(seen[0]).toBeUndefined();
    expect(new Set(seen.map((step) => step?.traceId)).size).toBe(3);
  });

  test('stays with a dead letter, and with its redrive', async () => {
    const traces: string[] = [];
    const world = new ConsumerWorld(ledger, (_, context) => {
      traces.push(context.trace.traceId);
      if (context.generation === 0) throw new PermanentError('no');
    });
    await world.send(aMessage({ trace }));
    await world.deliver();
    await world.redrive();
    await world.settle();
    expect(traces).toEqual([traceId, traceId]);
  });

  test('of a message without one is the same in each attempt', async () => {
    const traces: string[] = [];
    const world = new ConsumerWorld(ledger, (_, context) => {
      traces.push(context.trace.traceId);
      if (context.attempt < 2) throw new Error('not yet');
    });
    await world.send(aMessage());
    await world.settle();
    expect(traces).toHaveLength(2);
    expect(new Set(traces).size).toBe(1);
  });
});

test('a dead letter and its record give a reason without credentials', async () => {
  const world = new ConsumerWorld(ledger, () => {
    throw new PermanentError(`ann@example.com has password=hunter2 ${'x'.repeat(460)} token=tell-tale`);
  });
  const message = aMessage();
  await world.send(message);
  await world.deliver();
  const [letter] = await world.deadLetters();
  const record = await world.record(message);
  expect(letter?.reason).toMatch(/^\[masked\] has password=\[masked\] x+/);
  expect(record?.reason).toBe(letter?.reason);
  expect(letter?.reason).not.toContain('tell');
});
