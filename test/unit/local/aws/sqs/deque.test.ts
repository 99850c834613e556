import { expect, test } from 'vitest';
import { Deque } from '../../../../../infra/local/aws/sqs/deque.ts';

test('a deque gives back what was pushed, in order, and its positions hold while its front is given back', () => {
  const deque = new Deque<number>();
  for (let value = 0; value < 5_000; value += 1) deque.push(value);
  for (let value = 0; value < 4_000; value += 1) expect(deque.shift()).toBe(value);
  expect([deque.start, deque.end, deque.first()]).toEqual([4_000, 5_000, 4_000]);
  expect([deque.at(3_999), deque.at(4_000), deque.at(4_999), deque.at(5_000)]).toEqual([
    undefined,
    4_000,
    4_999,
    undefined,
  ]);
  deque.clear();
  expect([deque.shift(), deque.first(), deque.start]).toEqual([undefined, undefined, 5_000]);
  deque.push(7);
  expect([deque.at(5_000), deque.shift(), deque.shift()]).toEqual([7, 7, undefined]);
});
