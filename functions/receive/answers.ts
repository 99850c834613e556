import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { RefusedError } from '../core/errors.ts';

/** What a platform gets to read. */
export interface Reply {
  /** @default 200 */
  readonly status?: number;
  readonly body?: string;
  /** @default text/plain; charset=utf-8 */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Nobody learns more than this: what was wrong is in the log. */
const words: Readonly<Record<RefusedError['status'], string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  413: 'Content Too Large',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

/** Seconds after which it is worth while to try again. */
const retryAfterSeconds = 10;

/** The event is durable. */
export function accepted(eventId: string): APIGatewayProxyStructuredResultV2 {
  return json(200, { id: eventId });
}

/** What a platform itself wants to read; a body is never what a browser would take for a page. */
export function reply({ status = 200, body = '', contentType, headers }: Reply): APIGatewayProxyStructuredResultV2 {
  if (body === '') return { statusCode: status, ...(headers ? { headers: { ...headers } } : {}), body };
  return {
    statusCode: status,
    headers: {
      'content-type': contentType ?? 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
    body,
  };
}

/** Nothing was enqueued. */
export function refused({ status, retryAfter }: RefusedError): APIGatewayProxyStructuredResultV2 {
  const seconds = retryAfter ?? (status === 503 ? retryAfterSeconds : undefined);
  return json(
    status,
    { message: words[status] },
    seconds === undefined ? undefined : { 'retry-after': String(seconds) },
  );
}

function json(statusCode: number, body: object, headers?: Record<string, string>): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
