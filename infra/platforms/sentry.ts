import { createHmac } from 'node:crypto';
import { hexSecret, jsonEvent, type Making, type Platform } from './platform.ts';

const event = (resource: string, action: string, { id, at }: Making, data: object) =>
  jsonEvent(
    {
      action,
      installation: { uuid: '7a485448-a9e2-4c85-8a3c-4f44175783c9' },
      data,
      actor: { type: 'user', id: 789, name: 'Person' },
    },
    { 'request-id': id, 'sentry-hook-resource': resource, 'sentry-hook-timestamp': String(Math.floor(at / 1000)) },
  );

export const sentry: Platform = {
  title: 'Sentry',
  scheme: 'HMAC-SHA256 of the body, hex',
  secret: "the integration's client secret",
  checked: {
    by: 'documentation only',
    with: 'https://docs.sentry.io/organization/integrations/integration-platform/webhooks/',
  },
  note: 'Sentry waits for one second, and unsubscribes a webhook that is late too often.',
  makeSecret: hexSecret,
  events: {
    'issue.created': (made) =>
      event('issue', 'created', made, {
        issue: { id: made.id.slice(0, 10), shortId: 'PYTHON-E', title: 'Error', status: 'unresolved' },
      }),
    'event_alert.triggered': (made) =>
      event('event_alert', 'triggered', made, {
        event: { event_id: made.id, datetime: new Date(made.at).toISOString(), title: 'This is an error' },
        triggered_rule: 'Very important alert rule',
      }),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'sentry-hook-signature': createHmac('sha256', key).update(body).digest('hex') },
  }),
};
