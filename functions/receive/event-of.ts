import { digestIdentity, type EventAttributes, eventId, type Identity } from '../core/event.ts';
import { fieldOf, found, textOf } from './find.ts';
import type { Provider } from './providers/provider.ts';
import { instantOf } from './schemes/timestamp.ts';
import type { Proof } from './schemes/verify.ts';
import type { Webhook } from './webhook.ts';

/** What is known of a verified webhook before anything is parsed by a handler. */
export interface Described {
  readonly event: EventAttributes;
  /** What the event is about: its type, or the types of what it holds. */
  readonly types: readonly string[];
  readonly tenant: string | undefined;
  /** `undefined` where the platform names none. */
  readonly deliveryId: string | undefined;
}

const longestText = 200;
const unknownType = 'unknown';
/** Of a delivery that holds things of several types. */
export const mixedType = 'mixed';
/** The last second of the year 9999, which RFC 3339 can still write. */
const latest = 253_402_300_799_000;

/** Names a verified webhook: its event, whose it is, and what the platform calls the delivery. */
export function describe(
  provider: Provider,
  webhook: Webhook,
  context: { readonly source: string; readonly proof: Proof; readonly receivedAt: string },
): Described {
  const { source, proof, receivedAt } = context;
  const datacontenttype = contentTypeOf(webhook);
  const tenant = found(webhook, provider.tenant);
  const types = typesOf(provider, webhook);
  return {
    types,
    event: {
      specversion: '1.0',
      id: eventId(source, identityOf(provider, webhook, proof)),
      source,
      type: types.length === 1 && types[0] !== undefined ? types[0] : mixedType,
      time: timeOf(provider, webhook) ?? receivedAt,
      ...(datacontenttype ? { datacontenttype } : {}),
    },
    // Cut short it would be somebody else's.
    tenant: tenant !== undefined && tenant.length <= longestText ? tenant.toWellFormed() : undefined,
    deliveryId: bounded(found(webhook, provider.deliveryId)) || undefined,
  };
}

/** The distinct types of what a webhook holds; at least one. */
export function typesOf({ type }: Provider, webhook: Webhook): readonly string[] {
  const value = typeof type === 'function' ? type(webhook) : found(webhook, type);
  const texts = Array.isArray(value) ? value.map(textOf) : [textOf(value)];
  const types = new Set(texts.map((text) => bounded(text) || unknownType));
  return types.size > 0 ? [...types] : [unknownType];
}

/** Nothing outside the signed bytes tells events apart. */
function identityOf(provider: Provider, webhook: Webhook, { id }: Proof): Identity {
  const value = id ?? found(webhook, provider.id);
  return value ? { kind: 'id', value } : digestIdentity(without(webhook.body, provider.volatile));
}

/** A body without what differs between two sendings of it; byte by byte, since a parser would not keep all the rest. */
function without(body: Buffer, members: readonly string[] = []): Buffer {
  if (members.length === 0) return body;
  const member = new RegExp(`"(?:${members.join('|')})"\\s{0,9}:\\s{0,9}(?:"[^"\\\\]*"|[\\w.+-]+)`, 'g');
  return Buffer.from(body.toString('latin1').replace(member, ''), 'latin1');
}

/** A text for names and logs: no control characters, no halves of characters, not long. */
function bounded(text = ''): string {
  return text
    .slice(0, longestText)
    .toWellFormed()
    .replace(/\p{Cc}/gu, '_');
}

function timeOf({ time }: Provider, { json }: Webhook): string | undefined {
  if (!time) return undefined;
  const value = fieldOf(json, time.field);
  const unitMs = time.unit === 'ms' ? 1 : 1000;
  const at = typeof value === 'number' ? value * unitMs : typeof value === 'string' ? instantOf(value) : Number.NaN;
  return at >= 0 && at <= latest ? new Date(at).toISOString() : undefined;
}

/** The header is not signed: whoever calls JSON a form must not make a handler read it as one. */
function contentTypeOf(webhook: Webhook): string {
  const named = bounded(webhook.headers.get('content-type'));
  if (!/^application\/x-www-form-urlencoded/i.test(named) || webhook.form) return named;
  return webhook.json === undefined ? 'application/octet-stream' : 'application/json';
}
