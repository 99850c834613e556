import { createHmac } from 'node:crypto';
import { hexSecret, jsonEvent, type Making, type Platform } from './platform.ts';

const event = (triggerEvent: string, { id, at }: Making) =>
  jsonEvent({
    triggerEvent,
    createdAt: new Date(at).toISOString(),
    payload: {
      type: '30min',
      title: '30min between Pro Example and John Doe',
      startTime: new Date(at + 86_400_000).toISOString(),
      endTime: new Date(at + 86_400_000 + 1_800_000).toISOString(),
      organizer: { name: 'Pro Example', email: 'pro@example.com', timeZone: 'Europe/London' },
      attendees: [{ name: 'John Doe', email: 'john.doe@example.com', timeZone: 'Europe/London' }],
      uid: id.slice(0, 22),
    },
  });

export const calCom: Platform = {
  title: 'Cal.com',
  scheme: 'HMAC-SHA256 of the body, hex',
  secret: "the webhook's secret, as it was entered under Settings, Webhooks",
  checked: {
    by: 'documentation only',
    with: 'https://github.com/calcom/cal.com/blob/main/packages/features/webhooks/lib/sendPayload.ts',
  },
  note: 'Leave the payload template as it is: the type stands in its own format only.',
  makeSecret: hexSecret,
  events: {
    BOOKING_CREATED: (made) => event('BOOKING_CREATED', made),
    BOOKING_CANCELLED: (made) => event('BOOKING_CANCELLED', made),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'x-cal-signature-256': createHmac('sha256', key).update(body).digest('hex') },
  }),
};
