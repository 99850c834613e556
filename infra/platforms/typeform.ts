import { createHmac } from 'node:crypto';
import { hexSecret, jsonEvent, type Making, type Platform } from './platform.ts';

const response = (event: string, { id, at }: Making) =>
  jsonEvent(
    {
      event_id: id,
      event_type: event,
      form_response: {
        form_id: 'lT4Z3j',
        token: id,
        landed_at: new Date(at - 60_000).toISOString(),
        submitted_at: new Date(at).toISOString(),
        answers: [{ type: 'text', text: 'Snails', field: { id: 'DlXFaesGBpoF', type: 'short_text' } }],
      },
    },
    { 'user-agent': 'Typeform Webhooks' },
  );

export const typeform: Platform = {
  title: 'Typeform',
  scheme: 'HMAC-SHA256 of the body, base64',
  secret: "the webhook's secret, which must be set",
  checked: { by: 'documentation only', with: 'typeform.com/developers' },
  makeSecret: hexSecret,
  events: {
    form_response: (made) => response('form_response', made),
    form_response_partial: (made) => response('form_response_partial', made),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'typeform-signature': `sha256=${createHmac('sha256', key).update(body).digest('base64')}` },
  }),
};
