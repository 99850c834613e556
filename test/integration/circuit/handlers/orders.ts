import { consume } from '../../../../functions/consume/consume.ts';
import { request } from '../../../../functions/consume/http.ts';
import { readEnv } from '../../../../functions/core/env.ts';

const env = readEnv(['WITNESS_URL']);

/** Calls the downstream, once. */
export const handler = consume('orders', async (_event, { signal }) => {
  await request(env.WITNESS_URL, { method: 'POST', signal });
});
