import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import type { HttpApi } from '../../../../infra/local/gateway/http-api.ts';
import { eventually } from '../../../support/eventually.ts';
import { eventOf, LocalApis, post } from '../../../support/local-api.ts';
import { parsed, rawConnection, sendRaw } from '../../../support/raw-http.ts';

const apis = new LocalApis();
afterEach(() => apis.remove());

/** What of the request the function sees as its body. */
async function bodySeen(api: HttpApi, body: string | Buffer<ArrayBuffer>, contentType?: string) {
  const event = await eventOf(post(api, Buffer.from(body), contentType ? { 'content-type': contentType } : {}));
  return { body: event.body, isBase64Encoded: event.isBase64Encoded };
}

describe('a body', () => {
  test.each([
    'text/plain',
    'text/csv; charset=utf-8',
    'application/json',
    'application/json;charset=UTF-8',
    'APPLICATION/XML',
    'application/javascript',
  ])('of type %s arrives as text, to the byte', async (contentType) => {
    const body = '\uFEFF{"snail": "🐌",\r\n\t"nul": "\u0000\uFFFE"} ';
    expect(await bodySeen(await apis.start(), body, contentType)).toEqual({ body, isBase64Encoded: false });
  });

  test.each([
    'application/x-www-form-urlencoded',
    'application/cloudevents+json',
    'application/atom+xml',
    'application/octet-stream',
    'application/jsonp',
    'image/png',
    'nonsense',
  ])('of type %s arrives base64', async (contentType) => {
    const body = '{"snail": "🐌"}';
    expect(await bodySeen(await apis.start(), body, contentType)).toEqual({
      body: Buffer.from(body).toString('base64'),
      isBase64Encoded: true,
    });
  });

  test('without a type arrives base64', async () => {
    expect(await bodySeen(await apis.start(), 'plain')).toEqual({ body: 'cGxhaW4=', isBase64Encoded: true });
  });

  test('that is not UTF-8 under a text type arrives base64, so that no byte is lost', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
    expect(await bodySeen(await apis.start(), bytes, 'text/plain')).toEqual({
      body: bytes.toString('base64'),
      isBase64Encoded: true,
    });
  });

  test('that is compressed passes as it is, with its header', async () => {
    const body = gzipSync('{"a":1}');
    const event = await eventOf(
      post(await apis.start(), body, { 'content-type': 'application/json', 'content-encoding': 'gzip' }),
    );
    expect(event).toMatchObject({
      body: body.toString('base64'),
      isBase64Encoded: true,
      headers: { 'content-encoding': 'gzip' },
    });
  });

  test('in chunks is put together, and has a length', async () => {
    const api = await apis.start();
    const answer = await sendRaw(
      api.url,
      `POST /webhooks/github HTTP/1.1\r\nHost: ${new URL(api.url).host}\r\nContent-Type: text/plain\r\n`,
      'Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nab\xc3\r\n'.replace('\xc3', 'c'),
      '5;ext=1\r\n\r\ndef\r\n0\r\nTrailer: x\r\n\r\n',
    );
    const event = JSON.parse(answer.body);
    expect(event).toMatchObject({ body: 'abc\r\ndef', headers: { 'content-length': '8' } });
    expect(event.headers).not.toHaveProperty('transfer-encoding');
  });

  test('is asked for when the client waits for 100 Continue, and only where it is wanted', async () => {
    const api = await apis.start();
    const { host } = new URL(api.url);
    const head = (path: string, length: number) =>
      `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nExpect: 100-continue\r\nContent-Type: text/plain\r\nContent-Length: ${length}\r\n\r\n`;
    const socket = rawConnection(api.url);
    let received = '';
    socket.on('data', (data) => {
      received += data;
    });
    socket.write(head('/webhooks/github', 5));
    await eventually('100 Continue', () => (received.includes('100 Continue\r\n\r\n') ? true : undefined));
    received = '';
    socket.write('hello');
    await eventually('the answer', () => (received.includes('"isBase64Encoded"') ? true : undefined));
    expect(parsed(received).status).toBe(200);
    expect(received).toContain('"body":"hello"');
    socket.destroy();

    expect((await sendRaw(api.url, head('/elsewhere', 5))).status).toBe(404);
    expect((await sendRaw(api.url, head('/webhooks/github', 11_000_000))).status).toBe(413);
  });
});
