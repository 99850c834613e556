import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform } from './platform.ts';

const event = (type: string, { id, at }: Making) =>
  jsonEvent({
    type,
    id: `uev_${id.slice(0, 24)}`,
    createdAt: at,
    region: null,
    payload: {
      team: { id: 'team_Y7bZLFWUPc3rL1VjMkXbTqpE' },
      user: { id: 'aKYqcGHUlC5Vsf8lJ5ydZcRt' },
      deployment: { id: 'dpl_2YCA4xw7CD2KRHV', meta: {}, name: 'example', url: 'example-1.vercel.app' },
      project: { id: 'prj_KzYkWbq9fvJbEJWj1' },
      target: 'production',
    },
  });

export const vercel: Platform = {
  title: 'Vercel',
  scheme: 'HMAC-SHA1 of the body, hex',
  secret: "the webhook's secret, shown once when it is created; of an integration, its client secret",
  checked: { by: 'documentation only', with: 'https://vercel.com/docs/webhooks' },
  makeSecret: (random) => {
    const secret = random.toString('base64url').slice(0, 24);
    return { stored: secret, key: secret };
  },
  events: {
    'deployment.succeeded': (made) => event('deployment.succeeded', made),
    'deployment.created': (made) => event('deployment.created', made),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'x-vercel-signature': createHmac('sha1', key).update(body).digest('hex') },
  }),
};
