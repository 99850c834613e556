import { expect, test } from 'vitest';
import { budgetOf } from '../../../functions/receive/budget.ts';

const start = 1_795_262_400_000;

test.each([
  ['Slack', 3, 1_650, 2_700],
  ['GitHub', 10, 5_500, 9_000],
  ['a platform that waits for half a minute', 28, 5_500, 9_000],
])("ends SQS's time and then S3's inside the deadline of %s", (_name, deadlineSeconds, sendEnds, spoolEnds) => {
  const budget = budgetOf(deadlineSeconds, start);
  expect(budget.sendMs(start)).toBe(sendEnds);
  expect(budget.sendMs(start + 100)).toBe(sendEnds - 100);
  expect(budget.spoolMs(start + sendEnds)).toBeCloseTo(spoolEnds - sendEnds);
});

test('leaves either a little where what came before took too long', () => {
  const budget = budgetOf(3, start);
  expect(budget.sendMs(start + 2_500)).toBe(600);
  expect(budget.spoolMs(start + 5_000)).toBe(600);
});
