import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { indexOfSame, isSame } from '../../../../functions/receive/schemes/constant-time.ts';

describe('two signatures', () => {
  const same = (one: string, other: string) => isSame(Buffer.from(one), Buffer.from(other));

  test('are the same byte by byte', () => {
    expect(same('abc', 'abc')).toBe(true);
    expect(same('abc', 'abd')).toBe(false);
    expect(same('abc', 'ABC')).toBe(false);
  });

  test('of different lengths are not, and nothing is thrown', () => {
    expect(same('abc', 'abcd')).toBe(false);
    expect(same('abcd', 'abc')).toBe(false);
    expect(same('', 'abc')).toBe(false);
    expect(same('abc', '')).toBe(false);
  });
});

describe('a text among secrets', () => {
  test('is found by its place, the first of several', () => {
    expect(indexOfSame('b', ['a', 'b', 'c'])).toBe(1);
    expect(indexOfSame('a', ['a', 'b', 'a'])).toBe(0);
  });

  test('is none that is shorter, longer or written otherwise', () => {
    for (const text of ['secre', 'secrets', 'Secret', ' secret', 'secret ', 'secret\u0000', '']) {
      expect(indexOfSame(text, ['secret'])).toBe(-1);
    }
    expect(indexOfSame('e\u0301', ['é'])).toBe(-1);
  });

  test('is not there where there are none', () => {
    expect(indexOfSame('a', [])).toBe(-1);
  });

  test('is found exactly where a list has it', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (text, secrets) => {
        expect(indexOfSame(text, secrets)).toBe(secrets.indexOf(text));
      }),
    );
  });
});
