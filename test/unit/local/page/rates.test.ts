import { expect, test } from 'vitest';
import { Rates } from '../../../../infra/local/page/rates.ts';

function made() {
  let now = 1_000_000_000_000;
  const rates = new Rates(() => now);
  return {
    rates,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

test('sums the last minute to the second, and everything since the start', () => {
  const { rates, pass } = made();
  rates.add('Received', { source: 'github' }, 2);
  pass(30_000);
  rates.add('Received', { source: 'github' }, 3);
  rates.add('Received', { source: 'github' }, 1);
  expect(rates.of('Received')).toEqual({ lastMinute: 6, total: 6 });
  pass(29_000);
  expect(rates.of('Received')).toEqual({ lastMinute: 6, total: 6 });
  pass(1_000);
  expect(rates.of('Received')).toEqual({ lastMinute: 4, total: 6 });
  pass(3_600_000);
  expect(rates.of('Received')).toEqual({ lastMinute: 0, total: 6 });
  rates.add('Received', { source: 'github' }, 1);
  expect(rates.of('Received')).toEqual({ lastMinute: 1, total: 7 });
});

test('tells sources, consumers and reasons apart', () => {
  const { rates } = made();
  rates.add('Refused', { source: 'github', reason: 'signature' }, 1);
  rates.add('Refused', { source: 'github', reason: 'stale' }, 5);
  rates.add('Refused', { source: 'stripe', reason: 'signature' }, 7);
  expect(rates.of('Refused', { source: 'github' }).total).toBe(6);
  expect(rates.of('Refused', { reason: 'signature' }).total).toBe(8);
  expect(rates.byReason('Refused', { source: 'github' })).toEqual([
    { reason: 'stale', lastMinute: 5, total: 5 },
    { reason: 'signature', lastMinute: 1, total: 1 },
  ]);
  expect(rates.of('Received')).toEqual({ lastMinute: 0, total: 0 });
});

test('takes no more than 2,000 different ones', () => {
  const { rates } = made();
  for (let number = 0; number < 2_100; number++) rates.add('Refused', { reason: `r${number}` }, 1);
  expect(rates.of('Refused').total).toBe(2_000);
});
