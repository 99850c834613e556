import { sign } from 'node:crypto';
import type { Making, Platform, Unsigned } from './platform.ts';

/** A list of one event; a line break ends each, and is signed. */
const event = ({ id, at }: Making, name: string, more: object = {}): Unsigned => {
  const list = [
    {
      email: 'ada@example.com',
      timestamp: Math.floor(at / 1000),
      'smtp-id': `<${id.slice(0, 22)}@ismtpd0039p1iad1.sendgrid.net>`,
      event: name,
      sg_event_id: Buffer.from(id, 'hex').toString('base64url'),
      sg_message_id: `${id.slice(0, 22)}.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0`,
      ...more,
    },
  ];
  return { body: Buffer.from(`${JSON.stringify(list)}\r\n`), headers: { 'content-type': 'application/json' } };
};

export const sendgrid: Platform = {
  title: 'Twilio SendGrid',
  scheme: 'ECDSA (P-256, SHA-256) of the time and the body, base64',
  secret: 'the verification key of the signed event webhook (Mail Settings)',
  checked: { by: 'SDK verifies', with: '@sendgrid/eventwebhook' },
  note: 'A delivery is a list of events, each with an `sg_event_id` of its own.',
  keys: 'ec',
  makeSecret: (_, pair) => {
    const { publicKey = '', privateKey = '' } = pair ?? {};
    return { stored: publicKey.replace(/-----[A-Z ]+-----|\s/g, ''), key: privateKey };
  },
  events: {
    delivered: (made) => event(made, 'delivered', { response: '250 OK' }),
    bounce: (made) => event(made, 'bounce', { reason: '550 5.1.1 No such user', status: '5.1.1', type: 'bounce' }),
    open: (made) => event(made, 'open', { useragent: 'Mozilla/5.0', ip: '198.51.100.7', sg_machine_open: false }),
  },
  sign: ({ body }, { key, at }) => {
    const timestamp = String(Math.floor(at / 1000));
    const signature = sign('sha256', Buffer.concat([Buffer.from(timestamp), body]), key);
    return {
      headers: {
        'x-twilio-email-event-webhook-signature': signature.toString('base64'),
        'x-twilio-email-event-webhook-timestamp': timestamp,
      },
    };
  },
};
