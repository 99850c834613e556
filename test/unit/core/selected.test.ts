import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Selectable } from '../../../functions/core/definition.ts';
import { selected } from '../../../functions/core/selected.ts';
import { aMessage } from '../../support/messages.ts';

const { event, headers } = aMessage();
const selectable: Selectable = { event, headers, tenant: 'o/r', data: { id: 7 } };
const answering = (value: unknown) => selected(() => value, selectable);

test('a selector is asked about the event', () => {
  expect(selected(({ tenant }) => tenant, selectable)).toEqual({ found: 'o/r' });
  expect(selected(({ data }) => (data as { id: number }).id, selectable)).toEqual({ found: 7 });
});

test('half of a character is none', () => {
  expect(answering('a\ud800')).toEqual({ found: 'a\ufffd' });
});

test.each([' ', '0', 0, -1, 1.5])('%j is an answer', (value) => {
  expect(answering(value)).toEqual({ found: value });
});

describe('no answer is', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['an empty text', ''],
    ['no finite number', Number.NaN],
    ['no finite number', Number.POSITIVE_INFINITY],
    ['a value of type boolean', true],
    ['a value of type bigint', 7n],
    ['a value of type symbol', Symbol('PRIVATE')],
    ['a value of type object', { toString: () => 'PRIVATE' }],
    ['a list', ['PRIVATE']],
    ['a value of type function', () => 'PRIVATE'],
    ['a promise', Promise.resolve('PRIVATE')],
  ])('%s', (words, value) => {
    expect(answering(value)).toEqual({ problem: `returned ${words}` });
  });

  test.each<[string, string, unknown]>([
    ['an error', 'TypeError', new TypeError('PRIVATE')],
    ['an error that bears a name from an event', 'what is no error', named('PRIVATE text of an event')],
    ['an error that bears no name', 'what is no error', named(Symbol('PRIVATE'))],
    ['a text', 'what is no error', 'PRIVATE'],
    ['nothing', 'what is no error', undefined],
  ])('a throw of %s', (_what, words, thrown) => {
    const by = () => {
      throw thrown;
    };
    expect(selected(by, selectable)).toEqual({ problem: `threw ${words}` });
  });
});

function named(name: unknown): Error {
  return Object.assign(new Error('PRIVATE'), { name });
}

test('a promise that is broken breaks nothing else', async () => {
  const broken: unknown[] = [];
  const note = (reason: unknown) => broken.push(reason);
  process.on('unhandledRejection', note);
  try {
    answering(Promise.reject(new Error('too late')));
    await turn();
    expect(broken).toEqual([]);
  } finally {
    process.off('unhandledRejection', note);
  }
});
