import type { SourceDefinition } from '../../../functions/core/definition.ts';
import { platformOf, type SentWebhook, signedEvent, signingKeyOf } from '../../ops/send.ts';

/** Who can make webhooks as the platforms of the sources do. The runtime itself knows templates, not platforms. */
export interface Samples {
  /** How the platform of a source is called, and its event types, the usual one first; `undefined` for an unknown source. */
  of(source: string): { readonly title: string; readonly types: readonly string[] } | undefined;
  /**
   * A new event, signed.
   *
   * @throws Error saying why it cannot be made: an unknown type, or a secret with which only the platform can sign
   */
  make(source: string, type: string, signing: Signing): SentWebhook;
}

export interface Signing {
  /** The source's secret as Secrets Manager has it. */
  readonly secret: string;
  /** Where the runtime takes it; signed unless the platform was given another URL. */
  readonly url: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * Samples of a definition's sources.
 *
 * @param publicUrl what the platforms were given, without a path, where that is another URL than the runtime's
 */
export function samplesOf(sources: Readonly<Record<string, SourceDefinition>>, publicUrl?: string): Samples {
  const platforms = new Map(Object.entries(sources).map(([name, source]) => [name, platformOf(source)]));
  return {
    of(source) {
      const platform = platforms.get(source);
      return platform && { title: platform.title, types: Object.keys(platform.events) };
    },
    make(source, type, { secret, url, at }) {
      const platform = platforms.get(source);
      if (!platform) throw new Error(`the source must be one of ${[...platforms.keys()].join(', ')}, got ${source}`);
      const given = publicUrl === undefined ? url : `${publicUrl}/webhooks/${source}`;
      return signedEvent(platform, type, { ...signingKeyOf(platform, secret), url: given, at });
    },
  };
}
