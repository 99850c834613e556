import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform } from './platform.ts';

const event = (field: string, value: object) =>
  jsonEvent({
    object: 'whatsapp_business_account',
    entry: [{ id: '102290129340398', changes: [{ value, field }] }],
  });
const metadata = { display_phone_number: '15550783881', phone_number_id: '106540352242922' };
const messageId = ({ id }: Making) => `wamid.${Buffer.from(id).toString('base64')}`;
const seconds = ({ at }: Making) => String(Math.floor(at / 1000));

export const whatsapp: Platform = {
  title: 'WhatsApp Business',
  scheme: 'HMAC-SHA256 of the body, hex',
  secret: "the app's secret as `secret`, and the verify token that you gave to Meta as `verifyToken`",
  checked: { by: 'documentation only', with: 'developers.facebook.com, “WhatsApp Cloud API: Webhooks”' },
  handshake: 'answers `hub.challenge` to whom shows the verify token',
  note: 'Receipts have the type `messages.statuses`.',
  makeSecret: (random) => {
    const secret = random.subarray(0, 16).toString('hex');
    return { stored: { secret, verifyToken: random.subarray(16).toString('hex') }, key: secret };
  },
  events: {
    messages: (made) =>
      event('messages', {
        messaging_product: 'whatsapp',
        metadata,
        contacts: [{ profile: { name: 'Ada' }, wa_id: '16505551234' }],
        messages: [
          { from: '16505551234', id: messageId(made), timestamp: seconds(made), type: 'text', text: { body: 'Hello' } },
        ],
      }),
    'messages.statuses': (made) =>
      event('messages', {
        messaging_product: 'whatsapp',
        metadata,
        statuses: [{ id: messageId(made), status: 'delivered', timestamp: seconds(made), recipient_id: '16505551234' }],
      }),
    message_template_status_update: (made) =>
      event('message_template_status_update', {
        event: 'APPROVED',
        message_template_id: Number.parseInt(made.id.slice(0, 12), 16),
        message_template_name: 'order_confirmation',
        message_template_language: 'en_US',
        reason: 'NONE',
      }),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}` },
  }),
};
