import type { Selector } from '../../core/definition.ts';
import type { Reply } from '../answers.ts';
import type { Handshake } from '../handshakes/handshake.ts';
import type { Scheme, Verify } from '../schemes/verify.ts';
import type { Webhook } from '../webhook.ts';

/** Finds a value in a verified webhook: by selectors, of which the first that finds something counts, or by code. */
export type Finder<Place = Selector> = Place | readonly Place[] | ((webhook: Webhook) => unknown);

/** When a platform stops sending to an endpoint by itself; whichever of the two is said. */
export interface Disabling {
  /** Deliveries that fail one after the other. */
  readonly failures?: number;
  /** Hours in which none succeeds. */
  readonly hours?: number;
}

/** A platform: how it signs, how it waits, and where things stand in what it sends. */
export interface Provider {
  /** As definitions name it; `verified.scheme` of its events. */
  readonly name: string;
  /** Data for what is a plain HMAC, code for what is not. */
  readonly scheme: Scheme | Verify;
  /** Seconds for which the platform waits for an answer. */
  readonly deadlineSeconds: number;
  /** For how long it sends again, by itself or because somebody asks it to. */
  readonly retrySpanHours: number;
  /** When the platform gives an endpoint up, where that is known. */
  readonly disables?: Disabling;
  /**
   * The event's id inside what is signed. Where neither it nor the scheme has one, a digest of the body tells events
   * apart. Several parts are joined by the finder itself.
   */
  readonly id?: Finder;
  /** JSON members that differ between two sendings of one event, wherever they stand; a digest leaves them out. */
  readonly volatile?: readonly string[];
  /** Code may answer a list where a delivery holds several things: each type in it counts for subscriptions. */
  readonly type: Finder;
  readonly tenant?: Finder;
  /** The platform's own id of the delivery, the same when it sends again; for people to find it by, not trusted. */
  readonly deliveryId?: Finder;
  /** When it happened, inside the signed bytes: a number since 1970 in this unit (@default s), or RFC 3339. */
  readonly time?: { readonly field: string; readonly unit?: 's' | 'ms' };
  /** Two honest deliveries can be the same bytes, which then are one event. */
  readonly identicalDeliveries?: true;
  /** What proves a request does not cover its body. A verifier can say so of a single request as well. */
  readonly weakBody?: true;
  /** Questions whether somebody is there, which never become events. The first that a request asks is answered. */
  readonly handshakes?: readonly Handshake[];
  /**
   * What the platform must read to take the event for delivered; without it, the event's id.
   *
   * @param secret the one that proved the request, for answers that are signed
   */
  readonly acknowledge?: (webhook: Webhook, secret: string) => Reply | undefined;
  /** Where it sends from, as it publishes: CIDR. Used by `allowedIps: 'published'`. */
  readonly sourceIps?: readonly string[];
}
