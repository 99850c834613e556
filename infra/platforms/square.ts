import { createHmac } from 'node:crypto';
import { hexSecret, jsonEvent, type Making, type Platform, uuidOf } from './platform.ts';

const event = (made: Making, type: string, kind: string, object: object) =>
  jsonEvent({
    merchant_id: '6SSW7HV8K2ST5',
    location_id: 'L88917AVBK2S5',
    type,
    event_id: uuidOf(made.id),
    created_at: new Date(made.at).toISOString(),
    data: { type: kind, id: made.id.slice(0, 22), object: { [kind]: { id: made.id.slice(0, 22), ...object } } },
  });

export const square: Platform = {
  title: 'Square',
  scheme: 'HMAC-SHA256 of the URL and the body, base64',
  secret: "the webhook subscription's signature key",
  checked: { by: 'SDK verifies', with: 'square' },
  note: 'It signs the URL that it was given, so that must be the one that the source has.',
  makeSecret: hexSecret,
  events: {
    'payment.updated': (made) =>
      event(made, 'payment.updated', 'payment', {
        amount_money: { amount: 1000, currency: 'USD' },
        status: 'COMPLETED',
        version: 2,
      }),
    'refund.created': (made) =>
      event(made, 'refund.created', 'refund', {
        amount_money: { amount: 250, currency: 'USD' },
        status: 'PENDING',
        reason: 'Item was damaged',
      }),
  },
  sign: ({ body }, { key, url }) => ({
    headers: { 'x-square-hmacsha256-signature': createHmac('sha256', key).update(url).update(body).digest('base64') },
  }),
};
