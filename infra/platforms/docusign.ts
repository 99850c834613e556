import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform, uuidOf } from './platform.ts';

const accountId = 'dd5bcf36-be42-4fee-b5d1-9e2c7c5a8a7a';
const event = (name: string, { id, at }: Making, rest: object = {}) =>
  jsonEvent({
    event: name,
    apiVersion: 'v2.1',
    uri: `/restapi/v2.1/accounts/${accountId}/envelopes/${uuidOf(id)}`,
    retryCount: 0,
    configurationId: 10407,
    generatedDateTime: new Date(at).toISOString(),
    data: { accountId, userId: 'c9d4b6f7-8e1a-4a5e-9a77-0d9c2a2f8a11', envelopeId: uuidOf(id), ...rest },
  });

export const docusign: Platform = {
  title: 'Docusign Connect',
  scheme: 'HMAC-SHA256 of the body, base64, once for each key',
  secret: "one of the account's Connect keys, from Connect, Connect Keys",
  checked: {
    by: 'documentation only',
    with: 'https://developers.docusign.com/platform/webhooks/connect/validate/',
  },
  note: 'Choose the data format JSON SIM and include the HMAC signature; XML has no type here.',
  makeSecret: (random) => {
    const key = random.toString('base64');
    return { stored: key, key };
  },
  events: {
    'envelope-completed': (made) => event('envelope-completed', made),
    'recipient-completed': (made) => event('recipient-completed', made, { recipientId: '1' }),
  },
  sign: ({ body }, { key }) => ({
    headers: {
      'x-authorization-digest': 'HMACSHA256',
      'x-docusign-signature-1': createHmac('sha256', key).update(body).digest('base64'),
    },
  }),
};
