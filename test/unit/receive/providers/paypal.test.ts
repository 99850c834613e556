import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { RefusedError } from '../../../../functions/core/errors.ts';
import { paypal, paypalCertificates, verifyPaypal } from '../../../../functions/receive/providers/paypal.ts';
import { paypal as platform } from '../../../../infra/platforms/paypal.ts';
import { madeCertificate } from '../../../support/made-certificate.ts';
import {
  contractNow,
  describedOf,
  keepsPresetContract,
  outcomeOf,
  type Sent,
} from '../../../support/preset-contract.ts';

const certificateUrl = 'https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77';
const pair = () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    publicKey: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
};
const own = pair();
const other = pair();
const webhookId = '9XL90610J3647323C';
const otherWebhookId = '1JE4291016473214C';

const signed = (body: Buffer, at = contractNow, key = own.privateKey, webhook = webhookId) => {
  const headers = {
    'paypal-auth-algo': 'SHA256withRSA',
    'paypal-cert-url': certificateUrl,
    'paypal-transmission-id': 'd938e770-8046-11e6-8103-6b62a8a99ac4',
    'paypal-transmission-time': new Date(at).toISOString().replace(/\.\d+/, ''),
  };
  const content = [headers['paypal-transmission-id'], headers['paypal-transmission-time'], webhook, crc32(body)].join(
    '|',
  );
  const signature = sign('sha256', Buffer.from(content), key).toString('base64');
  return { body, headers: { ...headers, 'paypal-transmission-sig': signature } };
};
const changed = (sent: Sent, headers: Readonly<Record<string, string>>): Sent => ({
  ...sent,
  headers: { ...sent.headers, ...headers },
});

/** PayPal's certificates as if they had been fetched. */
const offline = {
  ...paypal,
  scheme: verifyPaypal((url) => {
    if (url !== certificateUrl) throw new RefusedError(401, 'certificate-url');
    return Promise.resolve(createPublicKey(own.publicKey));
  }),
};

keepsPresetContract({
  provider: offline,
  platform: { ...platform, sign: (unsigned, key) => platform.sign(unsigned, { ...key, values: [webhookId] }) },
  right: { stored: webhookId, key: own.privateKey },
  other: { stored: otherWebhookId, key: other.privateKey },
  sign: ({ body, key, at }) => signed(body, at, key),
  signature: 'paypal-transmission-sig',
  toleranceSeconds: 72 * 3600,
});

describe('what is signed', () => {
  const sent = signed(Buffer.from('{"id":"WH-1"}'));
  const outcome = (headers: Readonly<Record<string, string>>, secrets = [webhookId]) =>
    outcomeOf(offline, changed(sent, headers), secrets);

  test('is the id and the time of the transmission, written in one way', async () => {
    expect(await outcome({})).toBe('#0');
    const id = sent.headers['paypal-transmission-id'];
    expect(await outcome({ 'paypal-transmission-id': id.toUpperCase() })).toBe('401 signature-mismatch');
    for (const odd of [`${id},${id}`, `${id}|a`, ` ${id}`, 'é', 'a'.repeat(65)]) {
      expect(await outcome({ 'paypal-transmission-id': odd }), odd).toBe('401 id-malformed');
    }
    expect(await outcome({ 'paypal-transmission-id': '' })).toBe('401 id-missing');
    expect(await outcome({ 'paypal-transmission-time': '' })).toBe('401 timestamp-missing');
    expect(await outcome({ 'paypal-transmission-time': '1795262400' })).toBe('401 timestamp-malformed');
    expect(await outcome({ 'paypal-transmission-time': '2026-11-21T12:00:01Z' })).toBe('401 signature-mismatch');
  });

  test('is for one webhook', async () => {
    expect(await outcome({}, [otherWebhookId])).toBe('401 signature-mismatch');
    expect(await outcome({}, [otherWebhookId, webhookId])).toBe('#1');
  });

  test('is signed by the one algorithm, and by a certificate from where PayPal keeps them', async () => {
    for (const algorithm of ['', 'SHA1withRSA', 'none']) {
      expect(await outcome({ 'paypal-auth-algo': algorithm })).toBe('401 algorithm-unknown');
    }
    expect(await outcome({ 'paypal-cert-url': '' })).toBe('401 certificate-url');
    expect(await outcome({ 'paypal-cert-url': 'https://other.example.com/' })).toBe('401 certificate-url');
  });

  test('tells events apart by the transmission, since a CRC-32 does not prove a body', async () => {
    const first = await describedOf(offline, sent, webhookId);
    expect(first).toMatchObject({ deliveryId: 'WH-1' });
    const another = signed(Buffer.from('{"id":"WH-2"}'));
    expect((await describedOf(offline, another, webhookId)).event.id).toBe(first.event.id);
    expect(paypal.weakBody).toBe(true);
    expect(await outcomeOf(offline, { ...sent, body: another.body }, [webhookId])).toBe('401 signature-mismatch');
  });
});

describe('a pinned key', () => {
  const sent = signed(Buffer.from('{}'));
  const certificate = madeCertificate({
    commonName: 'messageverificationcerts.paypal.com',
    privateKey: own.privateKey,
    from: 0,
    until: 1,
  });
  /** The preset as it is: it would have to ask PayPal. */
  const outcome = (secrets: readonly string[], request: Sent = sent) => outcomeOf(paypal, request, secrets);

  test('is used, and nothing fetched', async () => {
    expect(await outcome([webhookId, own.publicKey])).toBe('#0');
    expect(await outcome([other.publicKey, own.publicKey, webhookId])).toBe('#2');
    expect(await outcome([webhookId, certificate])).toBe('#0');
    expect(await outcome([webhookId, other.publicKey])).toBe('401 signature-mismatch');
    expect(await outcome([webhookId, own.publicKey], changed(sent, { 'paypal-cert-url': 'file:///' }))).toBe('#0');
  });

  test('is no id of a webhook, and must be a public one', async () => {
    expect(await outcome([own.publicKey])).toBe('503 no-secret');
    expect(await outcome([webhookId, own.privateKey])).toBe('503 no-secret');
    expect(await outcome([webhookId, '-----BEGIN nothing'])).toBe('503 no-secret');
    const asId = signed(Buffer.from('{}'), contractNow, own.privateKey, own.publicKey);
    expect(await outcome([webhookId, own.publicKey], asId)).toBe('401 signature-mismatch');
  });
});

describe('the certificates of PayPal', () => {
  const asked: string[] = [];
  const find = paypalCertificates(async (url) => {
    asked.push(String(url));
    const commonName = String(url).includes('other') ? 'paypal.com' : 'messageverificationcerts.paypal.com';
    return new Response(
      madeCertificate({
        commonName,
        privateKey: own.privateKey,
        from: contractNow - 1_000,
        until: contractNow + 1_000,
      }),
    );
  });

  test('are fetched from its own hosts', async () => {
    for (const host of ['api.paypal.com', 'api-m.paypal.com', 'api.sandbox.paypal.com', 'api-m.sandbox.paypal.com']) {
      const key = await find(certificateUrl.replace('api.paypal.com', host), contractNow);
      expect(key.equals(createPublicKey(own.publicKey)), host).toBe(true);
    }
    expect(asked).toHaveLength(4);
  });

  test('are fetched from nowhere else', async () => {
    asked.length = 0;
    for (const url of [
      'https://www.paypal.com/v1/notifications/certs/CERT-1',
      'https://evil-api.paypal.com/v1/notifications/certs/CERT-1',
      'https://api.paypal.com.example.com/v1/notifications/certs/CERT-1',
      'https://api.paypal.com/v1/notifications/certs/CERT-1/../../../me',
      'https://api.paypal.com/v1/notifications/certs/CERT-1%2f..',
      'https://api.paypal.com/redirect',
    ]) {
      await expect(find(url, contractNow), url).rejects.toMatchObject({ reason: 'certificate-url' });
    }
    expect(asked).toEqual([]);
  });

  test('must be made out to the signer of its messages', async () => {
    await expect(find(`${certificateUrl}-other`, contractNow)).rejects.toMatchObject({
      reason: 'certificate-malformed',
    });
  });
});
