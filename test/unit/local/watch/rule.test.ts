import { describe, expect, test } from 'vitest';
import type { AlarmState } from '../../../../infra/local/watch/datapoints.ts';
import { alarmsIn, holds, parseRule } from '../../../../infra/local/watch/rule.ts';

const states: Readonly<Record<string, AlarmState>> = {
  high: 'ALARM',
  'with a space': 'ALARM',
  fine: 'OK',
  new: 'INSUFFICIENT_DATA',
};

describe('the rule of a composite alarm', () => {
  test.each([
    ['ALARM("high")', true],
    ['ALARM(high)', true],
    ['ALARM("with a space")', true],
    ['ALARM("arn:aws:cloudwatch:eu-west-1:000000000000:alarm:with a space")', true],
    ['OK("fine")', true],
    ['OK(new)', false],
    ['INSUFFICIENT_DATA(new)', true],
    ['NOT ALARM(high)', false],
    ['NOT NOT ALARM(high)', true],
    ['TRUE', true],
    ['FALSE', false],
    ['ALARM(high) AND ALARM(fine)', false],
    ['ALARM(high) OR ALARM(fine)', true],
    ['ALARM(high) OR ALARM(fine) AND ALARM(new)', true],
    ['(ALARM(high) OR ALARM(fine)) AND ALARM(new)', false],
    ['ALARM(high) AND NOT (ALARM(fine) OR ALARM(new))', true],
    ['  ALARM( "high" )\nAND\tTRUE ', true],
  ])('%s', (text, expected) => {
    expect(holds(parseRule(text), (alarm) => states[alarm] ?? 'OK')).toBe(expected);
  });

  test.each([
    ['', 'got the end'],
    ['ALARM', 'must have ( as token 2, got the end'],
    ['ALARM()', 'must have the name of an alarm as token 3, got )'],
    ['ALARM(high', 'must have ) as token 4'],
    ['ALARM(high) XOR TRUE', 'must have the end as token 5, got XOR'],
    ['alarm(high)', 'got alarm'],
    ['ALARM("high', 'must have its quotes closed'],
    [`ALARM(${'x'.repeat(10_240)})`, 'must have at most 10240 characters'],
  ])('%s is refused', (text, message) => {
    expect(() => parseRule(text)).toThrow(message);
  });

  test('is known by the alarms that it looks at', () => {
    expect(alarmsIn(parseRule('ALARM(a) AND NOT (OK("b") OR FALSE)'))).toEqual(['a', 'b']);
  });
});
