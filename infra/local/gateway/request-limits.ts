import type { IncomingMessage } from 'node:http';

/** Largest body of a request, in bytes: 10 MB. */
const bodyLimitBytes = 10 * 1024 * 1024;

/** Request line and header values together, in bytes. */
const headLimitBytes = 10_240;

/**
 * Whether request line and header values are longer than an HTTP API takes.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
export function headIsTooLarge({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): boolean {
  const requestLine = `${method} ${url} HTTP/${httpVersion}`;
  const values = rawHeaders.filter((_, at) => at % 2 === 1);
  return requestLine.length + values.reduce((total, { length }) => total + length, 0) > headLimitBytes;
}

/** Whether the request says beforehand that its body is longer than an HTTP API takes. */
export function bodyIsTooLarge(request: IncomingMessage): boolean {
  return Number(request.headers['content-length'] ?? 0) > bodyLimitBytes;
}

/**
 * Reads a body as the bytes that were sent, whatever their encoding; `undefined` as soon as it is too large. What is
 * still to come is then thrown away, so that the client can finish and read its answer.
 *
 * @throws Error when the client has gone before the end.
 */
export function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > bodyLimitBytes) {
        chunks.length = 0;
        resolve(undefined);
      } else {
        chunks.push(chunk);
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks, Math.min(length, bodyLimitBytes))));
    request.on('error', reject);
    request.on('close', () => reject(new Error('the client has gone')));
  });
}
