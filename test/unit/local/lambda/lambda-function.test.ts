import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { chaosOf } from '../../../../infra/local/chaos.ts';
import { eventually } from '../../../support/eventually.ts';
import { Bundles } from '../../../support/lambda-bundle.ts';

const bundles = new Bundles();
afterEach(() => bundles.remove());

describe('a Lambda function', () => {
  test('runs the handler of its bundle and answers what it returns, as JSON', async () => {
    const echo = bundles.function(
      'export const handler = async (event) => ({ got: event, at: new Date(0), gone: undefined });',
    );
    expect(await echo.invoke({ text: '✓ 🐌', when: new Date(0), left: undefined })).toEqual({
      ok: true,
      payload: { got: { text: '✓ 🐌', when: '1970-01-01T00:00:00.000Z' }, at: '1970-01-01T00:00:00.000Z' },
    });
  });

  test('answers null for a handler that returns nothing, and takes one that is not async', async () => {
    const nothing = bundles.function('export const handler = () => {};');
    expect(await nothing.invoke(undefined)).toEqual({ ok: true, payload: null });
  });

  test('finds the handler by its module and its export', async () => {
    const named = bundles.function('export const run = () => 1; export const other = () => 2;', {
      handler: 'index.other',
    });
    expect(await named.invoke({})).toEqual({ ok: true, payload: 2 });
  });

  test('sees its own variables, what Lambda sets, and nothing of the environment around it', async () => {
    process.env.NERITE_TEST_SECRET = 'of the parent';
    const environment = bundles.function('export const handler = () => process.env;', {
      environment: { STAGE: 'test', AWS_ENDPOINT_URL: 'http://127.0.0.1:4566', AWS_LAMBDA_FUNCTION_NAME: 'forged' },
      memoryMb: 256,
      region: 'eu-west-1',
    });
    const answer = await environment.invoke({});
    delete process.env.NERITE_TEST_SECRET;
    const variables = (answer as { payload: Record<string, string> }).payload;
    expect(variables).toMatchObject({
      STAGE: 'test',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
      AWS_REGION: 'eu-west-1',
      AWS_LAMBDA_FUNCTION_NAME: 'nerite-test-orders',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      LAMBDA_TASK_ROOT: environment.spec.directory,
      _HANDLER: 'index.handler',
    });
    for (const name of ['NERITE_TEST_SECRET', 'HOME', 'PATH', 'USER']) expect(variables).not.toHaveProperty(name);
  });

  test('gives the handler a context with its name, request, memory and remaining time', async () => {
    const source = `export const handler = async (_, context) => {
      const before = context.getRemainingTimeInMillis();
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { ...context, before, after: context.getRemainingTimeInMillis() };
    };`;
    const lambda = bundles.function(source, { timeoutMs: 9_000 });
    const [first, second] = [await lambda.invoke({}), await lambda.invoke({})];
    expect(first).toMatchObject({
      ok: true,
      payload: {
        functionName: 'nerite-test-orders',
        functionVersion: '$LATEST',
        memoryLimitInMB: '128',
        invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:nerite-test-orders',
        logGroupName: '/aws/lambda/nerite-test-orders',
        awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
    const { payload } = first as { payload: { before: number; after: number; awsRequestId: string } };
    expect(payload.before).toBeLessThanOrEqual(9_000);
    expect(payload.after).toBeLessThan(payload.before);
    expect((second as typeof first & { payload: typeof payload }).payload.awsRequestId).not.toBe(payload.awsRequestId);
  });

  test('logs what the handler writes, line by line', async () => {
    const lines: string[] = [];
    const source = `export const handler = () => {
      console.log('one\\ntwo');
      process.stdout.write('th');
      process.stdout.write('ree\\n');
      console.error('four');
    };`;
    await bundles.function(source, {}, { log: (line) => lines.push(line) }).invoke({});
    await eventually('four lines', () => (lines.length >= 4 ? lines : undefined));
    expect(lines.toSorted()).toEqual(['four', 'one', 'three', 'two']);
  });
});

describe('errors of a handler', () => {
  test('are answered with their name and message, and logged with their stack; the environment stays', async () => {
    const lines: string[] = [];
    const source = `let runs = 0; export const handler = async () => { if (runs++ === 0) throw new RangeError('no stock'); return runs; };`;
    const lambda = bundles.function(source, {}, { log: (line) => lines.push(line) });
    expect(await lambda.invoke({})).toEqual({
      ok: false,
      kind: 'error',
      errorType: 'RangeError',
      errorMessage: 'no stock',
    });
    expect(await lambda.invoke({})).toEqual({ ok: true, payload: 2 });
    const line = await eventually('the error', () => lines.find((each) => each.startsWith('Invoke Error')));
    expect(JSON.parse(line.slice('Invoke Error'.length))).toMatchObject({
      errorMessage: 'no stock',
      stack: expect.arrayContaining([expect.stringContaining('index.mjs')]),
    });
  });

  test('may be anything that can be thrown', async () => {
    const thrown = bundles.function(`export const handler = () => { throw 'a string'; };`);
    expect(await thrown.invoke({})).toMatchObject({ kind: 'error', errorType: 'string', errorMessage: 'a string' });
  });

  test('include an answer that is not JSON', async () => {
    const circular = bundles.function('export const handler = () => { const a = {}; a.a = a; return a; };');
    expect(await circular.invoke({})).toMatchObject({
      kind: 'error',
      errorMessage: 'Unable to stringify response body',
    });
  });
});

describe('limits', () => {
  test('refuse a request above 6 MB before anything runs', async () => {
    const lambda = bundles.function('export const handler = () => 1;');
    const fits = 'a'.repeat(6_291_556 - 2);
    expect(await lambda.invoke(`${fits}a`)).toMatchObject({ kind: 'error', errorType: 'RequestTooLarge' });
    expect(lambda.figures().coldStarts).toBe(0);
    expect(await lambda.invoke(fits)).toEqual({ ok: true, payload: 1 });
  });

  test('count bytes, not characters', async () => {
    const lambda = bundles.function('export const handler = () => 1;');
    expect(await lambda.invoke('é'.repeat(3_200_000))).toMatchObject({ errorType: 'RequestTooLarge' });
  });

  test('refuse a response above 6 MB', async () => {
    const lambda = bundles.function('export const handler = (length) => "a".repeat(length);');
    expect(await lambda.invoke(6_291_556 - 1)).toEqual({
      ok: false,
      kind: 'error',
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: 'Response payload size exceeded maximum allowed payload size (6291556 bytes).',
    });
    expect(await lambda.invoke(6_291_556 - 2)).toMatchObject({ ok: true });
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
