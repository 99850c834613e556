import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { describe as describeEvent } from '../../../../functions/receive/event-of.ts';
import { answerOf, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { dropbox } from '../../../../functions/receive/providers/dropbox.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { dropbox as platform } from '../../../../infra/platforms/dropbox.ts';
import { contractNow, contractUrl, describedOf, keepsPresetContract } from '../../../support/preset-contract.ts';

const signed = (content: string) => ({
  body: Buffer.from(content),
  headers: { 'x-dropbox-signature': createHmac('sha256', 'right').update(content).digest('hex') },
});
const asked = (query: string, method = 'GET') =>
  webhookOf({ method, url: `${contractUrl}${query}`, headers: new Map(), body: Buffer.alloc(0) });
const noSecret = () => {
  throw new Error('no secret is needed');
};

keepsPresetContract({
  provider: dropbox,
  platform,
  right: { stored: 'right', key: 'right' },
  other: { stored: 'other', key: 'other' },
  sign: ({ body, key }) => ({
    body,
    headers: { 'x-dropbox-signature': createHmac('sha256', key).update(body).digest('hex') },
  }),
  signature: 'x-dropbox-signature',
  toleranceSeconds: null,
});

describe('the question whether somebody is there', () => {
  test('proves nothing, and gets its challenge back as plain text', async () => {
    const webhook = asked('?challenge=a%3Cb');
    const handshake = handshakeOf(dropbox.handshakes, webhook);
    expect(handshake?.proof).toBe('nothing');
    expect(handshake && (await answerOf(handshake, webhook, noSecret))).toEqual({ body: 'a<b' });
  });

  test.each([
    ['without a challenge', '', 'GET'],
    ['with an empty one', '?challenge=', 'GET'],
    ['with two', '?challenge=a&challenge=b', 'GET'],
    ['by another method', '?challenge=a', 'POST'],
  ])('is none %s', (_, query, method) => {
    expect(handshakeOf(dropbox.handshakes, asked(query, method))).toBeUndefined();
  });
});

test('the next change of an account is another event, although it is the same bytes', async () => {
  if (typeof dropbox.scheme !== 'function') throw new Error('expected code');
  const { body, headers } = signed('{"list_folder":{"accounts":["dbid:1"]}}');
  const webhook = webhookOf({ url: contractUrl, headers: new Map(Object.entries(headers)), body });
  const ids = new Set<string>();
  for (const at of [contractNow, contractNow + 1]) {
    const proof = await dropbox.scheme(webhook, ['right'], at);
    ids.add(describeEvent(dropbox, webhook, { source: 'there', proof, receivedAt: '' }).event.id);
  }
  expect(ids.size).toBe(2);
});

test('two notifications of one moment are two events where they are not the same', async () => {
  const first = await describedOf(dropbox, signed('{"list_folder":{"accounts":["dbid:1"]}}'), 'right');
  const other = await describedOf(dropbox, signed('{"list_folder":{"accounts":["dbid:2"]}}'), 'right');
  expect(other.event.id).not.toBe(first.event.id);
});

test.each([
  ['{"delta":{"users":[1]},"list_folder":{"accounts":["dbid:1"]}}', 'list_folder'],
  ['{"something_new":{}}', 'something_new'],
  ['{}', 'unknown'],
  ['null', 'unknown'],
])('%s is of type %s', async (content, type) => {
  expect((await describedOf(dropbox, signed(content), 'right')).event.type).toBe(type);
});
