import type { HandlerContext } from '../../../functions/consume/handler.ts';
import type { ReceivedEvent } from '../../../functions/consume/received-event.ts';
import { readEnv } from '../../../functions/core/env.ts';

const env = readEnv(['DOWNSTREAM_URL', 'CONSUMER']);

/** Has an effect on the downstream, which counts it once by its idempotency key and once naively. */
export async function effect(event: ReceivedEvent, { idempotencyKey, attempt, signal }: HandlerContext): Promise<void> {
  const response = await fetch(env.DOWNSTREAM_URL, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
    body: JSON.stringify({ consumer: env.CONSUMER, id: event.id, attempt }),
    signal,
  });
  if (!response.ok) throw new Error(`downstream must answer 2xx, got ${response.status}`);
}
