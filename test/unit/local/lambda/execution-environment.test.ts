import { existsSync, readFileSync, statSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { ExecutionEnvironment } from '../../../../infra/local/lambda/execution-environment.ts';
import { systemClock } from '../../../../infra/local/service.ts';
import { eventually } from '../../../support/eventually.ts';
import { Bundles } from '../../../support/lambda-bundle.ts';
import { TurnedClock } from '../../../support/turned-clock.ts';

const bundles = new Bundles();
afterEach(() => bundles.remove());

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

  test('because its time is up in a loop that V8 optimizes while it runs is killed as well, and not given up', async () => {
    const clock = new TurnedClock(Date.now());
    const source = `
      import { writeFileSync } from 'node:fs';
      const kept = {};
      function spin(rounds) {
        for (let round = 0; round < rounds; round++) kept.last = new Array(1000).fill(1.5);
      }
      export const handler = () => {
        spin(300_000);
        writeFileSync(process.env.LAMBDA_TASK_ROOT + '/optimized', '');
        spin(Infinity);
      };`;
    const lambda = bundles.function(source, { timeoutMs: 3_000 }, { clock });
    const answer = lambda.invoke({});
    const mark = `${lambda.spec.directory}/optimized`;
    await eventually('a loop hot for a while', () =>
      existsSync(mark) && Date.now() - statSync(mark).mtimeMs > 400 ? true : undefined,
    );
    clock.turn(3_000);
    expect(await answer).toMatchObject({ kind: 'timeout' });
  });

  test('answers why, instead of running anything more', async () => {
    const { spec } = bundles.function(once('process.exit(0);'));
    const environment = new ExecutionEnvironment(spec, systemClock, () => {});
    expect(await environment.start('cold')).toMatchObject({ ok: true });
    const killed = environment.kill();
    const verdict = {
      ok: false,
      kind: 'crash',
      errorMessage: expect.stringMatching(/^RequestId: late Error: .*killed/),
    };
    expect(await environment.invoke('late', '{}')).toMatchObject(verdict);
    await killed;
    expect(await environment.invoke('late', '{}')).toMatchObject(verdict);
    expect(environment.alive).toBe(false);
  });
});
