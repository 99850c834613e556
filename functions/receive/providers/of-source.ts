import type { ProviderName, SourceDefinition } from '../../core/definition.ts';
import { github } from './github.ts';
import { hmac } from './hmac.ts';
import type { Provider } from './provider.ts';
import { shopify } from './shopify.ts';
import { slack } from './slack.ts';
import { standardWebhooks } from './standard-webhooks.ts';
import { stripe } from './stripe.ts';

const presets: Readonly<Record<ProviderName, Provider>> = {
  github,
  stripe,
  shopify,
  slack,
  'standard-webhooks': standardWebhooks,
};

/** The provider whose webhooks a source takes. */
export function providerOf({ provider }: Pick<SourceDefinition, 'provider'>): Provider {
  return typeof provider === 'string' ? presets[provider] : hmac(provider);
}
