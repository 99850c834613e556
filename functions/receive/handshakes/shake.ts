import type { RefusedError } from '../../core/errors.ts';
import type { Reply } from '../answers.ts';
import { bySecrets } from '../prove.ts';
import { noUsableSecret } from '../schemes/key.ts';
import type { SecretStore, Secrets } from '../secrets/secrets.ts';
import type { Webhook } from '../webhook.ts';
import { answerOf, checkVerifyToken, deliveredSecret, type Handshake } from './handshake.ts';

/**
 * Answers a handshake, after what it must prove beside a signature, and after what it delivers is kept.
 *
 * @param proved the secret that its signature was made with, where it must be signed
 * @param at milliseconds since 1970
 * @throws RefusedError where it proves nothing, asks nothing, or delivers what nobody waits for
 */
export async function shake(
  store: SecretStore,
  source: string,
  handshake: Handshake,
  webhook: Webhook,
  proved: string | undefined,
  at: number,
): Promise<Reply> {
  const { proof = 'signature', delivers } = handshake;
  if (typeof proof === 'object') {
    await bySecrets(store, source, at, ({ verifyTokens }) => checkVerifyToken(webhook, proof.token, verifyTokens));
  }
  // Not before everything else is proved: what is learned is trusted from then on.
  if (delivers) await store.learn(source, deliveredSecret(webhook, delivers), at);
  if (proved !== undefined) return answerOf(handshake, webhook, () => proved);
  if (typeof handshake.answer !== 'function') return answerOf(handshake, webhook, () => '');
  // Code may need the secret, and only it knows whether it does.
  const secrets = await store.current(source, at).catch((refusal: unknown) => refusal as RefusedError);
  return answerOf(handshake, webhook, () => firstOf(secrets));
}

function firstOf(secrets: Secrets | RefusedError): string {
  if (!('values' in secrets)) throw secrets;
  const [first] = secrets.values;
  if (first === undefined) throw noUsableSecret('secret must have a value, got none');
  return first;
}
