import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform, uuidOf } from './platform.ts';

const tenant = 'c2cc9b6e-9458-4c7d-93cc-f02b81b0594f';
const change = (category: string, type: string, resource: string, { id, at }: Making) => {
  const resourceId = uuidOf(id);
  return jsonEvent({
    events: [
      {
        resourceUrl: `https://api.xero.com/api.xro/2.0/${resource}/${resourceId}`,
        resourceId,
        eventDateUtc: new Date(at).toISOString().slice(0, -1),
        eventType: type,
        eventCategory: category,
        tenantId: tenant,
        tenantType: 'ORGANISATION',
      },
    ],
    lastEventSequence: 1,
    firstEventSequence: 1,
    entropy: id.slice(0, 20).toUpperCase(),
  });
};

export const xero: Platform = {
  title: 'Xero',
  scheme: 'HMAC-SHA256 of the body, base64',
  secret: "the app's webhooks key",
  checked: { by: 'documentation only', with: 'developer.xero.com' },
  handshake: 'intent to receive: signed requests without events, and wrongly signed ones',
  note: 'A request can hold several events, of several organisations.',
  makeSecret: (random) => {
    const secret = Buffer.concat([random, random]).toString('base64');
    return { stored: secret, key: secret };
  },
  events: {
    'INVOICE.UPDATE': (made) => change('INVOICE', 'UPDATE', 'Invoices', made),
    'CONTACT.CREATE': (made) => change('CONTACT', 'CREATE', 'Contacts', made),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'x-xero-signature': createHmac('sha256', key).update(body).digest('base64') },
  }),
};
