import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform, uuidOf } from './platform.ts';

const event = (made: Making, subscriptionType: string, more: object) =>
  jsonEvent([
    {
      eventId: Number.parseInt(made.id.slice(0, 8), 16),
      subscriptionId: 2470513,
      portalId: 62515,
      appId: 54321,
      occurredAt: made.at,
      subscriptionType,
      attemptNumber: 0,
      objectId: Number.parseInt(made.id.slice(8, 19), 16),
      changeSource: 'CRM_UI',
      sourceId: 'userId:81024',
      ...more,
    },
  ]);

export const hubspot: Platform = {
  title: 'HubSpot',
  scheme: 'HMAC-SHA256 of method, URL, body and time, base64 (version 3)',
  secret: "the app's client secret",
  checked: { by: 'SDK signs', with: '@hubspot/api-client' },
  note: 'A delivery is a list of events.',
  makeSecret: (random) => {
    const secret = uuidOf(random.subarray(0, 16).toString('hex'));
    return { stored: secret, key: secret };
  },
  events: {
    'contact.creation': (made) => event(made, 'contact.creation', { changeFlag: 'CREATED' }),
    'deal.propertyChange': (made) =>
      event(made, 'deal.propertyChange', { propertyName: 'dealstage', propertyValue: 'closedwon' }),
  },
  sign: ({ body }, { key, url, at }) => ({
    headers: {
      'x-hubspot-request-timestamp': String(at),
      'x-hubspot-signature-v3': createHmac('sha256', key)
        .update(`POST${url}`)
        .update(body)
        .update(String(at))
        .digest('base64'),
    },
  }),
};
