import { createHash } from 'node:crypto';

/**
 * CloudEvents 1.0 attributes of an event, without its data.
 *
 * Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export interface EventAttributes {
  readonly specversion: '1.0';
  /** Hash of source and identity, see {@link eventId}. */
  readonly id: string;
  /** The source's name in the definition, a relative URI reference. */
  readonly source: string;
  /** The platform's own name of what happened, such as `pull_request.opened` or `invoice.paid`. */
  readonly type: string;
  /** When it happened by the platform's word where that is signed, otherwise when it was received. RFC 3339, UTC. */
  readonly time: string;
  readonly datacontenttype?: string;
}

/** What an identity rests on: an id inside the signed bytes, or a digest of the signed content. */
export type Identity = { readonly kind: 'id' | 'digest'; readonly value: string };

/**
 * The id of an event: the same for every delivery of it, and of no other event of any source.
 * 43 characters of URL-safe base64 (SHA-256).
 */
export function eventId(source: string, identity: Identity): string {
  return createHash('sha256')
    .update(JSON.stringify([source, identity.kind, identity.value]))
    .digest('base64url');
}

/** Digest of signed content, for platforms that sign no id. */
export function digestIdentity(content: Uint8Array): Identity {
  return { kind: 'digest', value: createHash('sha256').update(content).digest('base64url') };
}
