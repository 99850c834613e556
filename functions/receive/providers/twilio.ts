import { createHash, createHmac } from 'node:crypto';
import { parse, stringify } from 'node:querystring';
import { RefusedError } from '../../core/errors.ts';
import { fieldOf } from '../find.ts';
import { indexOfSame, isSame } from '../schemes/constant-time.ts';
import { keysOf, noUsableSecret } from '../schemes/key.ts';
import { signaturesIn, type VerifyAtOnce } from '../schemes/verify.ts';
import type { Webhook } from '../webhook.ts';
import type { Provider } from './provider.ts';

const emptyTwiml = '<?xml version="1.0" encoding="UTF-8"?><Response/>';
const keys = keysOf(undefined);

/**
 * Twilio: messaging, voice, conversations and event streams, by POST, signed with the account's auth token. Of a form,
 * the URL and the decoded fields are signed, sorted and without anything between names and values; of JSON, the URL,
 * whose `bodySHA256` is the body's. What was signed is the event's identity, for a form can be written in many ways.
 * `I-Twilio-Idempotency-Token`, which a retry keeps, is not signed. How long event streams go on is from memory.
 *
 * Sources: https://www.twilio.com/docs/usage/security#validating-requests,
 * https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */
export const twilio: Provider = {
  name: 'twilio',
  scheme: verifyTwilio(),
  deadlineSeconds: 15,
  retrySpanHours: 4,
  type: typeOf,
  tenant: ({ json, form }) =>
    form?.get('AccountSid') ?? fieldOf(json, 'AccountSid') ?? fieldOf(json, '0.data.accountSid'),
  deliveryId: { header: 'i-twilio-idempotency-token' },
  identicalDeliveries: true,
  // An answer is taken for instructions: for a call, for a message, and for whether a conversation goes on.
  acknowledge: ({ form }) => {
    if (!form) return undefined;
    return form.has('EventType') ? {} : { body: emptyTwiml, contentType: 'text/xml' };
  },
};

function verifyTwilio(): VerifyAtOnce {
  return (webhook, secrets) => {
    const [signature] = signaturesIn(webhook.headers, { header: 'x-twilio-signature', exact: true });
    if (!signature) throw new RefusedError(401, 'signature-malformed');
    const fields = signedFields(webhook);
    let usable = 0;
    for (const [secret, key] of keys(secrets).entries()) {
      if (!key) continue;
      usable += 1;
      for (const url of urlsOf(webhook.url)) {
        const content = url + fields;
        const expected = Buffer.from(createHmac('sha1', key).update(content).digest('base64'));
        if (isSame(signature, expected)) return { secret, id: createHash('sha256').update(content).digest('hex') };
      }
    }
    if (usable === 0) throw noUsableSecret('a secret must be a text that is not blank');
    throw new RefusedError(401, 'signature-mismatch');
  };
}

/** What of the body is signed; nothing where the URL tells its digest. */
function signedFields({ query, form, body }: Webhook): string {
  const digests = query.getAll('bodySHA256');
  if (digests.length > 0) {
    const digest = createHash('sha256').update(body).digest('hex');
    if (digests.length > 1 || indexOfSame(digests[0] ?? '', [digest]) < 0) {
      throw new RefusedError(401, 'signature-mismatch');
    }
    return '';
  }
  if (!form) {
    if (body.length > 0) throw new RefusedError(401, 'body-not-signed');
    return '';
  }
  const fields = new Map<string, Set<string>>();
  for (const [name, value] of form) fields.set(name, (fields.get(name) ?? new Set()).add(value));
  return [...fields.keys()]
    .sort()
    .flatMap((name) => [...(fields.get(name) ?? [])].sort().map((value) => name + value))
    .join('');
}

/** How Twilio may have written our URL: with or without a port, as it is or normalized, its query in an older way. */
function urlsOf(url: string): ReadonlySet<string> {
  const normalized = URL.canParse(url) ? new URL(url).toString() : url;
  return new Set([...withAndWithoutPort(url), ...withAndWithoutPort(normalized).flatMap((of) => [of, olderQuery(of)])]);
}

function withAndWithoutPort(url: string): string[] {
  const [origin, scheme, host, port] = /^(https?:\/\/)([^/?#:]+)(:\d+)?/i.exec(url) ?? [];
  if (origin === undefined) return [url];
  const rest = url.slice(origin.length);
  return [`${scheme}${host}${rest}`, `${scheme}${host}${port ?? (scheme === 'https://' ? ':443' : ':80')}${rest}`];
}

function olderQuery(url: string): string {
  const at = url.indexOf('?');
  return at < 0 || at === url.length - 1 ? url : `${url.slice(0, at)}?${stringify(parse(url.slice(at + 1)))}`;
}

/** Twilio names most of what it sends by a status only. */
function typeOf({ form, json }: Webhook): unknown {
  if (!form && Array.isArray(json)) return json.map((event) => fieldOf(event, 'type'));
  if (!form) return fieldOf(json, 'type') ?? fieldOf(json, 'EventType');
  const named = form.get('EventType') || form.get('StatusCallbackEvent');
  if (named) return named;
  const statuses = [
    ['recording', form.get('RecordingStatus')],
    ['transcription', form.get('TranscriptionStatus')],
    ['message', form.get('MessageStatus') || form.get('SmsStatus')],
    ['call', form.get('CallStatus')],
  ] as const;
  const [kind, status] = statuses.find(([, value]) => value) ?? [];
  return kind && `${kind}.${status}`;
}
