import { afterEach, describe, expect, test } from 'vitest';
import { Bundles } from '../../../support/lambda-bundle.ts';

const bundles = new Bundles();
afterEach(() => bundles.remove());

describe('a bundle that cannot be loaded', () => {
  test.each([
    [
      'throws at import',
      'throw new TypeError("no such table");',
      'Runtime.ImportModuleError',
      'TypeError: no such table',
    ],
    ['imports what is not there', 'import "./missing.mjs";', 'Runtime.ImportModuleError', 'missing.mjs'],
    ['is not JavaScript', 'export const handler = (;', 'Runtime.UserCodeSyntaxError', 'SyntaxError'],
    [
      'has no such export',
      'export const other = 1;',
      'Runtime.HandlerNotFound',
      'index.handler is undefined or not exported',
    ],
    ['exports no function', 'export const handler = 1;', 'Runtime.HandlerNotFound', 'index.handler is not a function'],
    [
      'still takes a callback',
      'export const handler = (event, context, callback) => callback();',
      'Runtime.CallbackHandlerDeprecated',
      '(event, context)',
    ],
  ])('because it %s is an error that names the function', async (_, source, errorType, message) => {
    const lambda = bundles.function(source);
    const answer = await lambda.invoke({});
    expect(answer).toMatchObject({ ok: false, kind: 'error', errorType });
    expect(answer).toHaveProperty('errorMessage', expect.stringMatching(/^nerite-test-orders: /));
    expect(answer).toHaveProperty('errorMessage', expect.stringContaining(message));
    await expect(lambda.warmUp()).rejects.toThrow(/^nerite-test-orders: /);
    expect(lambda.figures().environments).toBe(0);
  });

  test('because there is none names the module and the folder', async () => {
    const lambda = bundles.function('', { handler: 'main.handler' });
    expect(await lambda.invoke({})).toMatchObject({
      errorType: 'Runtime.ImportModuleError',
      errorMessage: `nerite-test-orders: Cannot find module 'main' in ${lambda.spec.directory}`,
    });
  });

  test('because it ends the process at import is a crash', async () => {
    const lambda = bundles.function('process.exit(3);');
    expect(await lambda.invoke({})).toMatchObject({ kind: 'crash', errorType: 'Runtime.ExitError' });
  });

  test('because Node refuses its options is an error that names the function', async () => {
    const lambda = bundles.function('export const handler = () => 1;', {
      environment: { NODE_OPTIONS: '--no-such-option' },
    });
    expect(await lambda.invoke({})).toMatchObject({
      kind: 'error',
      errorMessage: expect.stringMatching(/^nerite-test-orders: .*--no-such-option/s),
    });
  });
});
