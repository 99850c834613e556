import type { Selector } from '../../core/definition.ts';
import type { Scheme, Verify } from '../verify.ts';
import type { Webhook } from '../webhook.ts';

/** Finds a value in a verified webhook: by selectors, of which the first that finds something counts, or by code. */
export type Finder<Place = Selector> = Place | readonly Place[] | ((webhook: Webhook) => unknown);

/** A platform: how it signs, how it waits, and where things stand in what it sends. */
export interface Provider {
  /** For people and for `verified.scheme`. */
  readonly name: string;
  /** Data for what is a plain HMAC, code for what is not. */
  readonly scheme: Scheme | Verify;
  /** How long the platform waits for an answer. */
  readonly deadlineSeconds: number;
  /** For how long it sends again, by itself or because somebody asks it to. */
  readonly retrySpanHours: number;
  /** The event's id inside the signed bytes. Where neither it nor the scheme has one, a digest of the body tells events apart. */
  readonly id?: Finder<{ readonly field: string }>;
  readonly type: Finder;
  readonly tenant?: Finder;
  /** The platform's own id of the delivery, for people to find it by; not trusted. */
  readonly deliveryId?: Finder;
  /** When it happened, inside the signed bytes: seconds since 1970, or RFC 3339. */
  readonly time?: { readonly field: string };
  /** Two honest deliveries can be the same bytes, which then are one event. */
  readonly identicalDeliveries?: true;
  /**
   * What the platform must get back, as plain text, where this is no event but a question whether somebody is there.
   *
   * @throws RefusedError 400 where it is one, but cannot be answered
   */
  readonly handshake?: (webhook: Webhook) => string | undefined;
  /** Whether anything in the answer's body would be taken for a message to somebody. */
  readonly answersEmpty?: (webhook: Webhook) => boolean;
}
