import { afterEach, describe, expect, test } from 'vitest';
import { echo, LocalApis, post } from '../../../support/local-api.ts';
import { sendRaw } from '../../../support/raw-http.ts';
import { TurnedClock } from '../../../support/turned-clock.ts';

const apis = new LocalApis();
afterEach(() => apis.remove());

describe('limits', () => {
  test('refuse a body above 10 MB with 413, however it is sent, and the function never sees it', async () => {
    const lambda = apis.bundles.function(echo);
    const api = await apis.start(lambda);
    const tooMuch = Buffer.alloc(10 * 1024 * 1024 + 1, 'a');
    const chunks = new ReadableStream({
      start(controller) {
        for (let at = 0; at < tooMuch.length; at += 500_000) controller.enqueue(tooMuch.subarray(at, at + 500_000));
        controller.close();
      },
    });
    const chunked = fetch(`${api.url}/webhooks/github`, {
      method: 'POST',
      body: chunks,
      duplex: 'half',
    } as RequestInit);
    for (const answer of [await post(api, tooMuch), await chunked]) {
      expect(answer.status).toBe(413);
      expect(await answer.json()).toEqual({ message: 'Request Entity Too Large' });
      expect(answer.headers.get('apigw-requestid')).toBeTruthy();
    }
    expect(lambda.figures().invocations).toBe(0);
  });

  test('refuse with 413 what becomes larger than 6 MB as an event', async () => {
    const api = await apis.start('export const handler = async (event) => event.body.length;');
    const body = Buffer.alloc(5_000_000, 'a');
    expect((await post(api, body, { 'content-type': 'text/plain' })).status).toBe(200);
    const encoded = await post(api, body, { 'content-type': 'application/octet-stream' });
    expect(encoded.status).toBe(413);
    expect(await encoded.json()).toEqual({ message: 'Request Entity Too Large' });
  });

  test('refuse request line and header values above 10,240 bytes with 431', async () => {
    const api = await apis.start('export const handler = async () => 1;');
    const { host } = new URL(api.url);
    const line = 'POST /webhooks/github HTTP/1.1';
    const fits = 10_240 - line.length - host.length - 'close'.length;
    const send = (length: number) =>
      sendRaw(api.url, `${line}\r\nHost: ${host}\r\nConnection: close\r\nX-Long: ${'a'.repeat(length)}\r\n\r\n`);
    expect((await send(fits)).status).toBe(200);
    expect(await send(fits + 1)).toMatchObject({
      status: 431,
      body: '{"message":"Request Header Fields Too Large"}',
    });
    expect((await send(60_000)).status).toBe(431);
  });

  test('throttle each route on its own with 429', async () => {
    const clock = new TurnedClock(Date.now());
    const lambda = apis.bundles.function('export const handler = async () => 1;');
    const throttle = { ratePerSecond: 2, burst: 3 };
    const routes = ['POST /webhooks/github', 'POST /webhooks/stripe'].map((key) => ({
      key,
      function: lambda,
      throttle,
    }));
    const api = await apis.start(lambda, { routes, clock });
    const status = async (source: string) => (await fetch(`${api.url}/webhooks/${source}`, { method: 'POST' })).status;
    const statuses = async (times: number) => {
      const seen: number[] = [];
      for (let n = 0; n < times; n++) seen.push(await status('github'));
      return seen;
    };
    expect(await statuses(4)).toEqual([200, 200, 200, 429]);
    expect(await (await post(api, 'x')).json()).toEqual({ message: 'Too Many Requests' });
    expect(await status('stripe')).toBe(200);
    clock.turn(1_000);
    expect(await statuses(3)).toEqual([200, 200, 429]);
    clock.turn(60_000);
    expect(await statuses(4)).toEqual([200, 200, 200, 429]);
  });
});
