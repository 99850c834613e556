import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { AwsError } from '../service.ts';

/** Largest body that the endpoint takes, in bytes. S3 itself takes 5 GB in one request; here everything is held in memory. */
export const maxBodyBytes = 256 * 1024 * 1024;

/**
 * Reads a request's body whole.
 *
 * @throws AwsError 413 as soon as it is larger than the limit; Error where the caller goes away in the middle.
 */
export async function readBody(request: IncomingMessage, limitBytes: number = maxBodyBytes): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  // Were the request destroyed when the loop is left, nobody could answer it any more.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) throw tooLarge(limitBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function tooLarge(limitBytes: number): AwsError {
  return new AwsError(413, 'EntityTooLarge', `a request's body must be at most ${limitBytes} bytes here`);
}
