import { createHmac } from 'node:crypto';
import { hexSecret, jsonEvent, type Making, type Platform, uuidOf } from './platform.ts';

const event = (type: string, { id, at }: Making, rest: object) =>
  jsonEvent(
    {
      id: uuidOf(id),
      type,
      happened_at: new Date(at).toISOString(),
      webhook: { id: 'cf8c4fdd-0587-4da1-b4ca-4846e9640af9', name: 'Sample Webhook' },
      project: { id: '84996744-a854-4f5e-aea3-04e2851dc1d2', name: 'webhook-service', slug: 'gh/example/service' },
      organization: { id: 'f22b6566-597d-46d5-ba74-99ef5bb3d85c', name: 'example' },
      workflow: { id: 'fda08377-fe7e-46b1-8992-3a7aaecac9c3', name: 'build-test-deploy', status: 'success' },
      pipeline: { id: '1285fe1d-d3a6-44fc-8886-8979558254c4', number: 130, trigger: { type: 'webhook' } },
      ...rest,
    },
    { 'user-agent': 'CircleCI-Webhook/1.0', 'circleci-event-type': type },
  );

export const circleci: Platform = {
  title: 'CircleCI',
  scheme: 'HMAC-SHA256 of the body, hex; any `v1` of several',
  secret: "the webhook's secret token, as it was entered in the project settings, Webhooks",
  checked: { by: 'published vector', with: 'https://circleci.com/docs/guides/integration/outbound-webhooks/' },
  makeSecret: hexSecret,
  events: {
    'workflow-completed': (made) => event('workflow-completed', made, {}),
    'job-completed': (made) =>
      event('job-completed', made, {
        job: { id: '8b91f9a8-7975-4e60-916c-f0152ccbc937', name: 'test', status: 'success', number: 136 },
      }),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'circleci-signature': `v1=${createHmac('sha256', key).update(body).digest('hex')}` },
  }),
};
