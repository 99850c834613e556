import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { chaosOf } from '../../../../infra/local/chaos.ts';
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

describe('an environment that dies', () => {
  const once = (death: string) => `
    import { existsSync, writeFileSync } from 'node:fs';
    const mark = process.env.LAMBDA_TASK_ROOT + '/died';
    export const handler = async () => {
      if (existsSync(mark)) return 'alive';
      writeFileSync(mark, '');
      ${death}
    };`;

  test.each([
    ['runs for ever', 'for (;;);'],
    [
      'allocates for ever in a loop that V8 optimizes',
      'let a; for (;;) { a = []; for (let i = 0; i < 100; i++) a.push(new Array(1000).fill(1.5)); }',
    ],
    ['waits for ever', 'await new Promise(() => {});'],
  ])('because its handler %s is killed when its time is up', async (_, death) => {
    const lambda = bundles.function(once(death), { timeoutMs: 500 });
    expect(await lambda.invoke({})).toEqual({
      ok: false,
      kind: 'timeout',
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(
        /^\d{4}-\d\d-\d\dT[\d:.]+Z [0-9a-f-]{36} Task timed out after 0\.50 seconds$/,
      ),
    });
    expect(await lambda.invoke({})).toEqual({ ok: true, payload: 'alive' });
    expect(lambda.figures()).toMatchObject({ coldStarts: 2, environments: 1 });
  });

  test.each([
    ['exits', 'process.exit(5);', 'Runtime.ExitError', 'Runtime exited with error: exit status 5'],
    ['exits without an error', 'process.exit();', 'Runtime.ExitError', 'Runtime exited without providing a reason'],
    [
      'kills its process',
      'process.kill(process.pid, "SIGKILL");',
      'Runtime.ExitError',
      'Runtime exited with error: signal: killed',
    ],
    ['aborts', 'process.abort();', 'Runtime.ExitError', 'Runtime exited with error: signal: aborted'],
    [
      'leaves an exception uncaught',
      'setTimeout(() => { throw new TypeError("late"); }); await new Promise(() => {});',
      'TypeError',
      'late',
    ],
    [
      'leaves a rejection unhandled',
      'Promise.reject(new Error("lost")); await new Promise(() => {});',
      'Runtime.UnhandledPromiseRejection',
      'Error: lost',
    ],
  ])('because its handler %s is a crash of that invocation alone', async (_, death, errorType, message) => {
    const lines: string[] = [];
    const lambda = bundles.function(once(death), {}, { log: (line) => lines.push(line) });
    const answer = await lambda.invoke({});
    expect(answer).toMatchObject({ ok: false, kind: 'crash', errorType });
    expect(answer).toHaveProperty('errorMessage', expect.stringContaining(message));
    expect(lines).toContainEqual(expect.stringContaining(message));
    expect(await lambda.invoke({})).toEqual({ ok: true, payload: 'alive' });
    expect(lambda.figures().coldStarts).toBe(2);
  });

  test.each([
    ['objects', 'const a = []; for (;;) a.push({ at: a.length });'],
    [
      'a map, whose table V8 can only grow at one go',
      'const a = new Map(); for (let i = 0; ; i++) a.set("k" + i, { i });',
    ],
    ['arrays', 'const a = []; for (;;) a.push(new Array(1000).fill(1.5));'],
    ['buffers, which are not on the heap', 'const a = []; for (;;) { a.push(Buffer.alloc(1e6, 1)); await null; }'],
  ])('because it fills its memory with %s takes nothing else along', async (_, death) => {
    const lambda = bundles.function(once(death), { memoryMb: 128 });
    expect(await lambda.invoke({})).toMatchObject({ ok: false, kind: 'crash', errorType: 'Runtime.OutOfMemory' });
    expect(await lambda.invoke({})).toEqual({ ok: true, payload: 'alive' });
  });

  test('because a test kills it in the middle crashes, and has no further effect', async () => {
    const source = `
      import { appendFileSync } from 'node:fs';
      export const handler = async (event) => {
        for (;;) {
          appendFileSync(process.env.LAMBDA_TASK_ROOT + '/effects', '.');
          if (event.finish) return 'done';
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      };`;
    const lambda = bundles.function(source);
    const effects = () => {
      try {
        return readFileSync(`${lambda.spec.directory}/effects`, 'utf8').length;
      } catch {
        return 0;
      }
    };
    const answer = lambda.invoke({});
    await eventually('effects', () => (effects() > 2 ? true : undefined));
    expect(await lambda.killRunning()).toBe(1);
    const then = effects();
    expect(await answer).toMatchObject({ ok: false, kind: 'crash', errorType: 'Runtime.ExitError' });
    expect(await lambda.invoke({ finish: true })).toEqual({ ok: true, payload: 'done' });
    expect(effects()).toBe(then + 1);
    expect(await lambda.killRunning()).toBe(0);
  });
});

describe('under chaos', () => {
  const noting = `
    import { appendFileSync } from 'node:fs';
    export const handler = (event) => { appendFileSync(process.env.LAMBDA_TASK_ROOT + '/ran', event.n + '\\n'); return event.n; };`;

  /** What became of invocations one after the other, and which of them the handler saw. */
  async function schedule(seed: number) {
    const lambda = bundles.function(noting, {}, { chaos: chaosOf(seed), crashProbability: 0.3 });
    writeFileSync(`${lambda.spec.directory}/ran`, '');
    const ok: boolean[] = [];
    for (let n = 0; n < 12; n++) ok.push((await lambda.invoke({ n })).ok);
    const ran = new Set(readFileSync(`${lambda.spec.directory}/ran`, 'utf8').trim().split('\n').map(Number));
    return ok.map((answered, n) => (answered ? 'ok' : ran.has(n) ? 'crashed after' : 'crashed before'));
  }

  test('crashes before some handlers and after others, and the same ones for the same seed', async () => {
    const first = await schedule(5);
    expect(first).toContain('ok');
    expect(first).toContain('crashed before');
    expect(first).toContain('crashed after');
    expect(await schedule(5)).toEqual(first);
  });
});
