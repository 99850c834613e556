import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesType } from '../../../functions/core/event-types.ts';
import { canMatch, type Grammar } from '../../../infra/definition/grammar.ts';

const letters = { oneOrMore: /[ab]/ };

/** Every type of a small grammar up to a length. */
function typesOf(grammar: Grammar, mostCharacters: number): string[] {
  const words = ['a', 'b'].flatMap((x) => [x, `${x}a`, `${x}b`]);
  return grammar
    .flatMap((pieces) =>
      pieces.reduce<string[]>(
        (heads, piece) =>
          heads.flatMap((head) => (typeof piece === 'string' ? [head + piece] : words.map((w) => head + w))),
        [''],
      ),
    )
    .filter((type) => type.length <= mostCharacters);
}

describe('whether a pattern can match', () => {
  const grammar: Grammar = [['ping'], ['issue.', letters], [letters, '/', letters]];

  test.each([
    '*',
    'ping',
    'p*',
    '*g',
    'issue.*',
    'issue.ab',
    '*.a',
    'i*.*b',
    'a/b',
    'aaaa/*',
    '*/*',
    '**',
    'ping*',
    '*issue.a*',
  ])('%s can', (pattern) => expect(canMatch(pattern, grammar)).toBe(true));

  test.each([
    '',
    'issue',
    'issue.',
    'issue.c',
    'ping.',
    'ping.*',
    '*ping*.*',
    'a/',
    '/b',
    'a/b/*',
    'a.b',
    'Ping',
    '*x*',
    'p*z',
  ])('%j cannot', (pattern) => expect(canMatch(pattern, grammar)).toBe(false));

  test('agrees with what the receiver matches', () => {
    const small: Grammar = [['ab.', letters], [letters]];
    const types = typesOf(small, 8);
    const pattern = fc.array(fc.constantFrom('a', 'b', '.', '*'), { maxLength: 5 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(pattern, (each) => {
        if (types.some((type) => matchesType(each, type))) expect(canMatch(each, small)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
    // The other way round: with words of at most two letters, a pattern this short has all its matches in the list.
    const short = fc.array(fc.constantFrom('a', 'b', '.', '*'), { maxLength: 3 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(short, (each) => {
        const longest = each.replaceAll('*', '').length;
        if (longest <= 2 && canMatch(each, small)) expect(types.some((type) => matchesType(each, type))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('takes no time worth the name, however many stars', () => {
    expect(canMatch(`${'*a'.repeat(100)}*c`, [[letters, '/', letters]])).toBe(false);
  });
});
