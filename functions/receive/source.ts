import type { SourceDefinition } from '../core/definition.ts';
import { providerOf } from './providers/of-source.ts';
import type { Provider } from './providers/provider.ts';
import { type Verify, verifierOf } from './verify.ts';

/** An endpoint, ready for requests. */
export interface Source {
  readonly name: string;
  readonly provider: Provider;
  readonly verify: Verify;
  /** Headers that the definition reads something from. */
  readonly namedHeaders: ReadonlySet<string>;
}

/** Prepares a source as it is defined. */
export function sourceFor(name: string, definition: SourceDefinition): Source {
  const provider = providerOf(definition);
  const { scheme } = provider;
  const selectors = [provider.type, provider.tenant, provider.deliveryId].flat();
  const headers = selectors.flatMap((selector) => (selector && 'header' in selector ? [selector.header] : []));
  const verify = typeof scheme === 'function' ? scheme : verifierOf(scheme);
  return { name, provider, verify, namedHeaders: new Set(headers) };
}
