import { describe, expect, test } from 'vitest';
import { problemsOf } from '../../../infra/definition/validate.ts';
import { definition } from '../../support/definitions.ts';

const check = (difference: object) =>
  problemsOf({ ...definition(), ...difference }, { root: '/project', fileExists: () => true });
const path = 'pipeline.logs';

describe('logs', () => {
  test.each<object>([
    {},
    { mask: [] },
    { mask: ['shoeSize', 'shoe-size', 'shoe size', 'x.shoe_size', 'a'] },
    { mask: Array.from({ length: 20 }, (_, i) => `name-number-${i}`) },
    { retentionDays: 1 },
    { retentionDays: 3653 },
    ...[0, 0.01, 1].map((sample) => ({ sample })),
    ...['debug', 'info', 'warn', 'error'].map((level) => ({ level })),
  ])('may be %j', (logs) => {
    expect(check({ logs })).toEqual([]);
  });

  test.each<[unknown, string]>([
    [[], `${path} must be an object, got an empty list`],
    [
      { levels: 'info' },
      `${path} must have no other keys than mask, retentionDays, sample, level, got "levels" (did you mean \`level\`?)`,
    ],
    [{ level: 'inf' }, `${path}.level must be one of debug, info, warn, error (did you mean \`info\`?), got "inf"`],
    [{ sample: 1.1 }, `${path}.sample must be a number from 0 to 1, got 1.1`],
    [{ sample: '1' }, `${path}.sample must be a number from 0 to 1, got "1"`],
    [
      { retentionDays: 31 },
      expect.stringMatching(
        /^pipeline\.logs\.retentionDays must be days that CloudWatch offers \(1, 3, .*3653\), got 31$/,
      ),
    ],
    [{ mask: 'email' }, `${path}.mask must be a list of names of fields, got "email"`],
    [{ mask: ['a', ''] }, `${path}.mask[1] must be the name of a field, with a letter in it, got ""`],
    [{ mask: [1] }, `${path}.mask[0] must be the name of a field, with a letter in it, got 1`],
    [{ mask: ['___'] }, `${path}.mask[0] must be the name of a field, with a letter in it, got "___"`],
    [{ mask: Array(21).fill('a') }, `${path}.mask must be at most 20 names, got 21`],
    [
      { mask: Array(20).fill('a'.repeat(16)) },
      `${path}.mask must be at most 300 characters, all names together, got 320`,
    ],
  ])('refuse %j', (logs, sentence) => {
    expect(check({ logs })).toEqual([sentence]);
  });
});

describe('tracing', () => {
  test.each<object>([{}, { xray: true }, { xray: false }])('may be %j', (tracing) => {
    expect(check({ tracing })).toEqual([]);
  });

  test.each<[unknown, string]>([
    [true, 'pipeline.tracing must be an object, got true'],
    [{ xray: 'yes' }, 'pipeline.tracing.xray must be true or false, got "yes"'],
  ])('refuses %j', (tracing, sentence) => {
    expect(check({ tracing })).toEqual([sentence]);
  });
});
