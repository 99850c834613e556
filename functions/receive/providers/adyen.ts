import { createHmac } from 'node:crypto';
import { RefusedError } from '../../core/errors.ts';
import { fieldOf, listAt } from '../find.ts';
import { isSame } from '../schemes/constant-time.ts';
import { keysOf, noUsableSecret } from '../schemes/key.ts';
import { type Proof, type VerifyAtOnce, verifierOf } from '../schemes/verify.ts';
import type { Provider } from './provider.ts';

const hex = { encoding: 'hex' } as const;
const header = 'hmacsignature';
const keys = keysOf(hex);
const overBody = verifierOf({
  algorithm: 'sha256',
  encoding: 'base64',
  secret: hex,
  signature: { header, exact: true },
  signed: '{body}',
});

/** What of a payment's notification is signed, joined by colons. */
const signed = [
  'pspReference',
  'originalReference',
  'merchantAccountCode',
  'merchantReference',
  'amount.value',
  'amount.currency',
  'eventCode',
  'success',
];

interface Item {
  readonly content: string;
  readonly signature: Buffer;
}

/** All items must be signed with one key; what is signed of them together is the event's id. */
function overItems(json: unknown, secrets: readonly string[]): Proof {
  const items = itemsOf(json);
  let usable = 0;
  for (const [secret, key] of keys(secrets).entries()) {
    if (!key) continue;
    usable += 1;
    const proved = items.every(({ content, signature }) =>
      isSame(signature, Buffer.from(createHmac('sha256', key).update(content).digest('base64'))),
    );
    // Fields are joined without escaping: only the whole of it is the same however somebody cuts it up again.
    if (proved) return { secret, id: items.map(({ content }) => content).join('\n'), weakBody: true };
  }
  if (usable === 0) throw noUsableSecret('a secret must be hex');
  throw new RefusedError(401, 'signature-mismatch');
}

function itemsOf(json: unknown): readonly Item[] {
  const list = fieldOf(json, 'notificationItems');
  if (!Array.isArray(list) || list.length === 0) throw new RefusedError(401, 'signature-missing');
  return list.map((entry) => {
    const item = fieldOf(entry, 'NotificationRequestItem');
    const signature = fieldOf(item, 'additionalData.hmacSignature');
    if (typeof signature !== 'string' || signature === '') throw new RefusedError(401, 'signature-missing');
    const texts = signed.map((name) => textOf(fieldOf(item, name)));
    // What Adyen signs with the same key as a whole body could be cut up into eight fields, but does not end like this.
    if (!/^[A-Z0-9_]+$/.test(texts.at(-2) ?? '')) throw new RefusedError(401, 'signature-malformed');
    return { content: texts.join(':'), signature: Buffer.from(signature) };
  });
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'object') throw new RefusedError(401, 'signature-malformed');
  return String(value);
}

const verify: VerifyAtOnce = (webhook, secrets, now) =>
  webhook.headers.get(header) ? overBody(webhook, secrets, now) : overItems(webhook.json, secrets);

/**
 * Adyen. Each item of a payment's notification carries a signature of eight of its fields, and nothing protects the
 * others (`weakBody`). Webhooks of banking, platforms and management are signed as a whole, in a header. Neither signs
 * a time. Keys are hex.
 *
 * Sources: https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures,
 * https://docs.adyen.com/development-resources/webhooks/troubleshoot
 */
export const adyen: Provider = {
  name: 'adyen',
  scheme: verify,
  deadlineSeconds: 10,
  retrySpanHours: 720,
  type: ({ json }) => {
    const items = listAt(json, 'notificationItems');
    const codes = items.map((item) => fieldOf(item, 'NotificationRequestItem.eventCode'));
    return codes.length > 0 ? codes : fieldOf(json, 'type');
  },
  tenant: [
    { field: 'notificationItems.0.NotificationRequestItem.merchantAccountCode' },
    { field: 'data.balancePlatform' },
    { field: 'data.merchantId' },
  ],
  deliveryId: { field: 'notificationItems.0.NotificationRequestItem.pspReference' },
  // Older webhooks count as delivered only with these words; newer ones do not read them.
  acknowledge: () => ({ body: '[accepted]' }),
};
