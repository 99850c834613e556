import { createPublicKey, type KeyObject } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { RefusedError } from '../../core/errors.ts';
import { type CertificateStore, certificateStore, commonNameOf } from '../schemes/certificates.ts';
import { valuesAt } from '../schemes/header-field.ts';
import { noUsableSecret } from '../schemes/key.ts';
import { bytesOf, isSignature } from '../schemes/public-key.ts';
import { checkTimestamp } from '../schemes/timestamp.ts';
import type { Verify } from '../schemes/verify.ts';
import type { Webhook } from '../webhook.ts';
import type { Provider } from './provider.ts';

/** Where PayPal keeps its certificates, whatever a header says. It publishes no list: these are its API's hosts. */
const hosts = ['api.paypal.com', 'api.sandbox.paypal.com', 'api-m.paypal.com', 'api-m.sandbox.paypal.com'];
/** Source: https://github.com/paypal/PayPal-Java-SDK (SSLUtil) */
const owners = ['messageverificationcerts.paypal.com', 'messageverificationcerts.sandbox.paypal.com'];
/** As long as it sends again: whether it signs anew then is not documented. */
const toleranceSeconds = 72 * 3_600;

/**
 * PayPal. It signs a transmission's id and time, the webhook's id and a CRC-32 of the body, for which another body is
 * easily found: the transmission's id tells events apart, and what is in the body is to be looked up at PayPal before
 * it moves money. The secret holds the webhook's id; where it also holds a certificate or a public key as PEM, that is
 * used, and PayPal's is not fetched. Whether a transmission keeps its id when it is sent again is not documented.
 *
 * Sources: https://developer.paypal.com/api/rest/webhooks/rest/#link-selfverificationmethod,
 * https://docs.paypal.ai/reference/api/rest/verify-webhook-signature/verify-webhook-signature
 */
export const paypal: Provider = {
  name: 'paypal',
  scheme: verifyPaypal(paypalCertificates()),
  deadlineSeconds: 10,
  retrySpanHours: 72,
  type: { field: 'event_type' },
  tenant: [{ field: 'resource.payee.merchant_id' }, { field: 'resource.merchant_id' }],
  deliveryId: { field: 'id' },
  time: { field: 'create_time' },
  weakBody: true,
};

/** The certificates that PayPal signs with. */
export function paypalCertificates(fetch?: typeof globalThis.fetch): CertificateStore {
  return certificateStore({
    keepsAt: ({ hostname, pathname }) =>
      hosts.includes(hostname) && /^\/v1\/notifications\/certs\/CERT-[\w-]{1,100}$/.test(pathname),
    isOf: (certificate) => owners.includes(commonNameOf(certificate) ?? ''),
    ...(fetch ? { fetch } : {}),
  });
}

/** The verifier that has PayPal's certificates from a store. */
export function verifyPaypal(certificates: CertificateStore): Verify {
  return async ({ headers, body }, secrets, now) => {
    const pins = secrets.map(pinOf);
    const pinned = pins.filter((key) => key !== undefined);
    const signature = bytesOf(header(headers, 'sig', 'signature'), 'base64');
    if (!signature) throw new RefusedError(401, 'signature-malformed');
    const id = header(headers, 'id', 'id');
    // No other header could be part of it, nor a second one.
    if (!/^[\w-]{1,64}$/.test(id)) throw new RefusedError(401, 'id-malformed');
    const time = header(headers, 'time', 'timestamp');
    checkTimestamp(time, 'iso8601', toleranceSeconds, now);
    if (headers.get('paypal-auth-algo') !== 'SHA256withRSA') throw new RefusedError(401, 'algorithm-unknown');
    const ids = secrets.map((secret) => (isPem(secret) ? '' : secret.trim()));
    if (ids.every((webhookId) => webhookId === '')) throw noUsableSecret("a secret must be the webhook's id");
    if (secrets.some(isPem) && pinned.length === 0) throw noUsableSecret('a PEM must be a public key or a certificate');
    const known = pinned.length > 0 ? pinned : [await certificates(headers.get('paypal-cert-url') ?? '', now)];
    const checksum = crc32(body);
    for (const [secret, webhookId] of ids.entries()) {
      if (webhookId === '') continue;
      const content = Buffer.from(`${id}|${time}|${webhookId}|${checksum}`);
      if (known.some((key) => isSignature('sha256', content, key, signature))) return { secret, id };
    }
    throw new RefusedError(401, 'signature-mismatch');
  };
}

function header(headers: Webhook['headers'], name: string, what: 'signature' | 'id' | 'timestamp'): string {
  const [value] = valuesAt(headers, { header: `paypal-transmission-${name}`, exact: true }) ?? [];
  if (!value) throw new RefusedError(401, `${what}-missing`);
  return value;
}

function isPem(secret: string): boolean {
  return secret.trimStart().startsWith('-----');
}

/** The RSA key of a certificate or a public key; a private key is none. */
function pinOf(secret: string): KeyObject | undefined {
  if (!isPem(secret) || secret.includes('PRIVATE')) return undefined;
  try {
    const key = createPublicKey(secret);
    return key.asymmetricKeyType === 'rsa' ? key : undefined;
  } catch {
    return undefined;
  }
}
