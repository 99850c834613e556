import { validateHeaderName, validateHeaderValue } from 'node:http';
import { requestTooLarge } from '../lambda/failures.ts';
import type { Invocation } from '../lambda/invocation.ts';
import { type HttpAnswer, internalError, tooLarge } from './http-answer.ts';

/** Headers that API Gateway sets itself. */
const reserved = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding', 'upgrade']);

/**
 * What the client gets for what came of the invocation. Every failure is 500: an error of the function and its
 * timeout, and by https://repost.aws/knowledge-center/api-gateway-internal-server-error Lambda's own throttling as
 * well. Only an event too large for Lambda is the client's fault.
 */
export function integrationAnswer(invocation: Invocation): HttpAnswer {
  if (!invocation.ok) return invocation.errorType === requestTooLarge ? tooLarge : internalError;
  const result = invocation.payload;
  return isRecord(result) && 'statusCode' in result ? statedAnswer(result) : inferredAnswer(result);
}

/**
 * Format 2.0 without a status code: the whole result is the body, status 200, JSON.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
function inferredAnswer(result: unknown): HttpAnswer {
  const body = typeof result === 'string' ? result : JSON.stringify(result);
  return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(body) };
}

function statedAnswer({
  statusCode,
  headers = {},
  cookies,
  body = '',
  isBase64Encoded,
}: Record<string, unknown>): HttpAnswer {
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599) return internalError;
  if (typeof body !== 'string' || !isRecord(headers)) return internalError;
  const answer: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (!reserved.has(name.toLowerCase())) answer[name.toLowerCase()] = String(value);
  }
  if (Array.isArray(cookies) && cookies.length > 0) answer['set-cookie'] = cookies.map(String);
  if (body && !('content-type' in answer)) answer['content-type'] = 'text/plain;charset=UTF-8';
  if (!Object.entries(answer).every(([name, value]) => isHeader(name, value))) return internalError;
  return { status, headers: answer, body: Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8') };
}

function isHeader(name: string, value: string | string[]): boolean {
  try {
    validateHeaderName(name);
    for (const each of [value].flat()) validateHeaderValue(name, each);
    return true;
  } catch {
    return false;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
