import { createHmac } from 'node:crypto';
import hubspotSdk from '@hubspot/api-client/lib/src/utils/signature.js';
import { describe, expect, test } from 'vitest';
import { hubspot } from '../../../../functions/receive/providers/hubspot.ts';
import { hubspot as platform } from '../../../../infra/platforms/hubspot.ts';
import { keepsHeaderContract } from '../../../support/header-contract.ts';
import {
  contractNow,
  contractUrl,
  describedOf,
  keepsPresetContract,
  outcomeOf,
  type PresetContract,
} from '../../../support/preset-contract.ts';
import { textOf } from '../../../support/text-of.ts';

const names = { signature: 'x-hubspot-signature-v3', timestamp: 'x-hubspot-request-timestamp' } as const;
const signed = (body: Buffer, at: number, key = 'client secret', url = contractUrl) => {
  const text = textOf(body);
  const signature =
    text === undefined
      ? createHmac('sha256', key).update(`POST${url}`).update(body).update(String(at)).digest('base64')
      : hubspotSdk.Signature.getSignature('POST', 'v3', {
          clientSecret: key,
          requestBody: text,
          signature: '',
          timestamp: at,
          url,
        });
  return { body, headers: { [names.signature]: signature, [names.timestamp]: String(at) } };
};

const contract: PresetContract & { readonly signature: string } = {
  provider: hubspot,
  platform,
  right: { stored: 'client secret', key: 'client secret' },
  other: { stored: 'another', key: 'another' },
  sign: ({ body, key, at }) => signed(body, at, key),
  signature: names.signature,
  toleranceSeconds: 300,
};

keepsPresetContract(contract);
keepsHeaderContract({ ...contract, timestamp: { header: names.timestamp, toleranceSeconds: 300, unit: 'ms' } });

describe('the URL', () => {
  const outcome = (signedUrl: string, url: string) => {
    const sent = signed(Buffer.from('[]'), contractNow, 'client secret', signedUrl);
    return outcomeOf(hubspot, { ...sent, url }, ['client secret']);
  };

  test('is signed with some characters decoded, and no others', async () => {
    const url = `${contractUrl}?a=%3A%2F%3f%40%21%24%27%28%29%2a%2C%3B&b=%20%26%3D%25%2B`;
    expect(await outcome(`${contractUrl}?a=:/?@!$'()*,;&b=%20%26%3D%25%2B`, url)).toBe('#0');
    expect(await outcome(url, url)).toBe('#0');
    expect(await outcome(`${contractUrl}?a=:/?@!$'()*,;&b= &=%+`, url)).toBe('401 signature-mismatch');
  });

  test('must be the one that was signed', async () => {
    expect(await outcome('https://other.example.com/', contractUrl)).toBe('401 signature-mismatch');
    expect(await outcome(contractUrl, `${contractUrl}?a=1`)).toBe('401 signature-mismatch');
  });

  test('in another form does not make a stale request a fresh one', async () => {
    const url = `${contractUrl}?a=%3A`;
    const sent = { ...signed(Buffer.from('[]'), contractNow - 301_000, 'client secret', url), url };
    expect(await outcomeOf(hubspot, sent, ['client secret'])).toBe('401 timestamp-stale');
    expect(await outcomeOf(hubspot, { ...sent, headers: {} }, ['client secret'])).toBe('401 signature-missing');
  });
});

test('knows a list of events whichever attempt it is', async () => {
  const event = { eventId: 1, subscriptionType: 'contact.creation', portalId: 62515, occurredAt: 1_795_262_400_000 };
  const described = (more: object) =>
    describedOf(hubspot, signed(Buffer.from(JSON.stringify([{ ...event, ...more }])), contractNow), 'client secret');
  const first = await described({ attemptNumber: 0 });
  expect(first).toMatchObject({
    tenant: '62515',
    event: { type: 'contact.creation', time: '2026-11-21T12:00:00.000Z' },
  });
  expect((await described({ attemptNumber: 3 })).event.id).toBe(first.event.id);
  expect((await described({ attemptNumber: 0, objectId: 2 })).event.id).not.toBe(first.event.id);
});
