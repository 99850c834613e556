import { describe, expect, test } from 'vitest';
import { eventId } from '../../../functions/core/event.ts';
import { nextStep, traceIdOf } from '../../../functions/core/trace.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const parent = 'b7ad6b7169203331';
const random = (bytes: number) => 'cd'.repeat(bytes);

describe('a step', () => {
  test.each<[string, string, string]>([
    ['of a trace that is recorded', `00-${traceId}-${parent}-01`, '01'],
    ['of one that is not', `00-${traceId}-${parent}-00`, '00'],
    ['of one with flags that are not known', `00-${traceId}-${parent}-fe`, '00'],
    ['of a version to come', `cc-${traceId}-${parent}-01`, '01'],
    ['of a version to come with more in it', `cc-${traceId}-${parent}-01-what-the-future-will-be`, '01'],
  ])('%s goes on with it', (_, traceparent, flags) => {
    expect(nextStep(traceparent, { random })).toEqual({
      traceId,
      traceparent: `00-${traceId}-cdcdcdcdcdcdcdcd-${flags}`,
    });
  });

  test.each<[string, string | undefined]>([
    ['nothing', undefined],
    ['an empty text', ''],
    ['capitals', `00-${traceId.toUpperCase()}-${parent}-01`],
    ['no trace', `00-${'0'.repeat(32)}-${parent}-01`],
    ['no step', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['the version that is forbidden', `ff-${traceId}-${parent}-01`],
    ['a short trace', `00-${traceId.slice(1)}-${parent}-01`],
    ['more than version 00 has', `00-${traceId}-${parent}-01-more`],
    ['more without a hyphen', `cc-${traceId}-${parent}-01more`],
    ['two headers', `00-${traceId}-${parent}-01,00-${traceId}-${parent}-01`],
    ['a line behind it', `00-${traceId}-${parent}-01\n`],
    ['a space before it', ` 00-${traceId}-${parent}-01`],
    ['a text without end', `cc-${traceId}-${parent}-01-${'x'.repeat(1_000)}`],
  ])('after %s is the first of a new trace', (_, traceparent) => {
    expect(nextStep(traceparent, { random })).toEqual({
      traceId: 'cd'.repeat(16),
      traceparent: `00-${'cd'.repeat(16)}-cdcdcdcdcdcdcdcd-01`,
    });
  });

  test('is another one each time', () => {
    const steps = Array.from({ length: 100 }, () => nextStep(`00-${traceId}-${parent}-01`).traceparent);
    expect(new Set(steps).size).toBe(100);
  });
});

describe('a message from before there were traces', () => {
  test('has the same trace each time, and another than other events', () => {
    const [one, two] = ['1', '2'].map((value) => ({ event: { id: eventId('github', { kind: 'id', value }) } }));
    if (!one || !two) throw new Error('there must be two');
    expect(traceIdOf(one)).toMatch(/^[0-9a-f]{32}$/);
    expect(traceIdOf(one)).toBe(traceIdOf({ ...one, trace: 'nonsense' }));
    expect(traceIdOf(one)).not.toBe(traceIdOf(two));
  });

  test.each(['', 'A', 'x', '####'])('has one that is allowed, whatever its event is called: %j', (id) => {
    expect(traceIdOf({ event: { id } })).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
  });
});
