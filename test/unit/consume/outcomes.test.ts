import type { SQSRecord } from 'aws-lambda';
import { describe, expect, test } from 'vitest';
import { outcomesOf } from '../../../functions/consume/outcomes.ts';

const day = 86_400_000;
const now = 100 * day;
const aRecord = (messageId: string, receives = 1): SQSRecord =>
  ({
    messageId,
    attributes: { ApproximateReceiveCount: String(receives), SentTimestamp: String(now - day) },
  }) as SQSRecord;

describe('outcomes of a batch', () => {
  test('put back what nobody noted, after the time for what is untouched', () => {
    const [one, two] = [aRecord('1'), aRecord('2')];
    const outcomes = outcomesOf([[one], [two]], 1_000);
    outcomes.note(one, { kind: 'ack' });
    expect(outcomes.done()).toEqual([one]);
    expect(outcomes.backs(now)).toEqual([{ record: two, ms: 1_000 }]);
  });

  test('hide what is left of a lane equally long, by what holds it back', () => {
    const [one, two, three] = [aRecord('1'), aRecord('2'), aRecord('3')];
    const outcomes = outcomesOf([[one, two, three]], 1_000);
    outcomes.note(one, { kind: 'ack' });
    outcomes.note(two, { kind: 'back', ms: 7_000 });
    expect(outcomes.backs(now)).toEqual([
      { record: two, ms: 7_000 },
      { record: three, ms: 7_000 },
    ]);
  });

  test('keep a message until all that it carries is done, and bring it back with the first of the rest', () => {
    const one = aRecord('1');
    const outcomes = outcomesOf([[one]], 1_000);
    outcomes.expect(one, 3);
    outcomes.note(one, { kind: 'ack' });
    outcomes.note(one, { kind: 'back', ms: 9_000 });
    outcomes.note(one, { kind: 'back', ms: 4_000 });
    expect(outcomes.acknowledged(one)).toBe(false);
    expect(outcomes.backs(now)).toEqual([{ record: one, ms: 4_000 }]);
  });

  test('make a message wait longer whose receives would run out, and its lane with it', () => {
    const [worn, fresh, other] = [aRecord('1', 800), aRecord('2'), aRecord('3')];
    const outcomes = outcomesOf([[fresh, worn], [other]], 1_000);
    const [first, second, third] = outcomes.backs(now);
    expect(first?.ms).toBeGreaterThan(3_600_000);
    expect(second?.ms).toBe(first?.ms);
    expect(third?.ms).toBe(1_000);
  });
});
