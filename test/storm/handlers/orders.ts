import { consume } from '../../../functions/consume/consume.ts';
import { request } from '../../../functions/consume/http.ts';
import { readEnv } from '../../../functions/core/env.ts';

const env = readEnv(['DOWNSTREAM_URL']);

/** Tells the downstream of the order, and when it set out to. */
export const handler = consume('orders', async ({ data }, { idempotencyKey, signal }) => {
  const startedAt = Number(process.hrtime.bigint()) / 1e6;
  await request(env.DOWNSTREAM_URL, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey,
      'x-started-at': String(startedAt),
    },
    body: JSON.stringify(data),
    signal,
  });
});
