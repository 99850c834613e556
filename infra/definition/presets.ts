import type { HmacProvider } from '../../functions/core/definition.ts';
import type { ProviderName } from '../../functions/core/provider-names.ts';
import { presets } from '../../functions/receive/providers/all.ts';
import { hmac } from '../../functions/receive/providers/hmac.ts';
import type { Provider } from '../../functions/receive/providers/provider.ts';

/** The methods that a source of a provider answers; POST first. */
export function methodsOf(provider: ProviderName | HmacProvider | undefined): readonly ('POST' | 'GET' | 'HEAD')[] {
  const { handshakes = [] } = typeof provider === 'string' ? presets[provider] : {};
  return [...new Set(['POST' as const, ...handshakes.map(({ method = 'POST' }) => method)])];
}

/** Whether a platform delivers its secret itself, so that the receiver must be able to keep it. */
export function learnsSecret(provider: ProviderName | HmacProvider): boolean {
  const { handshakes = [] } = typeof provider === 'string' ? presets[provider] : {};
  return handshakes.some(({ delivers }) => delivers !== undefined);
}

/** Seconds for which a platform waits for an answer, and when it gives an endpoint up, if that is known. */
export function patienceOf(provider: ProviderName | HmacProvider): Pick<Provider, 'deadlineSeconds' | 'disables'> {
  return typeof provider === 'string' ? presets[provider] : hmac(provider);
}
