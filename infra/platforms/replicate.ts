import type { Making, Platform } from './platform.ts';
import { signStandard, standardEvent, standardScheme, whsec } from './standard-webhooks.ts';

const prediction = (made: Making, status: string, more: object) =>
  standardEvent('webhook', made, {
    id: made.id.slice(0, 26),
    version: '5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa',
    created_at: new Date(made.at - 3_000).toISOString(),
    status,
    input: { text: 'Alice' },
    output: null,
    error: null,
    logs: '',
    metrics: {},
    ...more,
  });

export const replicate: Platform = {
  title: 'Replicate',
  scheme: standardScheme,
  secret: 'what the API answers to `GET /v1/webhooks/default/secret` (`whsec_…`)',
  checked: { by: 'SDK signs', with: 'standardwebhooks' },
  note: 'States on the way to a final one are sent once.',
  makeSecret: whsec,
  events: {
    succeeded: (made) =>
      prediction(made, 'succeeded', {
        completed_at: new Date(made.at).toISOString(),
        output: 'hello Alice',
        metrics: { predict_time: 2.1 },
      }),
    failed: (made) =>
      prediction(made, 'failed', { completed_at: new Date(made.at).toISOString(), error: 'CUDA out of memory' }),
    processing: (made) => prediction(made, 'processing', { started_at: new Date(made.at).toISOString() }),
  },
  sign: signStandard('webhook'),
};
