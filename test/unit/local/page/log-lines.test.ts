import { expect, test } from 'vitest';
import { LogLines } from '../../../../infra/local/page/log-lines.ts';

const line = (text: string, eventId?: string) => ({
  at: 0,
  function: 'worker',
  text,
  ...(eventId === undefined ? {} : { eventId }),
});
const textsIn = (lines: readonly { readonly text: string }[]) => lines.map(({ text }) => text);

test('finds the lines of an event, the oldest first', () => {
  const lines = new LogLines();
  for (const [text, id] of [['one', 'a'], ['two', 'b'], ['three', 'a'], ['four']] as const) lines.add(line(text, id));
  expect(textsIn(lines.of('a'))).toEqual(['one', 'three']);
  expect(lines.of('none')).toEqual([]);
  expect(textsIn(lines.latest(2))).toEqual(['four', 'three']);
});

test('forgets the oldest of more than 5,000 lines, by their event too', () => {
  const lines = new LogLines();
  for (let number = 0; number < 12_345; number++) lines.add(line(String(number), `event-${number % 7_000}`));
  expect(lines.size).toBe(5_000);
  expect(textsIn(lines.latest(9_999)).at(-1)).toBe('7345');
  // Number 344 and its like came twice, and the first time is forgotten.
  expect(textsIn(lines.of('event-344'))).toEqual([]);
  expect(textsIn(lines.of('event-345'))).toEqual(['7345']);
});

test('forgets the oldest of more than 5 million characters, and cuts off a line that is very long', () => {
  const lines = new LogLines();
  for (let number = 0; number < 400; number++) lines.add(line('x'.repeat(100_000), `event-${number}`));
  expect(lines.of('event-399')[0]?.text).toHaveLength(16_385);
  expect(lines.size).toBe(Math.floor(5_000_000 / 16_385));
  expect(lines.of('event-0')).toEqual([]);
});
