import { once } from 'node:events';
import { Agent, request as httpRequest, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { type HttpApi, startHttpApi } from '../../../../infra/local/gateway/http-api.ts';
import { eventually } from '../../../support/eventually.ts';
import { echo, LocalApis, post } from '../../../support/local-api.ts';
import { rawConnection, sendRaw } from '../../../support/raw-http.ts';

const apis = new LocalApis();
afterEach(() => apis.remove());

describe('connections', () => {
  test('are taken on 127.0.0.1 only, and a port in use is said plainly', async () => {
    const api = await apis.start();
    expect(api.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const port = Number(new URL(api.url).port);
    await expect(startHttpApi({ port, apiId: 'a', routes: [] })).rejects.toThrow(`port ${port} is in use`);
    await expect(fetch(`http://127.0.0.2:${port}/webhooks/github`, { method: 'POST' })).rejects.toThrow();
  });

  test('of web pages are refused with 403', async () => {
    const lambda = apis.bundles.function(echo);
    const api = await apis.start(lambda, { extra: () => true });
    const { host } = new URL(api.url);
    const statusWith = async (headers: string, path = '/webhooks/github') =>
      (await sendRaw(api.url, `POST ${path} HTTP/1.1\r\n${headers}\r\nConnection: close\r\n\r\n`)).status;
    expect(await statusWith('Host: evil.example')).toBe(403);
    expect(await statusWith('Host: evil.example', '/_local/state')).toBe(403);
    expect(await statusWith(`Host: ${host}\r\nOrigin: https://evil.example`)).toBe(403);
    expect(await statusWith(`Host: ${host}\r\nSec-Fetch-Site: cross-site`)).toBe(403);
    expect(lambda.figures().invocations).toBe(0);
    expect(await statusWith(`Host: ${host}`)).toBe(200);
  });

  test('that speak no HTTP get 400 and are closed', async () => {
    const api = await apis.start();
    expect(await sendRaw(api.url, 'nonsense\r\n\r\n')).toMatchObject({
      status: 400,
      body: '{"message":"Bad Request"}',
    });
    const { host } = new URL(api.url);
    const broken = `POST /webhooks/github HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`;
    expect((await sendRaw(api.url, broken)).status).toBe(400);
  });

  test('are kept alive across answers, refusals too', async () => {
    const api = await apis.start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (const path of ['/webhooks/github', '/unknown', '/webhooks/github']) {
      const request = httpRequest(api.url + path, { method: 'POST', agent });
      request.end('x'.repeat(100_000));
      const [response] = await once(request, 'response');
      ports.add(request.socket?.localPort);
      await text(response);
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });

  test('whose client leaves in the middle of a body do no harm', async () => {
    const lambda = apis.bundles.function(echo);
    const api = await apis.start(lambda);
    const socket = rawConnection(api.url);
    socket.write(`POST /webhooks/github HTTP/1.1\r\nHost: ${new URL(api.url).host}\r\nContent-Length: 10\r\n\r\nabc`);
    await once(socket, 'connect');
    socket.destroy();
    expect((await post(api, 'x')).status).toBe(200);
    expect(lambda.figures().invocations).toBe(1);
  });

  test('are closed at the end, but only after what is at work was answered', async () => {
    const lambda = apis.bundles.function(`export const handler = async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return 'finished';
    };`);
    const api = await apis.start(lambda);
    const unfinished = rawConnection(api.url);
    unfinished.write(
      `POST /webhooks/github HTTP/1.1\r\nHost: ${new URL(api.url).host}\r\nContent-Length: 10\r\n\r\nabc`,
    );
    await once(unfinished, 'connect');
    const answer = post(api, 'x');
    await eventually('the function at work', () => (lambda.figures().running === 1 ? true : undefined));
    const closed = once(unfinished, 'close');
    await api.close();
    await closed;
    expect(await (await answer).text()).toBe('finished');
    await expect(post(api, 'x')).rejects.toThrow();
  });
});

describe('a host that a tunnel comes by', () => {
  const ask = (api: HttpApi, path: string, host: string, more: Record<string, string> = {}) =>
    new Promise<number | undefined>((resolve, reject) => {
      const asked = httpRequest(`${api.url}${path}`, { method: 'POST', headers: { host, ...more } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asked.on('error', reject).end();
    });

  test('brings webhooks, and nothing that is for this machine alone', async () => {
    const extra = (_: unknown, response: ServerResponse) => response.end('inside') !== undefined;
    const api = await apis.start(echo, { publicHost: 'hooks.example.com', extra });
    expect(await ask(api, '/webhooks/github', 'hooks.example.com')).toBe(200);
    expect(await ask(api, '/webhooks/github', 'other.example.com')).toBe(403);
    expect(await ask(api, '/webhooks/github', 'hooks.example.com', { origin: 'https://hooks.example.com' })).toBe(403);
    expect(await ask(api, '/_local/state', 'hooks.example.com')).toBe(403);
    expect(await ask(api, '/_local/state', new URL(api.url).host)).toBe(200);
  });
});
