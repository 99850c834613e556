import { isUtf8 } from 'node:buffer';
import type { EventAttributes } from './event.ts';

/** How a delivery was proved authentic. */
export interface Verification {
  /** The provider's name, or `hmac` for a declared scheme. */
  readonly scheme: string;
  /** Which secret matched: `<first 8 of the version id>#<place in the list>`. Never the secret. */
  readonly secret: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** The proof does not cover the body: it came from the platform, if nobody between changed it. */
  readonly weakBody?: true;
}

/** Where a body is: text, base64 of bytes that are not text, or the key of an S3 object in the archive bucket. */
export type Body = { readonly body: string } | { readonly body64: string } | { readonly dataref: string };

interface Envelope {
  readonly v: 1;
  readonly event: EventAttributes;
  /** Headers worth keeping: lower-case names, never credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** RFC 3339, UTC, with milliseconds. */
  readonly receivedAt: string;
  /** The platform's id of this delivery where it gives one, otherwise API Gateway's request id. Not trusted. */
  readonly deliveryId: string;
  /** Whether the platform itself named the delivery so. */
  readonly namedDelivery?: true;
  readonly tenant?: string;
  /** The partition key, where the consumer declares one. */
  readonly key?: string;
  readonly verified: Verification;
  /** 0 for the original processing; a replay of everything opens another. */
  readonly run: number;
  /** How often (event, consumer, run) had been dead-lettered when this message was made. */
  readonly gen: number;
  /** W3C `traceparent` of the receiver's step. Messages from before there were traces have none. */
  readonly trace?: string;
}

/** What travels in an SQS body, version 1. */
export type Message = Envelope & Body;

/** Largest body, after JSON encoding, that travels inside the message. In bytes. */
export const inlineLimitBytes = 192 * 1024;

/**
 * Puts bytes into the form in which they travel inside a message, or answers `undefined` where they are too large
 * for that and must become an S3 object. Byte-exact: text only where UTF-8 gives the same bytes back.
 */
export function inlineBody(bytes: Uint8Array): Exclude<Body, { dataref: string }> | undefined {
  if (bytes.length > inlineLimitBytes) return undefined;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const body = isUtf8(bytes) ? { body: buffer.toString('utf8') } : { body64: buffer.toString('base64') };
  // JSON writes no byte of UTF-8 with more than six.
  if (bytes.length * 6 + 2 <= inlineLimitBytes) return body;
  return Buffer.byteLength(encode(Object.values(body)[0])) <= inlineLimitBytes ? body : undefined;
}

/** The bytes of an inline body. */
export function inlineBytes(body: Exclude<Body, { dataref: string }>): Buffer {
  return 'body' in body ? Buffer.from(body.body, 'utf8') : Buffer.from(body.body64, 'base64');
}

/** A message as SQS takes it: JSON whose every character SQS accepts. */
export function encodeMessage(message: Message): string {
  return encode(message);
}

/**
 * Reads a message out of an SQS body.
 *
 * @throws Error saying what is wrong with it, without quoting it.
 */
export function decodeMessage(text: string): Message {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Error('message must be JSON', { cause });
  }
  const problem = problemOf(value);
  if (problem) throw new Error(problem);
  return value as Message;
}

function problemOf(value: unknown): string | undefined {
  if (!isRecord(value)) return 'message must be a JSON object';
  if (value.v !== 1) return `message.v must be 1, got ${JSON.stringify(value.v ?? null)}`;
  const { event } = value;
  if (!isRecord(event)) return 'message.event must be an object';
  for (const name of ['id', 'source', 'type', 'time']) {
    if (typeof event[name] !== 'string' || event[name] === '') return `message.event.${name} must be a text`;
  }
  const bodies = ['body', 'body64', 'dataref'].filter((name) => typeof value[name] === 'string');
  if (bodies.length !== 1) return `message must have one of body, body64, dataref, got ${bodies.length} of them`;
  if (!isRecord(value.headers)) return 'message.headers must be an object';
  if (!isRecord(value.verified)) return 'message.verified must be an object';
  for (const name of ['receivedAt', 'deliveryId']) {
    if (typeof value[name] !== 'string') return `message.${name} must be a text`;
  }
  if (value.trace !== undefined && typeof value.trace !== 'string') return 'message.trace must be a text';
  for (const name of ['run', 'gen']) {
    if (!Number.isSafeInteger(value[name]) || (value[name] as number) < 0) {
      return `message.${name} must be a whole number from 0`;
    }
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON escapes the control characters that SQS refuses; U+FFFE and U+FFFF it does not. */
function encode(value: unknown): string {
  return JSON.stringify(value).replace(/[\ufffe\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
}
