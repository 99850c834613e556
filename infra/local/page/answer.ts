import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** An answer of the page's server. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
}

/** What a request gets that cannot be served: a status and a sentence. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function json(value: unknown, status = 200): Answer {
  return { status, type: 'application/json', body: `${JSON.stringify(value)}\n` };
}

/**
 * Nothing but this server's own files is loaded, no script or style stands in the page itself, nobody frames it, and no
 * form leads away: a payload that got into the page as markup by some mistake could not do anything.
 */
const headers: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

/** Sends an answer, or that it is what the asker has already. */
export function send(request: IncomingMessage, response: ServerResponse, { status, type, body }: Answer): void {
  if (response.destroyed) return;
  const bytes = Buffer.from(body);
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  const isGet = request.method === 'GET' && status === 200;
  const caching = isGet ? { etag, 'cache-control': 'no-cache' } : { 'cache-control': 'no-store' };
  if (isGet && request.headers['if-none-match'] === etag) {
    response.writeHead(304, { ...headers, ...caching }).end();
    return;
  }
  // What is left of a body that was refused is not read, so the connection cannot be used again.
  if (!request.complete) response.setHeader('connection', 'close');
  response
    .writeHead(status, { ...headers, ...caching, 'content-type': type, 'content-length': bytes.length })
    .end(bytes);
}
