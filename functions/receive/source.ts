import { BlockList } from 'node:net';
import type { SourceDefinition } from '../core/definition.ts';
import type { Handshake } from './handshakes/handshake.ts';
import { providerOf } from './providers/of-source.ts';
import type { Provider } from './providers/provider.ts';
import { type Verify, verifierOf } from './schemes/verify.ts';

/** An endpoint, ready for requests. */
export interface Source {
  readonly name: string;
  /** What the platform was told to send to. */
  readonly url: string;
  readonly provider: Provider;
  readonly verify: Verify;
  /** Questions that are answered unsigned, and those that must be signed like any webhook. */
  readonly handshakes: { readonly open: readonly Handshake[]; readonly signed: readonly Handshake[] };
  /** Headers that the definition reads something from. */
  readonly namedHeaders: ReadonlySet<string>;
  readonly quota: SourceDefinition['quota'];
  /** Whether requests may come from an address. */
  readonly allows: (ip: string) => boolean;
}

/** Prepares a source as it is defined. */
export function sourceFor(name: string, definition: SourceDefinition, publicUrl: string): Source {
  const provider = providerOf(definition);
  const { scheme, handshakes = [] } = provider;
  const isSigned = ({ proof = 'signature' }: Handshake): boolean => proof === 'signature';
  const selectors = [provider.type, provider.tenant, provider.deliveryId].flat();
  const headers = selectors.flatMap((selector) =>
    selector && typeof selector === 'object' && 'header' in selector ? [selector.header] : [],
  );
  const verify = typeof scheme === 'function' ? scheme : verifierOf(scheme);
  return {
    name,
    url: `${publicUrl}/webhooks/${name}`,
    provider,
    verify,
    handshakes: { open: handshakes.filter((one) => !isSigned(one)), signed: handshakes.filter(isSigned) },
    namedHeaders: new Set(headers),
    quota: definition.quota,
    allows: allowing(definition.allowedIps === 'published' ? provider.sourceIps : definition.allowedIps),
  };
}

/** @param ranges addresses and CIDR ranges; none where everybody may come */
function allowing(ranges: readonly string[] | undefined): Source['allows'] {
  if (!ranges) return () => true;
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = address.includes(':') ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (ip) => list.check(ip, ip.includes(':') ? 'ipv6' : 'ipv4');
}
