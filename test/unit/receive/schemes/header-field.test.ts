import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Place, valuesAt } from '../../../../functions/receive/schemes/header-field.ts';

const at = (value: string, place: Omit<Place, 'header'>) =>
  valuesAt(new Map([['x', value]]), { header: 'x', ...place });

describe('values in a header', () => {
  test.each<[string, Omit<Place, 'header'>, string[]]>([
    ['sha256=ab', { prefix: 'sha256=' }, ['ab']],
    ['sha1=ab', { prefix: 'sha256=' }, []],
    ['t=1,v1=a,v1=b,v0=c', { separator: ',', prefix: 'v1=' }, ['a', 'b']],
    ['t=1, v1=a ,\tv1=b', { separator: ',', prefix: 'v1=' }, ['a', 'b']],
    ['t=1, v1=a,v1=b', { separator: ',', prefix: 'v1=', exact: true }, ['b']],
    [' a ', {}, ['a']],
    [' a ', { exact: true }, [' a ']],
    ['v1=', { prefix: 'v1=' }, ['']],
    ['a\u00a0', {}, ['a\u00a0']],
  ])('%j at %j are %j', (value, place, expected) => {
    expect(at(value, place)).toEqual(expected);
  });

  test('are those of the first header that the request carries', () => {
    const headers = new Map([
      ['a', ''],
      ['b', '1'],
      ['c', '2'],
    ]);
    expect(valuesAt(headers, { header: ['missing', 'a', 'b', 'c'] })).toEqual(['1']);
    expect(valuesAt(headers, { header: 'a' })).toBeUndefined();
    expect(valuesAt(headers, { header: 'missing' })).toBeUndefined();
  });

  test('are all found again, whatever stands between them', () => {
    const clean = fc.string({ unit: fc.constantFrom(...'abc019+/='), minLength: 1 });
    const noise = fc.string({ unit: fc.constantFrom(...'xyz '), maxLength: 5 });
    fc.assert(
      fc.property(fc.array(fc.record({ value: clean, noise })), clean, (parts, last) => {
        const header = [...parts.flatMap(({ value, noise: n }) => [`v1=${value}`, n]), `v1=${last}`].join(',');
        const values = [...parts.map(({ value }) => value), last];
        expect(at(header, { separator: ',', prefix: 'v1=' })).toEqual(values);
        expect(at(header, { separator: ',', prefix: 'v1=', exact: true })).toEqual(values);
      }),
    );
  });

  test('are parts of the header and nothing else, for any text', () => {
    const place = fc.record({
      separator: fc.constantFrom(undefined, ',', ' ', '; '),
      prefix: fc.constantFrom(undefined, 'v1=', 'v1,'),
    });
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), place, (header, where) => {
        for (const value of at(header, where) ?? []) expect(header).toContain(`${where.prefix ?? ''}${value}`);
      }),
    );
  });
});
