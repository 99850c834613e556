import { presets } from '#presets';
import type { SourceDefinition } from '../../core/definition.ts';
import type { ProviderName } from '../../core/provider-names.ts';
import { hmac } from './hmac.ts';
import type { Provider } from './provider.ts';

/**
 * The provider whose webhooks a source takes.
 *
 * @throws Error for a preset that is not in this bundle
 */
export function providerOf({ provider }: Pick<SourceDefinition, 'provider'>): Provider {
  if (typeof provider !== 'string') return hmac(provider);
  const bundled: Readonly<Partial<Record<ProviderName, Provider>>> = presets;
  const preset = bundled[provider];
  if (!preset)
    throw new Error(`the preset \`${provider}\` must be in the bundle; it has ${Object.keys(presets).join(', ')}`);
  return preset;
}
