import { createHmac } from 'node:crypto';
import { hexSecret, type Making, type Platform, type Unsigned, uuidOf } from './platform.ts';

const accountSid = 'AC00112233445566778899aabbccddeeff';

const form = (made: Making, fields: Readonly<Record<string, string>>): Unsigned => ({
  body: Buffer.from(new URLSearchParams({ AccountSid: accountSid, ApiVersion: '2010-04-01', ...fields }).toString()),
  headers: {
    'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
    'i-twilio-idempotency-token': uuidOf(made.id),
    'user-agent': 'TwilioProxy/1.1',
  },
});

export const twilio: Platform = {
  title: 'Twilio',
  scheme: 'HMAC-SHA1 of the URL and the sorted fields of a form, base64; of JSON, the URL has a digest',
  secret: "the account's auth token",
  checked: { by: 'SDK signs', with: 'twilio' },
  note: 'By POST only. Forms are answered with empty TwiML: what a call or a message needs, a handler does by the API.',
  makeSecret: (random) => hexSecret(random.subarray(0, 16)),
  events: {
    'message.received': (made) =>
      form(made, {
        MessageSid: `SM${made.id}`,
        SmsStatus: 'received',
        From: '+14155550100',
        To: '+14155550199',
        Body: 'Hello & good-bye — 🦀',
        NumMedia: '0',
      }),
    'message.delivered': (made) =>
      form(made, {
        MessageSid: `SM${made.id}`,
        MessageStatus: 'delivered',
        SmsStatus: 'delivered',
        From: '+14155550199',
        To: '+14155550100',
      }),
    'call.ringing': (made) =>
      form(made, {
        CallSid: `CA${made.id}`,
        CallStatus: 'ringing',
        Direction: 'inbound',
        From: '+14155550100',
        To: '+14155550199',
      }),
  },
  sign: ({ body }, { key, url }) => {
    const fields = [...new URLSearchParams(body.toString())].sort(([a], [b]) => (a < b ? -1 : 1));
    const content = url + fields.map(([name, value]) => name + value).join('');
    return { headers: { 'x-twilio-signature': createHmac('sha1', key).update(content).digest('base64') } };
  },
};
