import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { withinTrace } from '../../../functions/consume/ambient-trace.ts';
import { failureOf, request } from '../../../functions/consume/http.ts';
import { PermanentError, RetryLater, TransientError } from '../../../functions/core/errors.ts';

const now = Date.parse('2026-11-21T12:00:00Z');

let server: Server;
let url: string;
let host: string;
/** What the server does with a request; each test sets its own. */
let serve: (incoming: IncomingMessage, outgoing: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((incoming, outgoing) => serve(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  url = `http://${host}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  serve = (_incoming, outgoing) => outgoing.writeHead(204).end();
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const answering =
  (status: number, headers: Record<string, string> = {}, body = '') =>
  (_incoming: IncomingMessage, outgoing: ServerResponse): void => {
    outgoing.writeHead(status, headers).end(body);
  };
const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable('must throw'),
    (error: unknown) => error,
  );

describe('what is no failure', () => {
  test('is answered as fetch answers it, its body unread', async () => {
    serve = answering(200, { 'x-kind': 'order' }, '{"id":7}');
    const response = await request(`${url}/orders/7`);
    expect(response.headers.get('x-kind')).toBe('order');
    expect(await response.json()).toEqual({ id: 7 });
  });

  test('is what a redirect leads to, the body sent again', async () => {
    serve = (incoming, outgoing) => {
      if (incoming.url === '/old') outgoing.writeHead(307, { location: '/new' }).end();
      else incoming.pipe(outgoing.writeHead(201));
    };
    const response = await request(`${url}/old`, { method: 'POST', body: 'order' });
    expect(response.status).toBe(201);
    expect(await response.text()).toBe('order');
  });

  test.each([
    ['a redirect that is not to be followed', 302, { redirect: 'manual' }],
    ['what has not been modified', 304, { headers: { 'if-none-match': '"1"' } }],
  ] as const)('is %s', async (_name, status, init) => {
    serve = answering(status, { location: '/' });
    expect((await request(url, init)).status).toBe(status);
  });

  test('sends what it is told to, by a URL as an object too', async () => {
    serve = (incoming, outgoing) => {
      const { method, headers } = incoming;
      outgoing.end(JSON.stringify([method, incoming.url, headers['idempotency-key']]));
    };
    const init = { method: 'PUT', body: 'x', headers: { 'idempotency-key': 'k' } };
    expect(await (await request(new URL(`${url}/a?b=c`), init)).json()).toEqual(['PUT', '/a?b=c', 'k']);
  });
});

describe('the trace', () => {
  const trace = { traceId: '0'.repeat(31) + 1, traceparent: `00-${'0'.repeat(31)}1-${'0'.repeat(15)}1-01` };
  const sent = async (headers?: Record<string, string>) => {
    serve = (incoming, outgoing) => outgoing.end(incoming.headers.traceparent ?? 'none');
    return (await request(url, headers && { headers })).text();
  };

  test('of what runs is sent', async () => {
    expect(await withinTrace(trace, () => sent({ accept: '*/*' }))).toBe(trace.traceparent);
  });

  test('that a handler gives itself is left as it is', async () => {
    expect(await withinTrace(trace, () => sent({ traceparent: 'its own' }))).toBe('its own');
  });

  test('is not sent where there is none', async () => {
    expect(await sent()).toBe('none');
  });
});

describe('a failure', () => {
  test.each([
    [408, TransientError],
    [425, TransientError],
    [500, TransientError],
    [502, TransientError],
    [503, TransientError],
    [504, TransientError],
    [599, TransientError],
    [429, RetryLater],
    [400, PermanentError],
    [401, PermanentError],
    [403, PermanentError],
    [404, PermanentError],
    [409, PermanentError],
    [422, PermanentError],
    [499, PermanentError],
  ])('by %i is thrown as what happens next', async (status, kind) => {
    serve = answering(status);
    expect(await thrownBy(request(url))).toBeInstanceOf(kind);
  });

  test('names method, host, path and status, and neither query nor body nor headers', async () => {
    serve = answering(404, {}, 'no card 4242');
    const error = await thrownBy(
      request(`${url}/orders/7?token=query#hash`, { method: 'post', body: 'b', headers: { authorization: 'Basic c' } }),
    );
    expect(error).toMatchObject({ message: `POST ${host}/orders/7 answered 404` });
  });

  test('does not name what may be a secret in the path', async () => {
    serve = answering(500);
    const error = await thrownBy(request(`${url}/services/T0/${'aB3'.repeat(8)}/short/bot1:${'x'.repeat(35)}`));
    expect(error).toMatchObject({ message: `GET ${host}/services/T0/…/short/… answered 500` });
  });

  test('waits as long as the answer asks, by its own clock or by seconds', async () => {
    serve = answering(503, { 'retry-after': '30' });
    expect(await thrownBy(request(url))).toMatchObject({ afterMs: 30_000 });
    serve = answering(429, { 'retry-after': '60' });
    expect(await thrownBy(request(url))).toMatchObject({ afterMs: 60_000 });
    serve = answering(503, { 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' });
    expect(await thrownBy(request(url))).toMatchObject({ afterMs: 0 });
  });

  test('leaves no body behind that would keep its connection', async () => {
    const closed = new Promise<void>((resolve) => {
      serve = (_incoming, outgoing) => {
        outgoing.on('close', resolve);
        outgoing.writeHead(500).write('a body without end');
      };
    });
    // Kept, or the garbage collection might do what is to be shown.
    const kept: Response[] = [];
    const { fetch } = globalThis;
    vi.stubGlobal('fetch', async (asked: Request) => {
      const response = await fetch(asked);
      kept.push(response);
      return response;
    });
    expect(await thrownBy(request(url))).toBeInstanceOf(TransientError);
    await closed;
    expect(kept).toHaveLength(1);
  });

  test('is the same whatever the body does', async () => {
    const cut = new ReadableStream({ start: (controller) => controller.error(new Error('cut')) });
    vi.stubGlobal('fetch', async () => new Response(cut, { status: 404 }));
    expect(await thrownBy(request(url))).toBeInstanceOf(PermanentError);
  });
});

describe('no answer', () => {
  test('from a port where nobody listens is transient', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, 'close');
    const error = await thrownBy(request(`http://127.0.0.1:${port}/orders?secret=1`));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({
      message: `GET 127.0.0.1:${port}/orders got no answer: ECONNREFUSED`,
      afterMs: undefined,
      cause: { message: 'fetch failed' },
    });
  });

  test('from a connection that is cut is transient', async () => {
    serve = (incoming) => incoming.socket.destroy();
    const error = await thrownBy(request(url));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ message: expect.stringMatching(/got no answer: (UND_ERR_SOCKET|ECONNRESET)$/) });
  });

  test('from a redirect that must not be is transient, and says why', async () => {
    serve = answering(302, { location: '/' });
    const error = await thrownBy(request(url, { redirect: 'error' }));
    expect(error).toBeInstanceOf(TransientError);
    expect(error).toMatchObject({ message: `GET ${host}/ got no answer: unexpected redirect` });
  });
});

describe('an abort', () => {
  test('under way is passed on as it is', async () => {
    const late = new Error('late');
    const deadline = new AbortController();
    serve = () => deadline.abort(late);
    expect(await thrownBy(request(url, { signal: deadline.signal }))).toBe(late);
  });

  test('before the request is passed on as it is, and nothing is sent', async () => {
    let served = 0;
    serve = (_incoming, outgoing) => {
      served++;
      outgoing.end();
    };
    const late = new Error('late');
    expect(await thrownBy(request(url, { signal: AbortSignal.abort(late) }))).toBe(late);
    expect(served).toBe(0);
  });
});

describe('a request that cannot be sent', () => {
  test.each([
    ['a relative URL', '/orders?token=secret', {}],
    ['a URL with credentials', 'https://user:secret@example.com/', {}],
    ['a header that cannot be one', 'https://example.com/', { headers: { authorization: 'secret\nsecret' } }],
    ['a body where none may be', 'https://example.com/', { body: 'secret' }],
  ])('is the mistake of who wrote it, which is not quoted: %s', async (_name, to, init) => {
    const error = await thrownBy(request(to, init));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: expect.stringMatching(/^request must be given/) });
    expect(error).not.toHaveProperty('cause');
    expect((error as Error).message).not.toContain('secret');
  });
});

describe('failureOf', () => {
  const afterMs = (status: number, value: unknown) => {
    const failure = failureOf({ status, headers: { 'Retry-After': value } }, 'it', { now });
    return failure && 'afterMs' in failure ? failure.afterMs : failure;
  };

  test.each([100, 200, 204, 301, 304, 399])('finds nothing wrong with %i', (status) => {
    expect(failureOf({ status, headers: { 'retry-after': '5' } }, 'it')).toBeUndefined();
  });

  test.each([0, -1, 99, 600, 999, Number.NaN])('takes %s, which is no status, for transient', (status) => {
    expect(failureOf({ status }, 'it')).toBeInstanceOf(TransientError);
  });

  test('keeps the error that another client threw as its cause', () => {
    const cause = new Error('Request failed with status code 404');
    const failure = failureOf({ status: 404, headers: {} }, 'GET example.com/orders/7', { cause });
    expect(failure).toMatchObject({ message: 'GET example.com/orders/7 answered 404', cause });
  });

  test.each([
    ['fetch', new Headers({ 'Retry-After': '7' })],
    ['axios and got', { 'retry-after': '7' }],
    ['a client that keeps the letters as they came', { 'Retry-After': '7' }],
    ['a client with numbers', { 'retry-after': 7 }],
    ['a client with lists', { 'retry-after': ['7', '9'] }],
    ['a client with maps', new Map([['retry-after', '7']])],
  ])('reads the headers of %s', (_client, headers) => {
    expect(failureOf({ status: 503, headers }, 'it')).toMatchObject({ afterMs: 7_000 });
  });

  test.each([
    ['seconds', '120', 120_000],
    ['no time', '0', 0],
    ['seconds and a part, as some servers have it', '1.5', 1_500],
    ['seconds with blanks around', ' 120 ', 120_000],
    ['a date', 'Sat, 21 Nov 2026 12:00:30 GMT', 30_000],
    ['a date in the form of RFC 850', 'Saturday, 21-Nov-26 12:01:00 GMT', 60_000],
    ['a date in the form of asctime', 'Sat Nov 21 12:02:00 2026', 120_000],
    ['a date of asctime whose day has one digit', 'Tue Dec  1 12:00:00 2026', 11 * 3_600_000],
    ['a leap second', 'Sat, 21 Nov 2026 12:59:60 GMT', 3_599_000],
    ['a date that is past', 'Sat, 21 Nov 2026 11:59:59 GMT', 0],
    ['a year that would be more than 50 years ahead, and so is past', 'Sunday, 06-Nov-94 08:49:37 GMT', 0],
    ['11 hours', '39600', 39_600_000],
    ['more than 11 hours', '39601', 39_600_000],
    ['a date far ahead', 'Thu, 31 Dec 2099 23:59:59 GMT', 39_600_000],
    ['more seconds than a number can hold', '9'.repeat(400), 39_600_000],
  ])('understands %s', (_name, value, expected) => {
    expect(afterMs(503, value)).toBe(expected);
    expect(afterMs(429, value)).toBe(expected);
  });

  test('takes two digits for a year of the next 50 at most', () => {
    const soon = (year: string) =>
      failureOf({ status: 503, headers: { 'retry-after': `Saturday, 21-Nov-${year} 12:00:01 GMT` } }, 'it', { now });
    expect(soon('76')).toMatchObject({ afterMs: 39_600_000 });
    expect(soon('77')).toMatchObject({ afterMs: 0 });
  });

  test.each([
    '',
    '-1',
    '+1',
    '1e3',
    '0x10',
    '1,5',
    '120, 120',
    'soon',
    'NaN',
    'Infinity',
    'Mon 5',
    '2026-11-21T12:00:30Z',
    'Sat, 21 Nov 2026 12:00:30',
    'Sat, 21 Nov 2026 12:00:30 CET',
    'Sat, 21 Foo 2026 12:00:30 GMT',
    'Sat, 32 Nov 2026 12:00:30 GMT',
    'Sat, 21 Nov 2026 25:00:30 GMT',
    'Sat, 1 Nov 2026 12:00:30 GMT',
    undefined,
    null,
    {},
    [],
    true,
    Symbol('1'),
  ])('ignores what is no time: %s', (value) => {
    expect(afterMs(503, value)).toBeUndefined();
    expect(afterMs(429, value)).toBeUndefined();
    expect(failureOf({ status: 403, headers: { 'retry-after': value } }, 'it')).toBeInstanceOf(PermanentError);
  });

  test.each([403, 413])('takes %i for transient where the answer says when to come again', (status) => {
    const failure = failureOf({ status, headers: { 'retry-after': '60' } }, 'it');
    expect(failure).toBeInstanceOf(TransientError);
    expect(failure).toMatchObject({ afterMs: 60_000 });
  });
});
