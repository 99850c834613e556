import { createHmac, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { describe, expect, test } from 'vitest';
import { standardWebhooks } from '../../../../functions/receive/providers/standard-webhooks.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { type Family, standardWebhooks as platform } from '../../../../infra/platforms/standard-webhooks.ts';
import { svix as svixPlatform } from '../../../../infra/platforms/svix.ts';
import { acceptsAtContractTime } from '../../../support/at-contract-time.ts';
import { keepsHeaderContract } from '../../../support/header-contract.ts';
import {
  contractNow,
  contractUrl,
  describedOf,
  keepsPresetContract,
  outcomeOf,
} from '../../../support/preset-contract.ts';
import {
  otherStandardSecret as otherWhsec,
  standardContract,
  standardSecret as whsec,
} from '../../../support/standard-contract.ts';

type HeaderSet = Readonly<Record<string, string>>;

const seconds = Math.floor(contractNow / 1000);
const body = '{"test": 2432232314}';
const outcome = (headers: HeaderSet, content: string, secrets: readonly string[]) =>
  outcomeOf(standardWebhooks, { body: Buffer.from(content), headers }, secrets);
const signed = (secret = whsec, id = 'msg_1') => new StandardWebhook(secret).sign(id, new Date(seconds * 1000), body);
const headers = (difference: HeaderSet = {}): HeaderSet => ({
  'webhook-id': 'msg_1',
  'webhook-timestamp': String(seconds),
  'webhook-signature': signed(),
  ...difference,
});

describe.each<[Family, typeof platform, typeof StandardWebhook | typeof SvixWebhook]>([
  ['webhook', platform, StandardWebhook],
  ['svix', svixPlatform, SvixWebhook],
])('with %s headers', (family, played, Verifier) => {
  const contract = standardContract(standardWebhooks, played, family);
  keepsPresetContract(contract);
  keepsHeaderContract({ ...contract, timestamp: { header: `${family}-timestamp`, toleranceSeconds: 300 } });

  test('its own library judges every signature and time as the preset does', async () => {
    const content = '{"a":1}';
    const right = new StandardWebhook(whsec).sign('msg_1', new Date(contractNow), content);
    const signatures = [right, right.slice(0, -1), right.replace('v1,', 'v2,'), `v1,x ${right}`, right.slice(3), ''];
    for (const signature of signatures) {
      for (const at of [seconds, seconds - 1]) {
        const sent = {
          [`${family}-id`]: 'msg_1',
          [`${family}-timestamp`]: String(at),
          [`${family}-signature`]: signature,
        };
        const theirs = acceptsAtContractTime(() => new Verifier(whsec).verify(content, { ...sent }));
        expect((await outcome(sent, content, [whsec])) === '#0', `${signature} ${at}`).toBe(theirs);
      }
    }
  });
});

test("accepts the specification's own example", async () => {
  const example = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };
  const verify = standardWebhooks.scheme;
  if (typeof verify !== 'function') throw new Error('expected a verifier');
  const webhook = webhookOf({ url: contractUrl, headers: new Map(Object.entries(example)), body: Buffer.from(body) });
  const proof = await verify(webhook, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], 1_614_265_330_000);
  expect(proof).toEqual({ secret: 0, id: 'msg_p5jXN8AQM9LWM0D4loKWxJek' });
});

test('takes any one of many signatures, and a secret without its prefix', async () => {
  const many = `v1,AAAA v2,BBBB ${signed(otherWhsec)} ${signed()}`;
  expect(await outcome(headers({ 'webhook-signature': many }), body, [whsec])).toBe('#0');
  expect(await outcome(headers(), body, [whsec.slice('whsec_'.length)])).toBe('#0');
});

test('wants all three headers of one family', async () => {
  const { 'webhook-id': id = '', ...rest } = headers();
  expect(await outcome({ ...rest, 'svix-id': id }, body, [whsec])).toBe('401 id-missing');
  expect(await outcome(rest, body, [whsec])).toBe('401 id-missing');
  expect(await outcome(headers({ 'webhook-id': '' }), body, [whsec])).toBe('401 id-missing');
});

test('takes either family where both are whole', async () => {
  const svix = { 'svix-id': 'msg_1', 'svix-timestamp': String(seconds), 'svix-signature': 'v1,AAAA' };
  expect(await outcome(headers(svix), body, [whsec])).toBe('#0');
  const other = headers({ ...svix, 'svix-signature': signed(), 'webhook-signature': 'v1,AAAA' });
  expect(await outcome(other, body, [whsec])).toBe('#0');
});

test('has no use for a secret that is not base64', async () => {
  expect(await outcome(headers(), body, ['whsec_not base64!'])).toBe('503 no-secret');
  expect(await outcome(headers(), body, ['whsec_not base64!', whsec])).toBe('#1');
});

test('the signed id alone tells events apart', async () => {
  const sent = (id: string, content: string, at = contractNow) => ({
    body: Buffer.from(content),
    headers: {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at / 1000)),
      'webhook-signature': new StandardWebhook(whsec).sign(id, new Date(at), content),
    },
  });
  const first = await describedOf(standardWebhooks, sent('msg_1', body), whsec);
  const again = await describedOf(standardWebhooks, sent('msg_1', body, contractNow + 60_000), whsec);
  const other = await describedOf(standardWebhooks, sent('msg_2', body), whsec);
  expect(again.event.id).toBe(first.event.id);
  expect(other.event.id).not.toBe(first.event.id);
  expect(first.deliveryId).toBe('msg_1');
});

describe('with a public key', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64');
  const whpk = `whpk_${raw}`;
  const signature = `v1a,${signBytes(null, Buffer.from(`msg_1.${seconds}.${body}`), privateKey).toString('base64')}`;

  test('accepts what its private key signed, beside secrets', async () => {
    const asymmetric = headers({ 'webhook-signature': signature });
    expect(await outcome(asymmetric, body, [whpk])).toBe('#0');
    expect(await outcome(asymmetric, body, [whsec, whpk])).toBe('#1');
    expect(await outcome(headers(), body, [whpk, whsec])).toBe('#1');
    expect(await outcome(asymmetric, `${body} `, [whpk])).toBe('401 signature-mismatch');
    expect(await outcome(asymmetric, body, ['whpk_AAAA'])).toBe('503 no-secret');
  });

  test('never takes the public key for a secret that everybody would know', async () => {
    const key = Buffer.from(raw, 'base64');
    const forged = `v1,${createHmac('sha256', key).update(`msg_1.${seconds}.${body}`).digest('base64')}`;
    expect(await outcome(headers({ 'webhook-signature': forged }), body, [whpk])).toMatch(/^401 /);
    const stale = headers({ 'webhook-signature': signature, 'webhook-timestamp': String(seconds - 301) });
    expect(await outcome(stale, body, [whpk])).toBe('401 timestamp-stale');
  });
});
