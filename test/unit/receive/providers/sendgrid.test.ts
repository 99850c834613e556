import { generateKeyPairSync, sign } from 'node:crypto';
import eventWebhook from '@sendgrid/eventwebhook';
import { expect, test } from 'vitest';
import { sendgrid } from '../../../../functions/receive/providers/sendgrid.ts';
import { sendgrid as platform } from '../../../../infra/platforms/sendgrid.ts';
import { keepsHeaderContract } from '../../../support/header-contract.ts';
import {
  contractNow,
  describedOf,
  keepsPresetContract,
  outcomeOf,
  type PresetContract,
} from '../../../support/preset-contract.ts';

const names = {
  signature: 'x-twilio-email-event-webhook-signature',
  timestamp: 'x-twilio-email-event-webhook-timestamp',
} as const;
const pair = () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    stored: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    pem: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
};
const right = pair();
const signed = (body: Buffer, at: number, key = right.key) => {
  const timestamp = String(Math.floor(at / 1000));
  const signature = sign('sha256', Buffer.concat([Buffer.from(timestamp), body]), key).toString('base64');
  return { body, headers: { [names.signature]: signature, [names.timestamp]: timestamp } };
};
const sdk = new eventWebhook.EventWebhook();

const contract: PresetContract & { readonly signature: string } = {
  provider: sendgrid,
  platform,
  right,
  other: pair(),
  sign: ({ body, key, at }) => signed(body, at, key),
  signature: names.signature,
  toleranceSeconds: 25 * 3600,
  sdkAccepts: ({ body, headers }, stored) =>
    sdk.verifySignature(
      sdk.convertPublicKeyToECDSA(stored),
      body,
      headers[names.signature] ?? '',
      headers[names.timestamp] ?? '',
    ),
};

keepsPresetContract(contract);
keepsHeaderContract({ ...contract, timestamp: { header: names.timestamp, toleranceSeconds: 25 * 3600 } });

// Source: https://github.com/sendgrid/sendgrid-nodejs/blob/main/packages/eventwebhook/src/eventwebhook.spec.js
test('accepts the vector that its SDK is tested with, at its time', async () => {
  const publicKey =
    'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==';
  const event = {
    email: 'hello@world.com',
    event: 'dropped',
    reason: 'Bounced Address',
    sg_event_id: 'ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA',
    sg_message_id: 'LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0',
    'smtp-id': '<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>',
    timestamp: 1600112492,
  };
  const headers = {
    [names.signature]:
      'MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=',
    [names.timestamp]: '1600112502',
  };
  const sent = { body: Buffer.from(`${JSON.stringify([event])}\r\n`), headers };
  expect(await outcomeOf(sendgrid, sent, [publicKey], 1_600_112_502_000)).toBe('#0');
  expect(await outcomeOf(sendgrid, { ...sent, body: sent.body.subarray(0, -2) }, [publicKey], 1_600_112_502_000)).toBe(
    '401 signature-mismatch',
  );
  expect(await outcomeOf(sendgrid, sent, [publicKey])).toBe('401 timestamp-stale');
});

test('takes the key as PEM as well, and no private key', async () => {
  const sent = signed(Buffer.from('[]'), contractNow);
  expect(await outcomeOf(sendgrid, sent, [right.pem])).toBe('#0');
  expect(await outcomeOf(sendgrid, sent, [right.key])).toBe('503 no-secret');
});

test('tells lists of events apart by all of them, and counts the type of each', async () => {
  const list = (...ids: readonly string[]) =>
    Buffer.from(JSON.stringify(ids.map((id) => ({ event: `e${id}`, sg_event_id: id, timestamp: 1_600_112_492 }))));
  const of = async (body: Buffer, at = contractNow) => describedOf(sendgrid, signed(body, at), right.stored);
  const first = await of(list('1', '2'));
  expect(first).toMatchObject({ types: ['e1', 'e2'], event: { type: 'mixed', time: '2020-09-14T19:41:32.000Z' } });
  expect((await of(list('1', '2'), contractNow - 60_000)).event.id).toBe(first.event.id);
  expect((await of(list('1', '3'))).event.id).not.toBe(first.event.id);
});
