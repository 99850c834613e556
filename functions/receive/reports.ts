import type { RefusedError } from '../core/errors.ts';
import type { Message } from '../core/message.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { Unconfirmed } from './enqueue.ts';
import type { Target } from './route.ts';
import { tallyOf } from './tally.ts';

/** Attackers set the rate of refusals, so that each kind is told once a second at most. */
const refusalsMs = 1_000;
/** Whether an old secret is still in use is seen well enough by the minute. */
const secretsMs = 60_000;

/** A delivery that was made durable. */
export interface Acceptance {
  readonly message: Message;
  readonly targets: readonly Target[];
  readonly unconfirmed: readonly Unconfirmed[];
  readonly bytes: number;
  /** Which of the secrets proved it. */
  readonly secret: number;
  /** Whether another honest delivery could have been the same bytes. */
  readonly identicalDeliveries: boolean | undefined;
}

/** A request that got no 2xx. */
export interface Refusal {
  readonly source: string;
  readonly refusal: Pick<RefusedError, 'status' | 'reason' | 'cause'>;
  readonly requestId: string;
}

/** What the receiver says of what it does: a line and a few counts a request. */
export function reportsTo(telemetry: Telemetry) {
  const refusals = tallyOf<Refusal>(
    refusalsMs,
    ({ source, refusal }) => `${source} ${refusal.reason}`,
    ({ source, refusal: { status, reason, cause }, requestId }, count) => {
      const problem = cause instanceof Error ? { problem: cause.message } : {};
      telemetry.log.warn('refused', { source, status, reason, count, requestId, ...problem });
      telemetry.count('Refused', { source, reason }, count);
    },
  );
  const secrets = tallyOf<{ readonly source: string; readonly secret: number }>(
    secretsMs,
    ({ source, secret }) => `${source} ${secret}`,
    ({ source, secret }, count) => telemetry.count('SecretMatched', { source, secret: String(secret) }, count),
  );
  return {
    accepted({ message, targets, unconfirmed, bytes, secret, identicalDeliveries }: Acceptance, now: number): void {
      const { event, deliveryId, tenant, verified } = message;
      const spooled = unconfirmed.map(({ destination: { queue }, error }) => `${queue}: ${error}`);
      const dimensions = { source: event.source };
      telemetry.annotate(dimensions, 'accepted', {
        eventId: event.id,
        type: event.type,
        deliveryId,
        tenant,
        secret: verified.secret,
        consumers: targets.map(({ consumer }) => consumer),
        bytes,
        ...(spooled.length > 0 ? { spooled } : {}),
        ...(identicalDeliveries ? { identicalDeliveries } : {}),
      });
      telemetry.count('Received', dimensions);
      if (targets.length === 0) telemetry.count('Unrouted', dimensions);
      if (targets.length > unconfirmed.length) {
        telemetry.count('Enqueued', dimensions, targets.length - unconfirmed.length);
      }
      if (unconfirmed.length > 0) telemetry.count('Spooled', dimensions, unconfirmed.length);
      secrets.add({ source: event.source, secret }, now);
    },

    handshake(source: string): void {
      telemetry.log.info('answered a handshake', { source });
      telemetry.count('Handshakes', { source });
    },

    /** An event whose consumer's order could not be kept. */
    unkeyed(event: Message['event'], consumer: string): void {
      telemetry.log.warn('order.by found no key; the event is in no order', { eventId: event.id, consumer });
      telemetry.count('Unkeyed', { consumer });
    },

    refused(refusal: Refusal, now: number): void {
      refusals.add(refusal, now);
    },

    /** Writes what is due; once at the end of each request. */
    flush(now: number): void {
      refusals.tellDue(now);
      secrets.tellDue(now);
      telemetry.flush();
    },
  };
}
