import { expect, test } from 'vitest';
import { answerOf, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { okta } from '../../../../functions/receive/providers/okta.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { okta as platform } from '../../../../infra/platforms/okta.ts';
import { contractUrl, describedOf, keepsPresetContract, outcomeOf } from '../../../support/preset-contract.ts';

const basic = `Basic ${Buffer.from('nerite:a long password').toString('base64')}`;

keepsPresetContract({
  provider: okta,
  platform,
  right: { stored: basic, key: basic },
  other: { stored: 'other', key: 'other' },
  sign: ({ body, key }) => ({ body, headers: { authorization: key } }),
  signature: 'authorization',
  toleranceSeconds: null,
});

test('the header must be the very text of the secret', async () => {
  const outcome = (authorization: string) =>
    outcomeOf(okta, { body: Buffer.from('{}'), headers: { authorization } }, [basic]);
  expect(await outcome(basic)).toBe('#0');
  for (const wrong of [basic.slice('Basic '.length), basic.toLowerCase(), ` ${basic}`, `${basic} `]) {
    expect(await outcome(wrong), wrong).toBe('401 signature-mismatch');
  }
});

test('a hook call is the same when Okta tries again', async () => {
  const call = {
    eventId: 'b5a188b9-5ece-4636-b041-482ffda96311',
    source: 'https://example.okta.com/api/v1/eventHooks/who1',
    eventTime: '2026-11-21T11:53:20.000Z',
    data: { events: [{ uuid: 'a', eventType: 'user.session.start' }] },
  };
  const described = (value: object) =>
    describedOf(okta, { body: Buffer.from(JSON.stringify(value)), headers: { authorization: basic } }, basic);
  const first = await described(call);
  expect((await described({ ...call, eventTime: '2026-11-21T11:54:20.000Z' })).event.id).toBe(first.event.id);
  expect(first).toMatchObject({
    event: { type: 'user.session.start' },
    tenant: 'https://example.okta.com/api/v1/eventHooks/who1',
    deliveryId: 'b5a188b9-5ece-4636-b041-482ffda96311',
  });
});

const asked = (headers: Readonly<Record<string, string>>, method = 'GET') =>
  webhookOf({ method, url: contractUrl, headers: new Map(Object.entries(headers)), body: Buffer.alloc(0) });
const challenge = { 'x-okta-verification-challenge': 'dGhpcyBpcyBhIGNoYWxsZW5nZQ' };

test('gives the challenge back as JSON', async () => {
  const handshake = handshakeOf(okta.handshakes, asked(challenge));
  if (!handshake) throw new Error('expected a handshake');
  expect(await answerOf(handshake, asked(challenge), () => '')).toEqual({
    body: '{"verification":"dGhpcyBpcyBhIGNoYWxsZW5nZQ"}',
    contentType: 'application/json',
  });
});

test('is asked by GET with a challenge, and in no other way', () => {
  expect(handshakeOf(okta.handshakes, asked({}))).toBeUndefined();
  expect(handshakeOf(okta.handshakes, asked(challenge, 'POST'))).toBeUndefined();
});
