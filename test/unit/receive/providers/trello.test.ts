import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { answerOf, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { trello } from '../../../../functions/receive/providers/trello.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { trello as platform } from '../../../../infra/platforms/trello.ts';
import { contractUrl, describedOf, keepsPresetContract, outcomeOf } from '../../../support/preset-contract.ts';

const signatureOf = (body: Buffer, key: string, url = contractUrl) =>
  createHmac('sha1', key).update(body).update(url).digest('base64');
const sign = ({ body, key }: { readonly body: Buffer; readonly key: string }) => ({
  body,
  headers: { 'x-trello-webhook': signatureOf(body, key) },
});

keepsPresetContract({
  provider: trello,
  platform,
  right: { stored: 'right', key: 'right' },
  other: { stored: 'other', key: 'other' },
  sign,
  signature: 'x-trello-webhook',
  toleranceSeconds: null,
});

const action = {
  action: {
    id: '51f9424bcd6e040f3c002412',
    type: 'updateCard',
    date: '2026-11-21T11:53:20.000Z',
    data: { text: 'from – to' },
  },
  model: { id: '4d5ea62fd76aa1136000000c' },
};
const body = Buffer.from(JSON.stringify(action));

test('what is signed holds the URL, with its query', async () => {
  const url = `${contractUrl}?board=1`;
  const headers = { 'x-trello-webhook': signatureOf(body, 'right', url) };
  expect(await outcomeOf(trello, { body, headers, url }, ['right'])).toBe('#0');
  expect(await outcomeOf(trello, { body, headers }, ['right'])).toBe('401 signature-mismatch');
});

test('an action is the same when Trello sends it again', async () => {
  const first = await describedOf(trello, sign({ body, key: 'right' }), 'right');
  const again = await describedOf(
    trello,
    sign({ body: Buffer.concat([body, Buffer.from('\n')]), key: 'right' }),
    'right',
  );
  expect(again.event.id).toBe(first.event.id);
  expect(first).toMatchObject({
    event: { type: 'updateCard', time: '2026-11-21T11:53:20.000Z' },
    tenant: '4d5ea62fd76aa1136000000c',
    deliveryId: '51f9424bcd6e040f3c002412',
  });
});

describe('a signature of the lowest eight bits of each character', () => {
  const { scheme } = trello;
  const proofOf = (content: Buffer, signature: string) => {
    if (typeof scheme !== 'function') throw new Error('expected code');
    const headers = new Map([['x-trello-webhook', signature]]);
    return scheme(webhookOf({ url: contractUrl, headers, body: content }), ['right'], 0);
  };
  const bitsOf = (content: Buffer) => signatureOf(Buffer.from(content.toString('utf8'), 'latin1'), 'right');

  test('turns an en dash into 19, as the documentation says', () => {
    expect([...Buffer.from('–', 'latin1')]).toEqual([19]);
  });

  test('counts, and is said to be weak', async () => {
    expect(await proofOf(body, bitsOf(body))).toEqual({ secret: 0, weakBody: true });
    expect(await proofOf(body, signatureOf(body, 'right'))).toEqual({ secret: 0 });
  });

  test('does not count for a body that it could not have made a difference for', async () => {
    const plain = Buffer.from('{"action":{"id":"51f9424bcd6e040f3c002412"}}');
    expect(await proofOf(plain, bitsOf(plain))).toEqual({ secret: 0 });
    expect(await outcomeOf(trello, { body: plain, headers: { 'x-trello-webhook': 'a' } }, ['right'])).toBe(
      '401 signature-mismatch',
    );
  });

  test('never proves another id of the action', async () => {
    const forged = Buffer.from(body.toString('utf8').replace('51f9424b', '51f9424\u0162'));
    expect(bitsOf(forged)).toBe(bitsOf(body));
    const headers = { 'x-trello-webhook': bitsOf(body) };
    expect(await outcomeOf(trello, { body: forged, headers }, ['right'])).toBe('401 signature-mismatch');
    for (const id of [undefined, null, 7, ['51f9424bcd6e040f3c002412'], { toString: 1, valueOf: 1 }]) {
      const odd = Buffer.from(JSON.stringify({ action: { id, text: '–' } }));
      expect(await outcomeOf(trello, { body: odd, headers: { 'x-trello-webhook': bitsOf(odd) } }, ['right'])).toBe(
        '401 signature-mismatch',
      );
    }
  });
});

test('tells Trello by HEAD that somebody is there', async () => {
  const asked = webhookOf({ method: 'HEAD', url: contractUrl, headers: new Map(), body: Buffer.alloc(0) });
  const handshake = handshakeOf(trello.handshakes, asked);
  if (!handshake) throw new Error('expected a handshake');
  expect(handshake.proof).toBe('nothing');
  expect(await answerOf(handshake, asked, () => '')).toEqual({});
  expect(handshakeOf(trello.handshakes, { ...asked, method: 'POST' })).toBeUndefined();
});
