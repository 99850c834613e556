import { afterEach, expect, test } from 'vitest';
import { lambdaFigures } from '../../../../../infra/local/watch/figures/lambda-figures.ts';
import type { DataPoint } from '../../../../../infra/local/watch/metric-store.ts';
import { Bundles } from '../../../../support/lambda-bundle.ts';

const bundles = new Bundles();
afterEach(() => bundles.remove());

function observed(source: string, options: { maxConcurrency?: number } = {}) {
  const put: DataPoint[] = [];
  const store = { put: (point: DataPoint) => put.push(point) };
  const made = bundles.function(source, {}, { ...options, observe: lambdaFigures(store, 'worker') });
  return { made, put, of: (metric: string) => put.filter(({ name }) => name === metric).map(({ value }) => value) };
}

test('an invocation that went well is counted, with its duration and without its cold start', async () => {
  const { made, put, of } = observed(
    'await new Promise((resolve) => setTimeout(resolve, 200)); export const handler = async () => 1;',
  );
  await made.invoke({});
  expect([of('Invocations'), of('Errors'), of('Throttles'), of('ConcurrentExecutions')]).toEqual([[1], [0], [0], [1]]);
  expect(of('Duration')[0]).toBeGreaterThan(0);
  expect(of('Duration')[0]).toBeLessThan(200);
  expect(
    put.every(({ namespace, dimensions }) => namespace === 'AWS/Lambda' && dimensions.FunctionName === 'worker'),
  ).toBe(true);
});

test.each([
  ['throws', 'export const handler = async () => { throw new Error("no"); };'],
  ['ends its process', 'export const handler = async () => process.exit(1);'],
  ['answers too much', 'export const handler = async () => "x".repeat(7_000_000);'],
  ['cannot be loaded', 'throw new Error("no");'],
])('an invocation of a function that %s is an error', async (_, source) => {
  const { made, of } = observed(source);
  await made.invoke({});
  expect([of('Invocations'), of('Errors'), of('Throttles')]).toEqual([[1], [1], [0]]);
});

test('an invocation that was throttled is none', async () => {
  const { made, of } = observed('export const handler = () => new Promise((resolve) => setTimeout(resolve, 50));', {
    maxConcurrency: 1,
  });
  await Promise.all([made.invoke({}), made.invoke({})]);
  expect([of('Invocations'), of('Errors'), of('Throttles'), of('ConcurrentExecutions')]).toEqual([
    [1],
    [0],
    [1, 0],
    [1, 1],
  ]);
});
