import { jsonEvent, type Making, type Platform } from './platform.ts';

const event = (event_type: string, { id, at }: Making) =>
  jsonEvent({
    id: String(BigInt(`0x${id.slice(0, 15)}`)),
    title: '[Triggered on {host:ip-012345}] Host is down',
    body: '@webhook-nerite Host is down',
    event_type,
    date: String(at),
    last_updated: String(at),
    org: { id: '11023', name: 'Example' },
  });

export const datadog: Platform = {
  title: 'Datadog',
  scheme: 'basic authentication, or a static token in `Authorization`',
  secret: 'username and password of the authentication method, or the value of the custom header `Authorization`',
  checked: { by: 'documentation only', with: 'https://docs.datadoghq.com/integrations/webhooks/' },
  note: 'The payload is up to you: keep `event_type`, and `$ID` and `$DATE` to tell events apart. 4xx is never sent again.',
  makeSecret: (random) => {
    const password = random.toString('base64url');
    return { stored: { username: 'datadog', password }, key: `datadog:${password}` };
  },
  events: {
    query_alert_monitor: (made) => event('query_alert_monitor', made),
    metric_alert_monitor: (made) => event('metric_alert_monitor', made),
  },
  sign: (_, { key }) => ({ headers: { authorization: `Basic ${Buffer.from(key).toString('base64')}` } }),
};
