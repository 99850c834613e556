import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { awsEndpoint, RecordingService } from '../../../support/aws-endpoint.ts';

const sqs = new RecordingService();
let world: Awaited<ReturnType<typeof awsEndpoint>>;
let port: number;

beforeAll(async () => {
  world = await awsEndpoint({ sqs });
  port = Number(new URL(world.url).port);
});
afterAll(() => world.close());

/** Headers as they are sent, name and value in turn; `PORT` stands for the server's own. */
async function ask(headers: readonly string[], method = 'POST'): Promise<{ status: number; text: string }> {
  const all = [...headers.map((one) => one.replace('PORT', String(port))), 'X-Amz-Target', 'AmazonSQS.ListQueues'];
  return await new Promise((resolve, reject) => {
    const asked = request(
      { host: '127.0.0.1', port, method, headers: all, setHost: false, agent: false },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    asked.on('error', reject).end();
  });
}

describe('a request is let through', () => {
  test.each([['127.0.0.1:PORT'], ['localhost:PORT'], ['LocalHost:PORT'], ['[::1]:PORT'], ['localhost'], ['127.0.0.1']])(
    'to the host %s',
    async (host) => {
      expect((await ask(['Host', host])).status).toBe(200);
    },
  );

  test.each([
    ['Origin', 'http://127.0.0.1:PORT'],
    ['Origin', 'http://localhost:PORT'],
    ['Sec-Fetch-Site', 'same-origin'],
    ['Sec-Fetch-Site', 'none'],
  ])('with %s: %s', async (...header) => {
    expect((await ask(['Host', 'localhost:PORT', ...header])).status).toBe(200);
  });
});

describe('a request is refused', () => {
  test.each([
    ['evil.example'],
    ['evil.example:PORT'],
    ['localhost.evil.example:PORT'],
    ['127.0.0.1.evil.example'],
    ['localhost:1'],
    ['127.0.0.1:PORT0'],
    ['0.0.0.0:PORT'],
    ['user@localhost:PORT'],
    ['localhost:PORT, evil.example'],
    ['bucket.localhost:PORT'],
    [''],
  ])('to the host %j', async (host) => {
    const before = sqs.requests.length;
    const { status, text } = await ask(['Host', host]);
    expect(status).toBe(403);
    expect(text).toMatch(/^Host must be 127\.0\.0\.1:\d+ or localhost:\d+, got "[^\n]*"\n$/);
    expect(sqs.requests).toHaveLength(before);
  });

  test('to two hosts, of which Node would see the first', async () => {
    expect((await ask(['Host', 'localhost:PORT', 'Host', 'evil.example'])).status).toBeGreaterThanOrEqual(400);
  });

  test.each([
    ['Origin', 'https://evil.example'],
    ['Origin', 'null'],
    ['Origin', ''],
    ['Origin', 'http://localhost'],
    ['Origin', 'http://localhost:1'],
    ['Origin', 'https://localhost:PORT'],
    ['Origin', 'http://localhost:PORT.evil.example'],
    ['Origin', 'http://localhost:PORT', 'Origin', 'https://evil.example'],
    ['Sec-Fetch-Site', 'cross-site'],
    ['Sec-Fetch-Site', 'same-site'],
    ['Sec-Fetch-Site', ''],
  ])('with %s: %s', async (...header) => {
    const before = sqs.requests.length;
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const { status, text } = await ask(['Host', 'localhost:PORT', ...header], method);
      expect(status).toBe(403);
      expect(text).toContain(header[0]);
    }
    expect(sqs.requests).toHaveLength(before);
  });
});
