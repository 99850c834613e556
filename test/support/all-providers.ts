import { definePipeline } from '../../functions/core/definition.ts';
import { type ProviderName, providers } from '../../functions/core/provider-names.ts';

const sources = Object.fromEntries(providers.map((provider) => [provider, { provider }])) as {
  readonly [Name in ProviderName]: { readonly provider: Name };
};

/** A source for each preset, named as the preset; one consumer takes what they send. */
export const pipeline = definePipeline({
  sources,
  consumers: {
    notifier: { from: providers.map((source) => ({ source })), handler: 'functions/handlers/notifier.ts' },
  },
});
