import { afterEach, describe, expect, test } from 'vitest';
import type { LambdaFunction } from '../../../../infra/local/lambda/lambda-function.ts';
import { eventually } from '../../../support/eventually.ts';
import { Bundles } from '../../../support/lambda-bundle.ts';
import { TurnedClock } from '../../../support/turned-clock.ts';

const bundles = new Bundles();
afterEach(() => bundles.remove());

/** Answers which environment it ran in and how many runs that one has seen; waits to be killed where it is told to. */
const counting = `
  import { randomUUID } from 'node:crypto';
  const environment = randomUUID();
  let runs = 0;
  export const handler = async (event) => {
    runs++;
    if (event.wait) await new Promise((resolve) => setTimeout(resolve, event.wait));
    return { environment, runs };
  };`;

async function ranIn(lambda: LambdaFunction, wait = 0): Promise<{ environment: string; runs: number }> {
  const answer = await lambda.invoke({ wait });
  if (!answer.ok) throw new Error(answer.errorMessage);
  return answer.payload as { environment: string; runs: number };
}

const running = (lambda: LambdaFunction, count: number) =>
  eventually(`${count} environments`, () => (lambda.figures().environments === count ? true : undefined));

describe('execution environments', () => {
  test('are started cold and reused warm', async () => {
    const lambda = bundles.function(counting);
    const first = await ranIn(lambda);
    expect(await ranIn(lambda)).toEqual({ environment: first.environment, runs: 2 });
    expect(lambda.figures()).toMatchObject({ invocations: 2, coldStarts: 1, environments: 1, running: 0 });
    expect(lambda.figures().lastInitMs).toBeGreaterThan(0);
  });

  test('take one invocation at a time: a second one starts another environment', async () => {
    const lambda = bundles.function(counting);
    const both = await Promise.all([ranIn(lambda, 100), ranIn(lambda, 100)]);
    expect(both.map(({ runs }) => runs)).toEqual([1, 1]);
    expect(both[0].environment).not.toBe(both[1].environment);
    expect(lambda.figures().coldStarts).toBe(2);
  });

  test('are reused in the order in which they were last busy, the latest first', async () => {
    const lambda = bundles.function(counting);
    const short = ranIn(lambda, 50);
    const long = ranIn(lambda, 500);
    const [, { environment: latest }] = await Promise.all([short, long]);
    expect((await ranIn(lambda)).environment).toBe(latest);
    expect((await ranIn(lambda)).environment).toBe(latest);
  });

  test('are throttled beyond the concurrency limit, without running anything', async () => {
    const lambda = bundles.function(counting, {}, { maxConcurrency: 1 });
    const first = lambda.invoke({ wait: 100 });
    expect(await lambda.invoke({})).toEqual({
      ok: false,
      kind: 'throttle',
      errorType: 'TooManyRequestsException',
      errorMessage: 'Rate Exceeded.',
    });
    expect(await first).toMatchObject({ ok: true });
    expect(await lambda.invoke({})).toMatchObject({ ok: true, payload: { runs: 2 } });
    expect(lambda.figures()).toMatchObject({ invocations: 2, throttles: 1 });
  });

  test('are waited for, in turn, where this machine may not have as many as Lambda', async () => {
    const lambda = bundles.function(counting, {}, { maxThreads: 2 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => ranIn(lambda, 5)));
    expect(new Set(answers.map(({ environment }) => environment)).size).toBe(2);
    expect(lambda.figures()).toMatchObject({ invocations: 8, coldStarts: 2, throttles: 0 });
  });

  test('are ended when they were idle for long enough', async () => {
    const clock = new TurnedClock(Date.now());
    const lambda = bundles.function(counting, {}, { idleMs: 1_000, clock });
    await ranIn(lambda);
    clock.turn(900);
    await ranIn(lambda);
    clock.turn(900);
    expect(lambda.figures().environments).toBe(1);
    clock.turn(100);
    expect(lambda.figures().environments).toBe(0);
    expect((await ranIn(lambda)).runs).toBe(1);
  });

  test('that end themselves while idle are not used again', async () => {
    const lambda = bundles.function(`
      let runs = 0;
      export const handler = () => { setTimeout(() => process.exit(0), 5); return ++runs; };`);
    expect(await lambda.invoke({})).toEqual({ ok: true, payload: 1 });
    await running(lambda, 0);
    expect(await lambda.invoke({})).toEqual({ ok: true, payload: 1 });
  });

  test('can be warmed up beforehand', async () => {
    const lambda = bundles.function(counting);
    await lambda.warmUp();
    expect(lambda.figures()).toMatchObject({ invocations: 0, coldStarts: 1, environments: 1 });
    expect((await ranIn(lambda)).runs).toBe(1);
    expect(lambda.figures().coldStarts).toBe(1);
  });

  test('are all ended by close, those at work too, and none starts afterwards', async () => {
    const lines: string[] = [];
    const source = `export const handler = () => new Promise(() => console.log('at work'));`;
    const lambda = bundles.function(source, {}, { maxThreads: 1, log: (line) => lines.push(line) });
    const atWork = lambda.invoke({});
    await eventually('a handler at work', () => (lines.includes('at work') ? true : undefined));
    const waiting = lambda.invoke({});
    await lambda.close();
    expect(await atWork).toMatchObject({ ok: false, kind: 'crash' });
    expect(await waiting).toMatchObject({ ok: false, kind: 'error', errorType: 'ResourceNotFoundException' });
    expect(await lambda.invoke({})).toMatchObject({ ok: false, errorType: 'ResourceNotFoundException' });
    expect(lambda.figures()).toMatchObject({ environments: 0, running: 0, coldStarts: 1 });
  });
});
