import { expect, test } from 'vitest';
import { everyTier, type FrozenClass, restores, tierCost } from '../../../infra/ops/archive-restore-tiers.ts';

const gigabyte = 1e9;
const frozen = (counts: Partial<Record<FrozenClass, [objects: number, bytes: number]>>) =>
  new Map(Object.entries(counts).map(([name, [objects, bytes]]) => [name as FrozenClass, { objects, bytes }] as const));

test.each([
  ['bulk', 0, 0, '5 to 12 hours'],
  ['standard', 1, 0.1, '3 to 5 hours'],
  ['expedited', 3, 20, '1 to 5 minutes'],
] as const)('2,000 objects of 100 GB in Glacier cost by %s what the list says', (tier, retrieval, requests, takes) => {
  const cost = tierCost(tier, frozen({ GLACIER: [2_000, 100 * gigabyte] }), 15);
  expect(cost).toMatchObject({ tier, takes, without: 0 });
  expect(cost.retrieval).toBeCloseTo(retrieval, 9);
  expect(cost.requests).toBeCloseTo(requests, 9);
  // Half a month in Standard.
  expect(cost.copies).toBeCloseTo(100 * 0.023 * 0.5, 9);
  expect(cost.dollars).toBeCloseTo(cost.retrieval + cost.requests + cost.copies, 9);
});

test.each([
  ['bulk', 0.25, 0.05, 'up to 48 hours'],
  ['standard', 2, 0.2, 'up to 12 hours'],
] as const)(
  '2,000 objects of 100 GB in Deep Archive cost by %s what the list says',
  (tier, retrieval, requests, takes) => {
    const cost = tierCost(tier, frozen({ DEEP_ARCHIVE: [2_000, 100 * gigabyte] }), 30);
    expect(cost).toMatchObject({ takes, without: 0 });
    expect([cost.retrieval, cost.requests, cost.copies].map((each) => each.toFixed(6))).toEqual(
      [retrieval, requests, 2.3].map((each) => each.toFixed(6)),
    );
  },
);

test('what is in both classes takes as long as the slower one', () => {
  const both = frozen({ GLACIER: [1, 1], DEEP_ARCHIVE: [1, 1] });
  expect(everyTier.map((tier) => tierCost(tier, both, 7).takes)).toEqual([
    'up to 48 hours',
    'up to 12 hours',
    '1 to 5 minutes',
  ]);
});

test('a class without objects adds nothing to the time', () => {
  expect(tierCost('bulk', frozen({ GLACIER: [1, 1], DEEP_ARCHIVE: [0, 0] }), 7).takes).toBe('5 to 12 hours');
  expect(tierCost('bulk', frozen({ GLACIER: [0, 0] }), 7)).toMatchObject({ dollars: 0, takes: '-' });
});

test('expedited leaves what is in Deep Archive out of its cost, and says how much that is', () => {
  const cost = tierCost('expedited', frozen({ GLACIER: [1_000, gigabyte], DEEP_ARCHIVE: [5, 50 * gigabyte] }), 30);
  expect(cost.without).toBe(5);
  expect(cost.dollars).toBeCloseTo(0.03 + 10 + 0.023, 9);
  expect([restores('expedited', 'GLACIER'), restores('expedited', 'DEEP_ARCHIVE')]).toEqual([true, false]);
});
