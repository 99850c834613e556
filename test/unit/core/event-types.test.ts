import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesType } from '../../../functions/core/event-types.ts';

const piece = fc.string({ unit: fc.constantFrom('a', 'b', '.', '_', '/'), maxLength: 6 });

test('a pattern without a star means itself and nothing else', () => {
  fc.assert(fc.property(piece, piece, (pattern, type) => matchesType(pattern, type) === (pattern === type)));
});

test('a star stands for any run of characters, none included', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(piece, piece), { minLength: 1, maxLength: 4 }), piece, (pairs, tail) => {
      const pattern = `${pairs.map(([fixed]) => fixed).join('*')}*${tail}`;
      const type = `${pairs.map(([fixed, filled]) => fixed + filled).join('')}${tail}`;
      return matchesType(pattern, type);
    }),
  );
});

test('agrees with the regular expression of the same meaning', () => {
  const star = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 });
  const type = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 });
  fc.assert(
    fc.property(star, type, (pattern, text) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`);
      return matchesType(pattern, text) === expression.test(text);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['pull_request.*', 'pull_request.opened', true],
  ['pull_request.*', 'pull_request_review.submitted', false],
  ['orders/*', 'orders/create', true],
  ['*', 'anything', true],
  ['a*a', 'a', false],
  ['Push', 'push', false],
])('%s means %s: %s', (pattern, type, expected) => {
  expect(matchesType(pattern, type)).toBe(expected);
});

test('a hostile type against a hostile pattern ends', () => {
  expect(matchesType(`${'a*'.repeat(200)}b`, 'a'.repeat(100_000))).toBe(false);
});
