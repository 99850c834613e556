import { createHmac } from 'node:crypto';
import { sign as octokitSign } from '@octokit/webhooks-methods';
import { describe, expect, test } from 'vitest';
import { answerOf, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { meta } from '../../../../functions/receive/providers/meta.ts';
import { whatsapp } from '../../../../functions/receive/providers/whatsapp.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { meta as metaPlatform } from '../../../../infra/platforms/meta.ts';
import { whatsapp as whatsappPlatform } from '../../../../infra/platforms/whatsapp.ts';
import { keepsHeaderContract } from '../../../support/header-contract.ts';
import {
  contractUrl,
  describedOf,
  keepsPresetContract,
  type PresetContract,
} from '../../../support/preset-contract.ts';
import { textOf } from '../../../support/text-of.ts';

/** Meta took its scheme from PubSubHubbub, as GitHub did, whose SDK signs by it. */
const signed = async (body: Buffer, key = 'app secret') => {
  const text = textOf(body);
  const signature = text
    ? await octokitSign(key, text)
    : `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
  return { body, headers: { 'x-hub-signature-256': signature } };
};

for (const { provider, platform } of [
  { provider: meta, platform: metaPlatform },
  { provider: whatsapp, platform: whatsappPlatform },
]) {
  const contract: PresetContract & { readonly signature: string } = {
    provider,
    platform,
    right: { stored: 'app secret', key: 'app secret' },
    other: { stored: 'another', key: 'another' },
    sign: ({ body, key }) => signed(body, key),
    signature: 'x-hub-signature-256',
    toleranceSeconds: null,
  };
  keepsPresetContract(contract);
  keepsHeaderContract(contract);

  describe(`the subscription of ${provider.name}`, () => {
    const asked = (query: string, method = 'GET') =>
      webhookOf({ method, url: `${contractUrl}?${query}`, headers: new Map(), body: Buffer.alloc(0) });

    test('shows a verify token and gets its challenge as text', async () => {
      const webhook = asked('hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhock');
      const handshake = handshakeOf(provider.handshakes, webhook);
      if (!handshake) throw new Error('a subscription must be a handshake');
      expect(handshake.proof).toEqual({ token: { query: 'hub.verify_token' } });
      expect(await answerOf(handshake, webhook, () => '')).toEqual({ body: '1158201444' });
    });

    test('is no other request', () => {
      expect(handshakeOf(provider.handshakes, asked('hub.mode=unsubscribe'))).toBeUndefined();
      expect(handshakeOf(provider.handshakes, asked('hub.mode=subscribe', 'POST'))).toBeUndefined();
      expect(handshakeOf(provider.handshakes, asked('hub.mode=subscribe&hub.mode=subscribe'))).toBeUndefined();
    });
  });
}

const described = async (provider: typeof meta, value: unknown) =>
  describedOf(provider, await signed(Buffer.from(JSON.stringify(value))), 'app secret');

test('calls a change of Meta by its object and field', async () => {
  const typeOf = async (object: unknown, entry: object) =>
    (await described(meta, { object, entry: [entry] })).event.type;
  expect(await typeOf('page', { changes: [{ field: 'leadgen' }] })).toBe('page.leadgen');
  expect(await typeOf('user', { changed_fields: ['photos'] })).toBe('user.photos');
  expect(await typeOf('page', { messaging: [{ sender: {}, message: {} }] })).toBe('page.messages');
  expect(await typeOf('page', { messaging: [{ postback: {} }] })).toBe('page.messaging_postbacks');
  expect(await typeOf('instagram', { messaging: [{ something: {} }] })).toBe('instagram.messaging');
  expect(await typeOf('page', { standby: [{ message: {} }] })).toBe('page.messages');
  expect(await typeOf('page', {})).toBe('page');
  expect(await typeOf(7, {})).toBe('unknown');
  expect((await described(meta, { object: 'page', entry: [{ id: '157', changes: [] }] })).tenant).toBe('157');
});

describe('a body of WhatsApp', () => {
  const value = (more: object) => ({ metadata: { phone_number_id: '106' }, ...more });
  const change = (of: object, field = 'messages') => ({ changes: [{ field, value: value(of) }] });
  const idOf = async (...entry: readonly object[]) => (await described(whatsapp, { entry })).event.id;

  test('is known by the ids of its messages', async () => {
    const first = await idOf(change({ messages: [{ id: 'm1' }] }));
    expect(await idOf(change({ messages: [{ id: 'm1', more: 1 }] }))).toBe(first);
    expect(await idOf(change({ messages: [{ id: 'm2' }] }))).not.toBe(first);
    expect(await idOf(change({ messages: [{ id: 'm1' }, { id: 'm2' }] }))).not.toBe(first);
  });

  test('is known by the ids and the statuses of its receipts', async () => {
    const sent = await idOf(change({ statuses: [{ id: 'm1', status: 'sent' }] }));
    expect(await idOf(change({ statuses: [{ id: 'm1', status: 'sent', pricing: {} }] }))).toBe(sent);
    expect(await idOf(change({ statuses: [{ id: 'm1', status: 'read' }] }))).not.toBe(sent);
  });

  test('is known by all of it where something has no id', async () => {
    const message = change({ messages: [{ id: 'm1' }] });
    const bodies = [
      [message, change({ event: 'APPROVED' }, 'message_template_status_update')],
      [message, change({ event: 'REJECTED' }, 'message_template_status_update')],
      [message, { changes: [] }],
      [change({ messages: [{ id: 'm1' }], statuses: [{ id: 'm1' }] })],
      [change({ messages: [{ id: 7 }] })],
      [message],
    ];
    const ids = await Promise.all(bodies.map((entry) => idOf(...entry)));
    expect(new Set(ids).size).toBe(bodies.length);
  });

  test('is of the phone number that it is about', async () => {
    expect(await described(whatsapp, { entry: [change({ statuses: [{}] })] })).toMatchObject({
      tenant: '106',
      event: { type: 'messages.statuses' },
    });
    expect((await described(whatsapp, { entry: [{ id: '102', changes: [{ field: 'flows' }] }] })).tenant).toBe('102');
  });
});
