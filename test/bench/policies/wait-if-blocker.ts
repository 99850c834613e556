import type { BatchContext } from '../../../functions/consume/handler.ts';
import type { ReceivedEvent } from '../../../functions/consume/received-event.ts';
import { readEnv } from '../../../functions/core/env.ts';

const env = readEnv(['WITNESS_URL']);

/** Does nothing with an event, unless it is one that keeps its function busy until the bench lets go. */
export async function waitIfBlocker(event: ReceivedEvent, { signal }: BatchContext): Promise<void> {
  if (event.type === 'blocker') await fetch(env.WITNESS_URL, { method: 'POST', body: '{}', signal });
}
