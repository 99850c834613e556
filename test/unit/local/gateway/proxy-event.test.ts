import { afterEach, describe, expect, test } from 'vitest';
import { echo, eventOf, LocalApis, post } from '../../../support/local-api.ts';
import { sendRaw } from '../../../support/raw-http.ts';
import { TurnedClock } from '../../../support/turned-clock.ts';

const apis = new LocalApis();
afterEach(() => apis.remove());

describe('the event', () => {
  test('has payload format 2.0', async () => {
    const clock = new TurnedClock(Date.UTC(2020, 2, 12, 19, 3, 58, 390));
    const api = await apis.start(echo, { clock });
    const { port } = new URL(api.url);
    const answer = await sendRaw(
      api.url,
      `POST /webhooks/github?b=1&a=x%20y+z&b=2&c HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: probe/1\r\n`,
      'X-Twice: one\r\nX-TWICE: two\r\nCookie: a=1; b=2\r\ncookie: c=3\r\nContent-Type: Application/JSON; charset=utf-8\r\n',
      'X-Forwarded-For: 10.0.0.1\r\nConnection: close\r\nContent-Length: 12\r\n\r\n{"a": "\u00e9" }',
    );
    expect(answer.status).toBe(200);
    const event = JSON.parse(answer.body);
    const requestId = answer.headers.find(([name]) => name === 'apigw-requestid')?.[1];
    expect(requestId).toMatch(/^[\w+/]{15}=$/);
    expect(event).toEqual({
      version: '2.0',
      routeKey: 'POST /webhooks/github',
      rawPath: '/webhooks/github',
      rawQueryString: 'b=1&a=x%20y+z&b=2&c',
      cookies: ['a=1', 'b=2', 'c=3'],
      headers: {
        host: `127.0.0.1:${port}`,
        'user-agent': 'probe/1',
        'x-twice': 'one,two',
        'content-type': 'Application/JSON; charset=utf-8',
        'content-length': '12',
        'x-forwarded-for': '10.0.0.1, 127.0.0.1',
        'x-forwarded-port': port,
        'x-forwarded-proto': 'http',
        'x-amzn-trace-id': expect.stringMatching(/^Root=1-5e6a879e-[0-9a-f]{24}$/),
      },
      queryStringParameters: { b: '1,2', a: 'x y z', c: '' },
      requestContext: {
        accountId: '000000000000',
        apiId: 'api1234567',
        domainName: 'api1234567.execute-api.us-east-1.amazonaws.com',
        domainPrefix: 'api1234567',
        http: {
          method: 'POST',
          path: '/webhooks/github',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'probe/1',
        },
        requestId,
        routeKey: 'POST /webhooks/github',
        stage: '$default',
        time: '12/Mar/2020:19:03:58 +0000',
        timeEpoch: clock.now(),
      },
      body: '{"a": "é" }',
      isBase64Encoded: false,
    });
  });

  test('has neither cookies nor query parameters nor a body where the request has none', async () => {
    const event = await eventOf(post(await apis.start(), undefined));
    for (const name of ['cookies', 'queryStringParameters', 'body', 'pathParameters'])
      expect(event).not.toHaveProperty(name);
    expect(event).toMatchObject({ rawQueryString: '', isBase64Encoded: false, headers: { 'content-length': '0' } });
  });

  test('keeps a header apart from what every object has', async () => {
    const api = await apis.start();
    const answer = await sendRaw(
      api.url,
      `POST /webhooks/github HTTP/1.1\r\nHost: ${new URL(api.url).host}\r\n__proto__: x\r\nConstructor: y\r\nConnection: close\r\n\r\n`,
    );
    expect(answer.body).toContain('"__proto__":"x"');
    expect(JSON.parse(answer.body).headers).toMatchObject({ constructor: 'y' });
  });
});
