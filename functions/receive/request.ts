import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { RefusedError } from '../core/errors.ts';
import type { Headers, Request } from './webhook.ts';

/** What API Gateway handed over, its body as the bytes that were sent. */
export interface ReceivedRequest extends Required<Request> {
  /** API Gateway's id of the request; another one for each delivery. */
  readonly requestId: string;
  /** Who opened the connection. */
  readonly sourceIp: string;
}

/** What an event of Lambda can hold. Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const largestBodyBytes = 6 * 1024 * 1024;

/** The source that a request's route names, whether or not there is one of that name. */
export function sourceOf({ routeKey }: Pick<APIGatewayProxyEventV2, 'routeKey'>): string {
  return /^[A-Z]+ \/webhooks\/([^/]+)$/.exec(routeKey)?.[1] ?? '';
}

/**
 * Reads a request in payload format 2.0.
 *
 * @param url the one that the platform was given, without a query string
 * @throws RefusedError 400 where the body is not the base64 that it is said to be, 413 where it is too large
 */
export function requestOf(event: APIGatewayProxyEventV2, url: string): ReceivedRequest {
  const { http, requestId } = event.requestContext;
  return {
    method: http.method,
    url: event.rawQueryString ? `${url}?${event.rawQueryString}` : url,
    headers: headersOf(event.headers),
    body: bodyOf(event),
    requestId,
    sourceIp: http.sourceIp,
  };
}

/** API Gateway writes names in lower case and joins duplicates; where somebody else did not, so do we. */
function headersOf(headers: APIGatewayProxyEventV2['headers']): Headers {
  const lower = new Map<string, string>();
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (value === undefined) continue;
    const key = name.toLowerCase();
    const earlier = lower.get(key);
    lower.set(key, earlier === undefined ? value : `${earlier},${value}`);
  }
  return lower;
}

function bodyOf({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): Buffer {
  // Node decodes base64 leniently: what it would skip over was never sent by API Gateway.
  if (isBase64Encoded && (body.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(body))) {
    throw new RefusedError(400, 'body-unreadable');
  }
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > largestBodyBytes) throw new RefusedError(413, 'body-too-large');
  return bytes;
}
