import { describe, expect, test } from 'vitest';
import { bandPeriods, evaluateMath, type Points } from '../../../../../infra/local/watch/math/evaluate.ts';
import { hasBand, referencesIn } from '../../../../../infra/local/watch/math/expression.ts';
import { parseMath } from '../../../../../infra/local/watch/math/parse.ts';

const none = undefined;
/** As CloudWatch's own examples have them. */
const series: Readonly<Record<string, Points>> = {
  m1: [1, 1, 0, 0, none],
  m2: [30, none, 0, 0, 30],
  m3: [0, 0, 20, none, 20],
  a: [30, 20, 0, 0],
  b: [20, none, 20, none],
  empty: [none, none, none, none],
};

function evaluated(text: string, length = 5) {
  return evaluateMath(parseMath(text), {
    length,
    valueOf: (id, wanted) => ({ kind: 'series', points: (series[id] ?? []).slice(0, wanted) }),
  });
}

function points(text: string, length?: number) {
  const value = evaluated(text, length);
  return value.kind === 'series' ? value.points : value;
}

describe('metric math', () => {
  test.each<[string, Points]>([
    ['a', [30, 20, 0, 0]],
    ['-a', [-30, -20, 0, 0]],
    ['a + b', [50, 20, 20, 0]],
    ['a - b', [10, 20, -20, 0]],
    ['a * 2', [60, 40, 0, 0]],
    ['2 * a + 1', [61, 41, 1, 1]],
    ['2 * (a + 1)', [62, 42, 2, 2]],
    ['a - 5 - 5', [20, 10, -10, -10]],
    ['a / 10 / 2', [1.5, 1, 0, 0]],
    ['b * 1', [20, none, 20, none]],
    ['10 / a', [10 / 30, 0.5, none, none]],
    ['a / b', [1.5, none, 0, none]],
    ['a < b', [0, 0, 1, 0]],
    ['a >= 30', [1, 0, 0, 0]],
    ['a <= 0', [0, 0, 1, 1]],
    ['a == 20', [0, 1, 0, 0]],
    ['a > 15 AND b > 15', [1, 0, 0, 0]],
    ['a > 15 OR b > 15', [1, 1, 1, 0]],
    ['a > 25 OR a > 15 AND b > 15', [1, 0, 0, 0]],
    ['FILL(b, 0)', [20, 0, 20, 0]],
    ['FILL(b, -1.5)', [20, -1.5, 20, -1.5]],
    ['FILL(b, REPEAT)', [20, 20, 20, 20]],
    ['FILL(empty, REPEAT)', [none, none, none, none]],
    ['MAX([a, b])', [30, 20, 20, 0]],
    ['MIN([a, b])', [20, 20, 0, 0]],
    ['SUM([a, b, empty])', [50, 20, 20, 0]],
    ['SUM([b, empty])', [20, none, 20, none]],
    ['MAX([FILL(empty, 0), FILL(b, 0)])', [20, 0, 20, 0]],
    ['empty + empty', [none, none, none, none]],
    ['100 * (a - FILL(b, 0)) / a', [(100 * 10) / 30, 100, none, none]],
  ])('%s', (text, expected) => {
    expect(points(text, 4)).toEqual(expected.map((value) => value && expect.closeTo(value)));
  });

  test.each<[string, Points]>([
    ['IF(m1, m2, m3)', [30, 0, 20, none, none]],
    ['IF(m1, 5, m3)', [5, 5, 20, none, none]],
    ['IF(m1, m2, 5)', [30, 0, 5, 5, none]],
    ['IF(m1, m2)', [30, 0, none, none, none]],
    ['IF(m1 > 0, 1, 0)', [1, 1, 0, 0, none]],
    ['IF(1, m2, m3)', [30, none, 0, 0, 30]],
    ['IF(0, m2, m3)', [0, 0, 20, none, 20]],
  ])('%s', (text, expected) => {
    expect(points(text)).toEqual(expected);
  });

  test.each([
    ['a +', 'got the end'],
    ['a b', 'expected the end at character 3 of a b, got b'],
    ['(a', 'expected ) at character 3 of (a, got the end'],
    ['MAX(a)', 'MAX must get a list such as [a, b], got a series'],
    ['MAX([a], b)', 'MAX must have at most 1 arguments, got 2'],
    ['MAX([a, 5])', '[] must get a series, got a scalar'],
    ['[a, b] + 1', '+ must not get a list'],
    ['FILL(a)', 'expected ,'],
    ['FILL(5, 0)', 'FILL must get a series, got a scalar'],
    ['FILL(a, b)', 'FILL must get a number there, got a series'],
    ['IF(1, 2, 3)', 'IF must get at least one series'],
    ['IF(a)', 'IF must have 2 arguments or more, got 1'],
    ['REPEAT', 'got REPEAT'],
    ['AVG([a, b])', 'got AVG'],
    ["SEARCH('x')", "got '"],
    ['a ^ 2', 'got ^'],
    ['a != 2', 'got !'],
    ['a $', 'got $'],
    ['', 'got the end'],
    ['ANOMALY_DETECTION_BAND(a + 1, 2)', 'must get the id of a metric'],
  ])('%j is refused', (text, message) => {
    expect(() => evaluated(text, 4)).toThrow(message);
  });

  test('is known by the ids that it refers to', () => {
    expect(referencesIn(parseMath('IF(x > 1, MAX([y, z]), -FILL(w, REPEAT))'))).toEqual(['x', 'y', 'z', 'w']);
    expect(hasBand(parseMath('-FILL(a, 0)'))).toBe(false);
    expect(hasBand(parseMath('[ANOMALY_DETECTION_BAND(a)]'))).toBe(true);
  });
});

describe('the band of what is usual', () => {
  const bandOf = (earlier: Points, text = 'ANOMALY_DETECTION_BAND(a, 2)') => {
    const asked: number[] = [];
    const value = evaluateMath(parseMath(text), {
      length: 1,
      valueOf: (_, length) => {
        asked.push(length);
        return { kind: 'series', points: [...Array<undefined>(bandPeriods - earlier.length), ...earlier, 99] };
      },
    });
    expect(asked).toEqual([bandPeriods + 1]);
    return value.kind === 'list' ? value.series : value;
  };

  test('is the mean of the earlier periods, more and less so many standard deviations', () => {
    // Mean 5, deviation 2.
    const earlier = [2, 4, 4, 4, 5, 5, 7, 9];
    expect(bandOf(earlier)).toEqual([[9], [1]]);
    expect(bandOf(earlier, 'ANOMALY_DETECTION_BAND(a)')).toEqual([[9], [1]]);
    expect(bandOf(earlier, 'ANOMALY_DETECTION_BAND(a, 0.5)')).toEqual([[6], [4]]);
  });

  test('is not known from fewer than three periods', () => {
    expect(bandOf([5, 5])).toEqual([[none], [none]]);
    expect(bandOf([5, none, 5, 5])).toEqual([[5], [5]]);
  });
});
