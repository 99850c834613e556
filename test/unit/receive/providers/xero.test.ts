import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { answerOf, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { xero } from '../../../../functions/receive/providers/xero.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { xero as platform } from '../../../../infra/platforms/xero.ts';
import { contractUrl, describedOf, keepsPresetContract, outcomeOf } from '../../../support/preset-contract.ts';

const key = 'OSd0eLlVIY9ZhViEqlDUh4+6n6M+Lo+eDaEJheJ6OCCgWwIz2D3JIAU6jPMipHRbgKTLz2uJ+xiACXGDBLrgdA==';
const sign = ({ body, key: by }: { readonly body: Buffer; readonly key: string }) => ({
  body,
  headers: { 'x-xero-signature': createHmac('sha256', by).update(body).digest('base64') },
});

keepsPresetContract({
  provider: xero,
  platform,
  right: { stored: key, key },
  other: { stored: 'other', key: 'other' },
  sign,
  signature: 'x-xero-signature',
  toleranceSeconds: null,
});

const intent = Buffer.from('{"events":[],"lastEventSequence":0,"firstEventSequence":0,"entropy":"S0m3r4Nd0mt3xt"}');
const posted = (body: Buffer) => webhookOf({ url: contractUrl, headers: new Map(), body });

test('answers an intent to receive with nothing at all, once its signature is proved', async () => {
  const handshake = handshakeOf(xero.handshakes, posted(intent));
  if (!handshake) throw new Error('expected a handshake');
  expect(handshake.proof ?? 'signature').toBe('signature');
  expect(await answerOf(handshake, posted(intent), () => '')).toEqual({});
  expect(await outcomeOf(xero, sign({ body: intent, key }), [key])).toBe('#0');
});

test('refuses an intent to receive that is signed wrongly with 401', async () => {
  const right = sign({ body: intent, key }).headers['x-xero-signature'];
  for (const wrong of [
    sign({ body: intent, key: 'other' }).headers['x-xero-signature'],
    right.toLowerCase(),
    `${right}=`,
    'x',
    '',
  ]) {
    const headers = { 'x-xero-signature': wrong };
    expect(await outcomeOf(xero, { body: intent, headers }, [key]), wrong).toMatch(/^401 /);
  }
});

test('events are acknowledged by nothing at all, and are no handshake', () => {
  for (const body of ['{"events":[{}]}', '{"events":{}}', '{}', '[]', 'null', '']) {
    expect(handshakeOf(xero.handshakes, posted(Buffer.from(body))), body).toBeUndefined();
    expect(xero.acknowledge?.(posted(Buffer.from(body)), key)).toEqual({});
  }
});

test('events are the same when Xero sends them again', async () => {
  const change = { eventCategory: 'INVOICE', eventType: 'UPDATE', tenantId: 'T1', resourceId: 'R1' };
  const described = (entropy: string, event: object = change) =>
    describedOf(
      xero,
      sign({
        body: Buffer.from(JSON.stringify({ events: [event], lastEventSequence: 1, firstEventSequence: 1, entropy })),
        key,
      }),
      key,
    );
  const first = await described('AAAA');
  expect((await described('BBBB')).event.id).toBe(first.event.id);
  expect((await described('AAAA', { ...change, resourceId: 'R2' })).event.id).not.toBe(first.event.id);
  expect(first).toMatchObject({ event: { type: 'INVOICE.UPDATE' }, tenant: 'T1' });
});
