import { digestIdentity, type EventAttributes, eventId, type Identity } from '../core/event.ts';
import { fieldOf, found } from './find.ts';
import type { Provider } from './providers/provider.ts';
import { instantOf } from './timestamp.ts';
import type { Proof } from './verify.ts';
import type { Webhook } from './webhook.ts';

/** What is known of a verified webhook before anything is parsed by a handler. */
export interface Described {
  readonly event: EventAttributes;
  readonly tenant: string | undefined;
  readonly deliveryId: string;
}

const longestText = 200;
const unknownType = 'unknown';
/** The last second of the year 9999, which RFC 3339 can still write. */
const latest = 253_402_300_799_000;

/** Names a verified webhook: its event, whose it is, and what the platform calls the delivery. */
export function describe(
  provider: Provider,
  webhook: Webhook,
  context: { readonly source: string; readonly proof: Proof; readonly requestId: string; readonly receivedAt: string },
): Described {
  const { source, proof, requestId, receivedAt } = context;
  const datacontenttype = contentTypeOf(webhook);
  const tenant = found(webhook, provider.tenant);
  return {
    event: {
      specversion: '1.0',
      id: eventId(source, identityOf(provider, webhook, proof)),
      source,
      type: bounded(found(webhook, provider.type)) || unknownType,
      time: timeOf(provider, webhook) ?? receivedAt,
      ...(datacontenttype ? { datacontenttype } : {}),
    },
    // Cut short it would be somebody else's.
    tenant: tenant !== undefined && tenant.length <= longestText ? tenant.toWellFormed() : undefined,
    deliveryId: bounded(found(webhook, provider.deliveryId)) || requestId,
  };
}

/** Nothing outside the signed bytes tells events apart. */
function identityOf(provider: Provider, webhook: Webhook, { id }: Proof): Identity {
  const value = id ?? found(webhook, provider.id);
  return value ? { kind: 'id', value } : digestIdentity(webhook.body);
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
  const at = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? instantOf(value) : Number.NaN;
  return at >= 0 && at <= latest ? new Date(at).toISOString() : undefined;
}

/** The header is not signed: whoever calls JSON a form must not make a handler read it as one. */
function contentTypeOf(webhook: Webhook): string {
  const named = bounded(webhook.headers.get('content-type'));
  if (!/^application\/x-www-form-urlencoded/i.test(named) || webhook.form) return named;
  return webhook.json === undefined ? 'application/octet-stream' : 'application/json';
}
