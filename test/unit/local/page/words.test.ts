import { expect, test } from 'vitest';

interface Words {
  rateOf(inMinute: number): string;
  span(milliseconds: number): string;
  shortId(id: string): string;
  described(description: string): { impact: string; runbook: string };
  toneOf(state: string): string;
}

// JavaScript for browsers, which the compiler is not told about.
const path = '../../../../infra/local/page/static/words.js';
const { rateOf, span, shortId, described, toneOf } = (await import(path)) as Words;

test('tells a rate by the second, or by the minute where that says more', () => {
  expect([0, 1, 59, 60, 744, 60_000].map(rateOf)).toEqual(['0/min', '1/min', '59/min', '1/s', '12.4/s', '1,000/s']);
});

test('tells a span of time in its two largest units', () => {
  const seconds = [-5, 0, 59.4, 60, 250, 3_600, 7_500, 86_400, 100_000];
  expect(seconds.map((each) => span(each * 1000))).toEqual([
    ...['0 s', '0 s', '59 s', '1 min', '4 min 10 s', '1 h', '2 h 5 min', '1 d', '1 d 3 h'],
  ]);
});

test('shortens long ids only', () => {
  expect([shortId('short'), shortId('a-very-long-identifier')]).toEqual(['short', 'a-very-long-…']);
});

test("takes an alarm's description apart", () => {
  const whole = 'Events wait.\nRunbook: README.md#backlog\nConsole: https://console.aws.amazon.com/x';
  expect(described(whole)).toEqual({ impact: 'Events wait.', runbook: 'README.md#backlog' });
  expect(described('Events wait. Runbook: README.md#a Console: x')).toEqual({
    impact: 'Events wait.',
    runbook: 'README.md#a',
  });
  expect(described('Only this.')).toEqual({ impact: 'Only this.', runbook: '' });
});

test('colours states that it knows, and no others', () => {
  expect(['processed', 'ALARM', 'constructor'].map(toneOf)).toEqual(['good', 'bad', '']);
});
