import { describe, expect, test } from 'vitest';
import { emfProblems } from '../../support/emf.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const directive = {
  Namespace: 'Nerite',
  Dimensions: [['service', 'stage']],
  Metrics: [{ Name: 'Received', Unit: 'Count' }],
};
const right = { service: 'receiver', stage: 'dev', Received: 1 };
const line = (root: object = right, difference: object = {}, aws: object = {}) =>
  JSON.stringify({ ...root, _aws: { Timestamp: now, CloudWatchMetrics: [{ ...directive, ...difference }], ...aws } });

describe('a line that carries metrics', () => {
  test.each<[string, string]>([
    ['one number', line()],
    ['many numbers', line({ ...right, Received: Array(100).fill(1) })],
    ['no dimensions', line(right, { Dimensions: [[]] })],
    ['whatever else', line({ ...right, message: 'accepted', more: { deep: [1] } })],
  ])('with %s is right', (_, text) => {
    expect(emfProblems(text, now)).toEqual([]);
  });

  test.each<[string, string]>([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['no directive', JSON.stringify(right)],
    ['an old time', line(right, {}, { Timestamp: now - 15 * 86_400_000 })],
    ['a time to come', line(right, {}, { Timestamp: now + 3 * 3_600_000 })],
    ['a time in seconds', line(right, {}, { Timestamp: now / 1000 })],
    ['an empty list of directives', line(right, {}, { CloudWatchMetrics: [] })],
    ['a member that is not known', line(right, { Extra: 1 })],
    ['no namespace', line(right, { Namespace: '' })],
    ['a namespace of AWS', line(right, { Namespace: 'AWS/Lambda' })],
    ['dimensions that are no lists', line(right, { Dimensions: ['service'] })],
    ['31 dimensions', line(right, { Dimensions: [Array.from({ length: 31 }, (_, i) => `d${i}`)] })],
    ['a dimension without a value', line({ stage: 'dev', Received: 1 })],
    ['a dimension with an empty value', line({ ...right, service: '' })],
    ['a dimension with a number', line({ ...right, service: 7 })],
    ['a dimension that is not ASCII', line({ ...right, service: 'büro' })],
    ['no metric', line(right, { Metrics: [] })],
    ['a metric without a value', line({ service: 'a', stage: 'b' })],
    ['a metric that is a text', line({ ...right, Received: '1' })],
    ['no numbers', line({ ...right, Received: [] })],
    ['101 numbers', line({ ...right, Received: Array(101).fill(1) })],
    ['no number', line({ ...right, Received: null })],
    ['a unit that is not known', line(right, { Metrics: [{ Name: 'Received', Unit: 'Events' }] })],
    ['a metric twice', line(right, { Metrics: [{ Name: 'Received' }, { Name: 'Received' }] })],
    ['more than a line can hold', line({ ...right, message: 'x'.repeat(300_000) })],
  ])('with %s is not', (_, text) => {
    expect(emfProblems(text, now)).not.toEqual([]);
  });
});
