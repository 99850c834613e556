import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { answerOf, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { x } from '../../../../functions/receive/providers/x.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { x as platform } from '../../../../infra/platforms/x.ts';
import { keepsHeaderContract } from '../../../support/header-contract.ts';
import {
  contractUrl,
  describedOf,
  keepsPresetContract,
  outcomeOf,
  type PresetContract,
} from '../../../support/preset-contract.ts';

const hashOf = (content: string | Buffer, key = 'consumer secret') =>
  `sha256=${createHmac('sha256', key).update(content).digest('base64')}`;

const contract: PresetContract & { readonly signature: string } = {
  provider: x,
  platform,
  right: { stored: 'consumer secret', key: 'consumer secret' },
  other: { stored: 'another', key: 'another' },
  sign: ({ body, key }) => ({ body, headers: { 'x-twitter-webhooks-signature': hashOf(body, key) } }),
  signature: 'x-twitter-webhooks-signature',
  body: '{"for_user_id":"1","note":"\u{1f980} é"}',
  toleranceSeconds: null,
};

keepsPresetContract(contract);
keepsHeaderContract({ ...contract, objectsOnly: true });

const asked = (token: string) =>
  webhookOf({
    method: 'GET',
    url: `${contractUrl}?crc_token=${encodeURIComponent(token)}`,
    headers: new Map(),
    body: Buffer.alloc(0),
  });
const answerTo = async (token: string) => {
  const webhook = asked(token);
  const handshake = handshakeOf(x.handshakes, webhook);
  if (!handshake) throw new Error('a challenge must be a handshake');
  return answerOf(handshake, webhook, () => 'consumer secret');
};

test('answers a challenge with the HMAC of it', async () => {
  const token = 'NjQ5ZjY1YzktMDk3My00ZjI1LWE1NjItNWE2ZDU0ZTI1MDQ3';
  expect(await answerTo(token)).toEqual({
    body: JSON.stringify({ response_token: hashOf(token) }),
    contentType: 'application/json',
  });
});

test('takes nothing for an event that a challenge could have been', async () => {
  for (const token of ['12345', 'true', 'null', 'forged-event', 'abcd==']) {
    const answer = await answerTo(token).catch(() => undefined);
    const { response_token = hashOf(token) } = JSON.parse(answer?.body ?? '{}');
    const sent = { body: Buffer.from(token), headers: { 'x-twitter-webhooks-signature': response_token } };
    expect(await outcomeOf(x, sent, ['consumer secret']), token).toBe('401 body-not-an-event');
  }
});

test('signs nothing that could be the body of an event', async () => {
  for (const token of ['{"for_user_id":"1"}', '[]', ' {}', 'a b', '"a"', '\u00e9', '\n{}', 'a=b']) {
    await expect(answerTo(token), token).rejects.toMatchObject({ status: 400, reason: 'handshake-malformed' });
  }
});

test('calls an event by its member', async () => {
  const described = (value: unknown) => {
    const body = Buffer.from(JSON.stringify(value));
    return describedOf(x, { body, headers: { 'x-twitter-webhooks-signature': hashOf(body) } }, 'consumer secret');
  };
  expect(await described({ for_user_id: '7', user_has_blocked: false, favorite_events: [] })).toMatchObject({
    tenant: '7',
    event: { type: 'favorite_events' },
  });
  expect((await described({ user_event: { revoke: {} } })).event.type).toBe('user_event');
  expect((await described({ data: { event_type: 'profile.update.bio' } })).event.type).toBe('profile.update.bio');
  expect((await described({ for_user_id: '7' })).event.type).toBe('unknown');
  await expect(described(['tweet_create_events'])).rejects.toMatchObject({ reason: 'body-not-an-event' });
});
