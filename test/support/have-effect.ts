import type { HandlerContext } from '../../functions/consume/handler.ts';
import { readEnv } from '../../functions/core/env.ts';
import type { Effect } from './fickle-downstream.ts';

const env = readEnv(['DOWNSTREAM_URL']);

/** A handler's work: has its effect on a fickle downstream, and ends as that says. */
export async function haveEffect(
  { key, n }: Pick<Effect, 'key' | 'n'>,
  { idempotencyKey, signal }: HandlerContext,
): Promise<void> {
  const effect: Effect = { key, n, idempotencyKey };
  const response = await fetch(env.DOWNSTREAM_URL, { method: 'POST', body: JSON.stringify(effect), signal });
  const fate = await response.text();
  if (fate.startsWith('dies')) process.exit(1);
  if (fate !== 'well') throw new Error(`the downstream must say \`well\`, got ${fate}`);
}
