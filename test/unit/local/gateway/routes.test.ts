import { afterEach, describe, expect, test } from 'vitest';
import { startHttpApi } from '../../../../infra/local/gateway/http-api.ts';
import { echo, LocalApis, post } from '../../../support/local-api.ts';
import { sendRaw } from '../../../support/raw-http.ts';

const apis = new LocalApis();
afterEach(() => apis.remove());

describe('routing', () => {
  test.each([
    ['POST', '/'],
    ['POST', '/webhooks'],
    ['POST', '/webhooks/github/'],
    ['POST', '/webhooks/GitHub'],
    ['POST', '//webhooks/github'],
    ['POST', '/webhooks/stripe'],
    ['GET', '/webhooks/github'],
    ['HEAD', '/webhooks/github'],
    ['PUT', '/webhooks/github'],
    ['OPTIONS', '/webhooks/github'],
    ['GET', '/_local/state'],
  ])('answers %s %s with 404', async (method, path) => {
    const lambda = apis.bundles.function(echo);
    const api = await apis.start(lambda);
    const answer = await fetch(api.url + path, { method });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.text()).toBe(method === 'HEAD' ? '' : '{"message":"Not Found"}');
    expect(lambda.figures().invocations).toBe(0);
  });

  test('takes the absolute form of a target', async () => {
    const api = await apis.start();
    const answer = await sendRaw(
      api.url,
      `POST ${api.url}/webhooks/github?a=1 HTTP/1.1\r\nHost: ${new URL(api.url).host}\r\nConnection: close\r\n\r\n`,
    );
    expect(JSON.parse(answer.body)).toMatchObject({ rawPath: '/webhooks/github', rawQueryString: 'a=1' });
  });

  test('leaves what is below /_local/ to whoever serves it, and nothing else', async () => {
    const seen: (string | undefined)[] = [];
    const api = await apis.start(echo, {
      extra: (request, response) => {
        seen.push(request.url);
        if (request.url !== '/_local/state') return false;
        response.end('mine');
        return true;
      },
    });
    expect(await (await fetch(`${api.url}/_local/state`)).text()).toBe('mine');
    expect((await fetch(`${api.url}/_local/other`)).status).toBe(404);
    expect((await post(api, 'x')).status).toBe(200);
    expect(seen).toEqual(['/_local/state', '/_local/other']);
  });

  test.each(['ANY /webhooks/github', '$default', 'POST /webhooks/{source}', 'POST webhooks'])(
    'refuses to start with the route key %s, which it does not serve',
    async (key) => {
      const routes = [{ key, function: apis.bundles.function(echo) }];
      await expect(startHttpApi({ port: 0, apiId: 'a', routes })).rejects.toThrow(`got ${key}`);
    },
  );
});
