import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { RefusedError } from '../core/errors.ts';

/** Nobody learns more than this: what was wrong is in the log. */
const words: Readonly<Record<RefusedError['status'], string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  413: 'Content Too Large',
  503: 'Service Unavailable',
};

/** Seconds after which it is worth while to try again. */
const retryAfterSeconds = 10;

/** The event is durable. */
export function accepted(eventId: string): APIGatewayProxyStructuredResultV2 {
  return json(200, { id: eventId });
}

/** The same, for senders that would show a body to somebody. */
export function acceptedEmpty(): APIGatewayProxyStructuredResultV2 {
  return { statusCode: 200, body: '' };
}

/** Echoes what a platform asked to hear; as text that no browser takes for anything else. */
export function handshake(text: string): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: 200,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    body: text,
  };
}

/** Nothing was enqueued. */
export function refused(status: RefusedError['status']): APIGatewayProxyStructuredResultV2 {
  return json(
    status,
    { message: words[status] },
    status === 503 ? { 'retry-after': String(retryAfterSeconds) } : undefined,
  );
}

function json(statusCode: number, body: object, headers?: Record<string, string>): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
