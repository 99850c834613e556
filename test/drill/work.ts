import type { HandlerContext } from '../../functions/consume/handler.ts';
import { request } from '../../functions/consume/http.ts';
import type { ReceivedEvent } from '../../functions/consume/received-event.ts';
import { readEnv } from '../../functions/core/env.ts';

const env = readEnv(['DOWNSTREAM_URL']);

/** A handler's work: asks the downstream, whose answer decides. */
export async function work({ type }: ReceivedEvent, { signal }: HandlerContext): Promise<void> {
  await request(`${env.DOWNSTREAM_URL}/${type}`, { method: 'POST', signal });
}
