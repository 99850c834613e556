import type { RefusedError } from '../core/errors.ts';
import type { Message } from '../core/message.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { traceIdOf } from '../core/trace.ts';
import type { Unconfirmed } from './enqueue.ts';
import type { Beyond } from './quota.ts';
import type { SelectorTrouble, Target } from './route.ts';
import { tallyOf } from './tally.ts';

/** Attackers set the rate of refusals, so that each kind is told once a second at most. */
const refusalsMs = 1_000;
/** Whoever makes events sets the rate of selectors' trouble as well. */
const selectorsMs = 1_000;
/** Some handshakes need no proof, so that anybody sets their rate too. */
const handshakesMs = 1_000;
/** Who exceeds a quota does so often. */
const quotasMs = 10_000;
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

/** An event of which a selector did not say where it belongs. */
export interface Misplaced {
  readonly consumer: string;
  readonly trouble: SelectorTrouble;
  readonly eventId: string;
  readonly traceId: string;
}

/** An event that exceeds a quota. */
export interface OverQuota extends Beyond {
  readonly source: string;
}

/** What becomes of an event without a key or a tenant. */
const consequences = {
  'order.by': 'a selector found no key; the event is in no order',
  'fair.by': 'a selector found no tenant; the event is in no group',
};

/** What the receiver says of what it does: a line and a few counts a request. */
export function reportsTo(telemetry: Telemetry) {
  const refusals = tallyOf<Refusal>(
    refusalsMs,
    ({ source, refusal }) => `${source} ${refusal.reason}`,
    ({ source, refusal: { status, reason, cause }, requestId }, count) => {
      const problem = cause instanceof Error ? { problem: cause.message } : {};
      telemetry.log.warn('refused', { source, status, reason, count, requestId, ...problem });
      telemetry.count('Refused', { source, reason }, count);
      // Whatever the reason: an alarm cannot sum up reasons that it does not know beforehand.
      if (status === 401) telemetry.count('Unproved', { source }, count);
    },
  );
  const selectors = tallyOf<Misplaced>(
    selectorsMs,
    ({ consumer, trouble: { selector } }) => `${consumer} ${selector}`,
    ({ consumer, trouble: { selector, problem }, eventId, traceId }, count) => {
      const path = `pipeline.consumers.${consumer}.${selector}`;
      telemetry.log.warn(consequences[selector], { consumer, selector: path, problem, count, eventId, traceId });
      telemetry.count('SelectorFailed', { consumer, reason: selector }, count);
    },
  );
  const quotas = tallyOf<OverQuota>(
    quotasMs,
    ({ source }) => source,
    ({ source, whose, refuse }, count) => {
      telemetry.log.info('beyond a quota', { source, whose, count, became: refuse ? 'refused' : 'yielding' });
      telemetry.count('BeyondQuota', { source }, count);
    },
  );
  const secrets = tallyOf<{ readonly source: string; readonly secret: number }>(
    secretsMs,
    ({ source, secret }) => `${source} ${secret}`,
    ({ source, secret }, count) => telemetry.count('SecretMatched', { source, secret: String(secret) }, count),
  );
  const handshakes = tallyOf<{ readonly source: string }>(
    handshakesMs,
    ({ source }) => source,
    ({ source }, count) => {
      telemetry.log.info('answered a handshake', { source, count });
      telemetry.count('Handshakes', { source }, count);
    },
  );
  return {
    accepted({ message, targets, unconfirmed, bytes, secret, identicalDeliveries }: Acceptance, now: number): void {
      const { event, deliveryId, tenant, verified } = message;
      const spooled = unconfirmed.map(({ destination: { queue }, error }) => `${queue}: ${error}`);
      const dimensions = { source: event.source };
      telemetry.annotate(dimensions, 'accepted', {
        eventId: event.id,
        traceId: traceIdOf(message),
        type: event.type,
        deliveryId,
        tenant,
        // Not the secret, but which, where it is not the one that is expected; what is called a secret is masked.
        ...(secret === 0 ? {} : { secretVersion: verified.secret }),
        consumers: targets.map(({ consumer }) => consumer),
        ...(spooled.length > 0 ? { spooled } : {}),
        ...(identicalDeliveries ? { identicalDeliveries } : {}),
      });
      telemetry.count('Received', dimensions);
      telemetry.bytes('Bytes', dimensions, bytes);
      if (targets.length === 0) telemetry.count('Unrouted', dimensions);
      const enqueued = targets.filter(
        ({ queue }) => !unconfirmed.some(({ destination }) => destination.queue === queue),
      );
      if (enqueued.length > 0) telemetry.count('Enqueued', dimensions, enqueued.length);
      if (unconfirmed.length > 0) telemetry.count('Spooled', dimensions, unconfirmed.length);
      secrets.add({ source: event.source, secret }, now);
    },

    handshake(source: string, now: number): void {
      handshakes.add({ source }, now);
    },

    beyondQuota(over: OverQuota, now: number): void {
      quotas.add(over, now);
    },

    misplaced(misplaced: Misplaced, now: number): void {
      selectors.add(misplaced, now);
    },

    refused(refusal: Refusal, now: number): void {
      refusals.add(refusal, now);
    },

    /** Writes what is due; once at the end of each request. */
    flush(now: number): void {
      refusals.tellDue(now);
      selectors.tellDue(now);
      quotas.tellDue(now);
      secrets.tellDue(now);
      handshakes.tellDue(now);
      telemetry.flush();
    },
  };
}
