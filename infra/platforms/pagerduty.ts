import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform, uuidOf } from './platform.ts';

const event = (type: string, { id, at }: Making) =>
  jsonEvent(
    {
      event: {
        id: id.slice(0, 26).toUpperCase(),
        event_type: type,
        resource_type: 'incident',
        occurred_at: new Date(at).toISOString(),
        agent: { id: 'PLH1HKV', type: 'user_reference', summary: 'Tenex Engineer' },
        client: null,
        data: { id: 'PGR0VU2', type: 'incident', number: 2, title: 'A little bump in the road', urgency: 'high' },
      },
    },
    { 'user-agent': 'PagerDuty-Webhook/V3.0', 'x-webhook-id': uuidOf(id) },
  );

export const pagerduty: Platform = {
  title: 'PagerDuty',
  scheme: 'HMAC-SHA256 of the body, hex; any `v1` of several',
  secret: "the webhook subscription's secret, shown once when it is created",
  checked: {
    by: 'published vector',
    with: 'https://github.com/PagerDuty/go-pagerduty/blob/main/webhookv3/webhookv3_test.go',
  },
  makeSecret: (random) => {
    const secret = Buffer.concat([random, random.subarray(0, 16)]).toString('base64');
    return { stored: secret, key: secret };
  },
  events: {
    'incident.triggered': (made) => event('incident.triggered', made),
    'incident.resolved': (made) => event('incident.resolved', made),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'x-pagerduty-signature': `v1=${createHmac('sha256', key).update(body).digest('hex')}` },
  }),
};
