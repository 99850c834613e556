import { createHmac } from 'node:crypto';
import { validateSignature } from '@line/bot-sdk';
import { expect, test } from 'vitest';
import { answerOf, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { line } from '../../../../functions/receive/providers/line.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { line as platform } from '../../../../infra/platforms/line.ts';
import { contractUrl, describedOf, keepsPresetContract } from '../../../support/preset-contract.ts';

const sign = ({ body, key }: { readonly body: Buffer; readonly key: string }) => ({
  body,
  headers: { 'x-line-signature': createHmac('sha256', key).update(body).digest('base64') },
});

keepsPresetContract({
  provider: line,
  platform,
  right: { stored: 'right', key: 'right' },
  other: { stored: 'other', key: 'other' },
  sign,
  signature: 'x-line-signature',
  toleranceSeconds: null,
  sdkAccepts: ({ body, headers }, stored) => validateSignature(body, stored, headers['x-line-signature'] ?? ''),
});

const event = { type: 'message', webhookEventId: 'E1', timestamp: 1_795_262_000_123 };
const delivered = (isRedelivery: boolean, ...events: readonly object[]) =>
  describedOf(
    line,
    sign({
      body: Buffer.from(
        JSON.stringify({
          destination: 'U8189cf',
          events: events.map((one) => ({ ...one, deliveryContext: { isRedelivery } })),
        }),
      ),
      key: 'right',
    }),
    'right',
  );

test('events are the same when LINE delivers them again', async () => {
  const second = { ...event, type: 'follow', webhookEventId: 'E2' };
  const first = await delivered(false, event, second);
  expect((await delivered(true, event, second)).event.id).toBe(first.event.id);
  expect((await delivered(false, event)).event.id).not.toBe(first.event.id);
  expect((await delivered(false, second, event)).event.id).not.toBe(first.event.id);
  expect(first).toMatchObject({
    types: ['message', 'follow'],
    event: { type: 'mixed', time: '2026-11-21T11:53:20.123Z' },
    tenant: 'U8189cf',
    deliveryId: 'E1',
  });
});

test('where one event has no id, the body tells them apart', async () => {
  const { webhookEventId: _, ...nameless } = event;
  const first = await delivered(false, event, nameless);
  expect((await delivered(true, event, nameless)).event.id).toBe(first.event.id);
  expect((await delivered(false, event)).event.id).not.toBe(first.event.id);
});

const posted = (body: string) => webhookOf({ url: contractUrl, headers: new Map(), body: Buffer.from(body) });

test('answers a request without events, once its signature is proved', async () => {
  const asked = posted('{"destination":"U8189cf","events":[]}');
  const handshake = handshakeOf(line.handshakes, asked);
  if (!handshake) throw new Error('expected a handshake');
  expect(handshake.proof ?? 'signature').toBe('signature');
  expect(await answerOf(handshake, asked, () => '')).toEqual({});
});

test('events are no handshake', () => {
  for (const body of ['{"events":[{"type":"message"}]}', '{"events":{}}', '{"events":null}', '{}', '[]', 'null', '']) {
    expect(handshakeOf(line.handshakes, posted(body)), body).toBeUndefined();
  }
});
