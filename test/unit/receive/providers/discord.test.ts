import { generateKeyPairSync, sign } from 'node:crypto';
import { verifyKey } from 'discord-interactions';
import { describe, expect, test } from 'vitest';
import { answerOf, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { discord } from '../../../../functions/receive/providers/discord.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { discord as platform } from '../../../../infra/platforms/discord.ts';
import {
  contractNow,
  contractUrl,
  describedOf,
  keepsPresetContract,
  outcomeOf,
  type PresetContract,
} from '../../../support/preset-contract.ts';

const pair = () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { x = '' } = publicKey.export({ format: 'jwk' });
  return {
    stored: Buffer.from(x, 'base64url').toString('hex'),
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
};
const right = pair();
const signed = (body: Buffer, at: number, key = right.key) => {
  const timestamp = String(Math.floor(at / 1000));
  const signature = sign(null, Buffer.concat([Buffer.from(timestamp), body]), key).toString('hex');
  return { body, headers: { 'x-signature-ed25519': signature, 'x-signature-timestamp': timestamp } };
};

const contract: PresetContract & { readonly signature: string } = {
  provider: discord,
  platform,
  right,
  other: pair(),
  sign: ({ body, key, at }) => signed(body, at, key),
  signature: 'x-signature-ed25519',
  toleranceSeconds: 900,
  sdkAccepts: ({ body, headers }, stored) =>
    verifyKey(body, headers['x-signature-ed25519'] ?? '', headers['x-signature-timestamp'] ?? '', stored),
};

keepsPresetContract(contract);

test('is written in one way but for the case of hex', async () => {
  const sent = signed(Buffer.from('{}'), contractNow);
  const signature = sent.headers['x-signature-ed25519'];
  const outcome = (value: string) =>
    outcomeOf(discord, { ...sent, headers: { ...sent.headers, 'x-signature-ed25519': value } }, [right.stored]);
  expect(await outcome(signature.toUpperCase())).toBe('#0');
  for (const broken of ['00'.repeat(64), 'zz', `${signature}00`, `0x${signature}`, ` ${signature}`]) {
    expect(await outcome(broken), broken).toMatch(/^401 signature-(mismatch|malformed)$/);
  }
});

const webhook = (value: unknown) =>
  webhookOf({ url: contractUrl, headers: new Map(), body: Buffer.from(JSON.stringify(value)) });
const answerTo = async (value: unknown) => {
  const asked = webhook(value);
  const handshake = handshakeOf(discord.handshakes, asked);
  return handshake && [handshake.proof ?? 'signature', await answerOf(handshake, asked, () => '')];
};
const event = { version: 1, application_id: 'a1', type: 1, event: { type: 'ENTITLEMENT_CREATE', data: {} } };

describe('a ping', () => {
  test('of interactions is answered with one, where it is signed', async () => {
    expect(await answerTo({ id: '1', application_id: 'a1', type: 1, token: 't', version: 1 })).toEqual([
      'signature',
      { body: '{"type":1}', contentType: 'application/json' },
    ]);
  });

  test('of webhook events is answered with 204, where it is signed', async () => {
    expect(await answerTo({ version: 1, application_id: 'a1', type: 0 })).toEqual(['signature', { status: 204 }]);
  });

  test('is not what an event is taken for', async () => {
    expect(await answerTo(event)).toBeUndefined();
    expect(await answerTo({ type: '1' })).toBeUndefined();
    expect(await answerTo(null)).toBeUndefined();
  });
});

test('acknowledges as each kind wants it', () => {
  const json = (value: object) => ({ body: JSON.stringify(value), contentType: 'application/json' });
  const acknowledged = (value: unknown) => discord.acknowledge?.(webhook(value), '');
  expect(acknowledged({ type: 2 })).toEqual(json({ type: 5 }));
  expect(acknowledged({ type: 3, message: {} })).toEqual(json({ type: 6 }));
  expect(acknowledged({ type: 4 })).toEqual(json({ type: 8, data: { choices: [] } }));
  expect(acknowledged({ type: 5 })).toEqual(json({ type: 5 }));
  expect(acknowledged({ type: 5, message: {} })).toEqual(json({ type: 6 }));
  expect(acknowledged(event)).toEqual({ status: 204 });
});

test('knows an interaction by its id and an event by its body, whenever they are sent', async () => {
  const sent = (value: object, at = contractNow) =>
    describedOf(discord, signed(Buffer.from(JSON.stringify(value)), at), right.stored);
  const command = { id: '11', application_id: 'a1', guild_id: 'g1', type: 2, token: 't1' };
  const first = await sent(command);
  expect(first).toMatchObject({ tenant: 'g1', deliveryId: '11', event: { type: 'APPLICATION_COMMAND' } });
  expect((await sent({ ...command, token: 't2' })).event.id).toBe(first.event.id);
  const authorized = await sent(event);
  expect(authorized).toMatchObject({ tenant: 'a1', event: { type: 'ENTITLEMENT_CREATE' } });
  expect((await sent(event, contractNow - 60_000)).event.id).toBe(authorized.event.id);
  for (const type of [99, '2', { toString: 1, valueOf: 1 }]) expect((await sent({ type })).event.type).toBe('unknown');
});
