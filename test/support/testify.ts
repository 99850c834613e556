import { createHash } from 'node:crypto';
import type { HandlerContext } from '../../functions/consume/handler.ts';
import type { ReceivedEvent } from '../../functions/consume/received-event.ts';
import { readEnv } from '../../functions/core/env.ts';
import type { Testimony } from './witness.ts';

const env = readEnv(['WITNESS_URL', 'CONSUMER']);

/** A handler's work: tells the witness what it saw. */
export async function testify(
  { id, type, bytes }: ReceivedEvent,
  { idempotencyKey, attempt, signal }: HandlerContext,
): Promise<void> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const testimony: Testimony = { consumer: env.CONSUMER, id, type, idempotencyKey, attempt, sha256 };
  const response = await fetch(env.WITNESS_URL, { method: 'POST', body: JSON.stringify(testimony), signal });
  if (!response.ok) throw new Error(`the witness must answer 2xx, got ${response.status}`);
}
