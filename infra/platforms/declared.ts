import { createHmac } from 'node:crypto';
import type { HeaderField, HmacProvider, Selector } from '../../functions/core/definition.ts';
import { keyOf } from '../../functions/receive/schemes/key.ts';
import { hexSecret, type Making, type Platform, type SigningKey, type Unsigned } from './platform.ts';

/** A platform that a definition declares, played after its declaration. */
export function declared(provider: HmacProvider): Platform {
  return {
    title: 'A declared scheme',
    scheme: `HMAC of \`${provider.signed}\``,
    secret: 'what the platform gave',
    checked: { by: 'documentation only', with: 'the definition' },
    makeSecret: hexSecret,
    events: { example: (made) => eventOf(provider, made) },
    sign: (unsigned, key) => ({ headers: signedHeaders(provider, unsigned, key) }),
  };
}

function eventOf({ type = { field: 'type' }, id, deliveryId }: HmacProvider, made: Making): Unsigned {
  const body = { id: made.id, ...fieldFor(type, 'example') };
  const headers = [headerFor(type, 'example'), headerFor(deliveryId, made.id), id ? valueAt(id, made.id) : {}];
  return {
    body: Buffer.from(JSON.stringify(body)),
    headers: Object.assign({ 'content-type': 'application/json' }, ...headers),
  };
}

function signedHeaders(provider: HmacProvider, { body, headers }: Unsigned, { key, url, at }: SigningKey) {
  const { algorithm, encoding, secret, signature, signed, timestamp, id } = provider;
  const time = timestamp && { s: String(Math.floor(at / 1000)), ms: String(at), iso8601: new Date(at).toISOString() };
  const stamp = timestamp && time ? time[timestamp.unit] : '';
  const ownId = (id ? headers[nameOf(id)] : undefined)?.slice(id?.prefix?.length ?? 0) ?? '';
  const parts: Readonly<Record<string, string | Buffer>> = {
    '{body}': body,
    '{timestamp}': stamp,
    '{id}': ownId,
    '{url}': url,
    '{method}': 'POST',
  };
  const hmac = createHmac(algorithm, keyOf(key, secret) ?? '');
  for (const part of signed.split(/(\{\w+\})/)) hmac.update(parts[part] ?? part);
  const digest = valueAt(signature, hmac.digest(encoding));
  return joined([digest, timestamp ? valueAt(timestamp, stamp) : {}, id ? valueAt(id, ownId) : {}], signature);
}

function nameOf({ header }: HeaderField): string {
  return typeof header === 'string' ? header : (header[0] ?? '');
}

function valueAt(field: HeaderField, value: string): Readonly<Record<string, string>> {
  return { [nameOf(field)]: `${field.prefix ?? ''}${value}` };
}

/** What stands in one header comes one after the other. */
function joined(all: readonly Readonly<Record<string, string>>[], { separator = ',' }: HeaderField) {
  const headers: Record<string, string> = {};
  for (const [name, value] of all.flatMap((one) => Object.entries(one))) {
    headers[name] = headers[name] === undefined ? value : `${headers[name]}${separator}${value}`;
  }
  return headers;
}

function headerFor(selector: Selector | undefined, value: string): Readonly<Record<string, string>> {
  return selector && 'header' in selector ? { [selector.header]: value } : {};
}

function fieldFor(selector: Selector, value: string): object {
  if (!('field' in selector)) return {};
  return selector.field.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object;
}
