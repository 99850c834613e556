import { afterEach, expect, test } from 'vitest';
import { apiFigures } from '../../../../../infra/local/watch/figures/api-figures.ts';
import type { DataPoint } from '../../../../../infra/local/watch/metric-store.ts';
import { echo, LocalApis, post } from '../../../../support/local-api.ts';

const apis = new LocalApis();
afterEach(() => apis.remove());

async function measured(source: string, detailed: boolean) {
  const put: DataPoint[] = [];
  const store = { put: (point: DataPoint) => put.push(point) };
  const api = await apis.start(source, {
    answered: apiFigures(store, { apiId: 'api1', isDetailed: () => detailed }),
    extra: (_, response) => Boolean(response.end()),
  });
  /** The sum, and how often it was measured. */
  const of = (name: string, dimensions: object) => {
    const found = put.filter(
      (point) => point.name === name && JSON.stringify(point.dimensions) === JSON.stringify(dimensions),
    );
    return [found.reduce((total, { value }) => total + value, 0), found.length];
  };
  return { api, put, of };
}

const whole = { ApiId: 'api1' };
const route = { ApiId: 'api1', Stage: '$default', Method: 'POST', Resource: '/webhooks/github' };

test('requests and their answers are counted for the API, its stage and the route', async () => {
  const { api, of } = await measured(echo, true);
  await post(api, 'x');
  await post(api, 'x');
  await fetch(`${api.url}/nowhere`);
  expect([of('Count', whole), of('4xx', whole), of('5xx', whole)]).toEqual([
    [3, 3],
    [1, 3],
    [0, 3],
  ]);
  expect(of('Count', { ApiId: 'api1', Stage: '$default' })).toEqual([3, 3]);
  expect([of('Count', route), of('4xx', route)]).toEqual([
    [2, 2],
    [0, 2],
  ]);
  expect(of('Latency', route)[0]).toBeGreaterThan(0);
});

test('a failing function is a 5xx', async () => {
  const { api, of } = await measured('export const handler = async () => { throw new Error("no"); };', true);
  await post(api, 'x');
  expect([of('5xx', whole), of('4xx', whole), of('5xx', route)]).toEqual([
    [1, 1],
    [0, 1],
    [1, 1],
  ]);
});

test('a route whose metrics are not detailed has none', async () => {
  const { api, of } = await measured(echo, false);
  await post(api, 'x');
  expect([of('Count', whole), of('Count', route)]).toEqual([
    [1, 1],
    [0, 0],
  ]);
});

test('what is no traffic of the API is not counted', async () => {
  const { api, put } = await measured(echo, true);
  await fetch(`${api.url}/_local/state`);
  expect((await post(api, 'x', { origin: 'https://evil.example' })).status).toBe(403);
  expect(put).toEqual([]);
});
