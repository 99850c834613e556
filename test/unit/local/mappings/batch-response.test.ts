import { describe, expect, test } from 'vitest';
import { outcomeOf } from '../../../../infra/local/mappings/batch-response.ts';

const ids = ['m1', 'm2', 'm3'];
const failures = (...items: unknown[]) => ({ batchItemFailures: items });

describe('outcomeOf', () => {
  test.each([undefined, null, {}, { batchItemFailures: null }, failures(), { other: 1 }])(
    'takes %j as success',
    (answer) => {
      expect(outcomeOf(answer, ids)).toEqual({ failed: new Set() });
    },
  );

  test('leaves exactly the messages that are listed', () => {
    const answer = failures({ itemIdentifier: 'm3' }, { itemIdentifier: 'm1' }, { itemIdentifier: 'm3' });
    expect(outcomeOf(answer, ids)).toEqual({ failed: new Set(['m1', 'm3']) });
  });

  test.each([
    'done',
    '',
    7,
    true,
    [],
    [{ itemIdentifier: 'm1' }],
    { batchItemFailures: 'm1' },
    { batchItemFailures: {} },
    { batchItemFailures: false },
    failures('m1'),
    failures(null),
    failures({}),
    failures({ ItemIdentifier: 'm1' }),
    failures({ itemIdentifier: '' }),
    failures({ itemIdentifier: null }),
    failures({ itemIdentifier: 1 }),
    failures({ itemIdentifier: 'unknown' }),
    failures({ itemIdentifier: 'm1' }, { itemIdentifier: 'unknown' }),
  ])('fails the whole batch for %j', (answer) => {
    const { failed, problem } = outcomeOf(answer, ids);
    expect(failed).toEqual(new Set(ids));
    expect(problem).toMatch(/ must be .*, got /);
  });
});
