import { afterEach, describe, expect, test } from 'vitest';
import { eventually } from '../../../support/eventually.ts';
import { LocalApis, post } from '../../../support/local-api.ts';
import { TurnedClock } from '../../../support/turned-clock.ts';

const apis = new LocalApis();
afterEach(() => apis.remove());

describe('the answer', () => {
  const answering = (result: string) => apis.start(`export const handler = async () => (${result});`);

  test('is what the function says: status, headers, cookies, body', async () => {
    const api = await answering(`{
      statusCode: 201,
      headers: { 'Content-Type': 'text/html', 'X-Count': 3, 'content-length': '999', connection: 'upgrade' },
      cookies: ['a=1; Path=/', 'b=2'],
      body: '<p>é</p>',
    }`);
    const answer = await post(api, 'x');
    expect(answer.status).toBe(201);
    expect(answer.headers.get('content-type')).toBe('text/html');
    expect(answer.headers.get('x-count')).toBe('3');
    expect(answer.headers.get('content-length')).toBe('9');
    expect(answer.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2']);
    expect(await answer.text()).toBe('<p>é</p>');
  });

  test('is decoded where the function says that it is base64', async () => {
    const bytes = Buffer.from([0, 255, 128, 10]);
    const api = await answering(`{ statusCode: 200, isBase64Encoded: true, body: '${bytes.toString('base64')}' }`);
    expect(Buffer.from(await (await post(api, 'x')).arrayBuffer())).toEqual(bytes);
  });

  test.each([
    [`{ hello: 'é' }`, '{"hello":"é"}'],
    [`'just text'`, 'just text'],
    ['[1, 2]', '[1,2]'],
    ['undefined', 'null'],
  ])('is inferred from a result without a status code: %s', async (result, body) => {
    const answer = await post(await answering(result), 'x');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.text()).toBe(body);
  });

  test('has no body with 204, and plain text where the function names no type', async () => {
    const empty = await post(await answering('{ statusCode: 204 }'), 'x');
    expect([empty.status, await empty.text()]).toEqual([204, '']);
    const plain = await post(await answering(`{ statusCode: 200, body: 'ok' }`), 'x');
    expect(plain.headers.get('content-type')).toBe('text/plain;charset=UTF-8');
  });

  test.each([
    ['throws', 'export const handler = async () => { throw new Error("secret detail"); };'],
    ['cannot be loaded', 'throw new Error("secret detail");'],
    ['ends its process', 'export const handler = async () => process.exit(1);'],
    ['answers a status that is none', 'export const handler = async () => ({ statusCode: 99 });'],
    ['answers a body that is no text', 'export const handler = async () => ({ statusCode: 200, body: { a: 1 } });'],
    [
      'answers a header that is none',
      `export const handler = async () => ({ statusCode: 200, headers: { a: 'b\\n' } });`,
    ],
  ])('is 500 without any detail when the function %s', async (_, source) => {
    const answer = await post(await apis.start(source), 'x');
    expect(answer.status).toBe(500);
    expect(await answer.text()).toBe('{"message":"Internal Server Error"}');
  });

  test('is 500 when the function times out or is throttled', async () => {
    const slow = apis.bundles.function(
      'export const handler = () => new Promise(() => {});',
      { timeoutMs: 300 },
      { maxConcurrency: 1 },
    );
    const api = await apis.start(slow);
    const answers = await Promise.all([post(api, 'x'), post(api, 'y')]);
    expect(answers.map(({ status }) => status)).toEqual([500, 500]);
    expect(slow.figures()).toMatchObject({ invocations: 1, throttles: 1 });
  });

  test('is 503 when the function takes longer than 30 seconds, which it may go on doing', async () => {
    const clock = new TurnedClock(Date.now());
    const lambda = apis.bundles.function('export const handler = () => new Promise(() => {});');
    const api = await apis.start(lambda, { clock });
    const answer = post(api, 'x');
    await eventually('the function at work', () => (lambda.figures().running === 1 ? true : undefined));
    clock.turn(29_999);
    clock.turn(1);
    expect((await answer).status).toBe(503);
    expect(await (await answer).json()).toEqual({ message: 'Service Unavailable' });
    expect(lambda.figures().running).toBe(1);
  });
});
