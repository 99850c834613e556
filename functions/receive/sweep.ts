import { messageOf } from '../core/errors.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { traceIdOf } from '../core/trace.ts';
import { type Destination, enqueue, type Send } from './enqueue.ts';
import { decodeSpooled, encodeSpooled, type Spooled, spooledAt } from './spool.ts';
import type { SpoolBucket } from './spool-bucket.ts';

/** What a sweep rests on. */
export interface SweepOptions {
  readonly spool: SpoolBucket;
  readonly send: Send;
  readonly telemetry: Telemetry;
  readonly now: () => number;
}

/** What a sweep came to. */
export interface Swept {
  /** Objects whose every queue has confirmed. */
  readonly swept: number;
  /** Objects that are still there. */
  readonly left: number;
}

/** Objects at once. */
const atOnce = 16;
/** How long the queues of one object may take. */
const sendMs = 5_000;
/** No object is begun with less time left than one usually takes. */
const reserveMs = 6_000;
/** A queue that fails so often in a row is left alone for the rest of the sweep, and holds nothing else up. */
const mostFailures = 3;

/**
 * Sends what is in the spool to the queues that have not confirmed it. Whenever it ends, nothing is lost: an object
 * goes only after every queue that it names has confirmed. What is sent may be a duplicate, also of what the receiver
 * sent and could not see confirmed; so nothing is gained by waiting before an object is swept.
 */
export function sweeper({ spool, send, telemetry, now }: SweepOptions) {
  return async (context: { getRemainingTimeInMillis(): number }): Promise<Swept> => {
    const failures = new Map<string, number>();
    let swept = 0;
    let left = 0;
    let confirmed = 0;
    let refused = 0;
    let oldest = Number.POSITIVE_INFINITY;
    let listed = false;

    /** Whether everything that the object names has been confirmed. */
    async function sweep(key: string): Promise<boolean> {
      const text = await spool.read(key);
      if (text === undefined) return true;
      let spooled: Spooled;
      try {
        spooled = decodeSpooled(text);
      } catch (error) {
        telemetry.count('SpoolUnreadable', {});
        telemetry.log.error('a spooled event cannot be read and stays where it is', { key, error: messageOf(error) });
        return false;
      }
      const outstanding = await sendTo(spooled);
      if (outstanding.length === 0) {
        await spool.remove(key);
        return true;
      }
      // What has arrived is not sent again and again; should this fail, it is, and the ledger knows it.
      if (outstanding.length < spooled.queues.length) {
        await spool.write(key, encodeSpooled({ ...spooled, queues: outstanding }));
      }
      return false;
    }

    /** Answers the queues that are still outstanding. */
    async function sendTo({ queues, message, requestId }: Spooled): Promise<readonly Destination[]> {
      const failing = queues.filter(({ queue }) => (failures.get(queue) ?? 0) >= mostFailures);
      const tried = queues.filter((destination) => !failing.includes(destination));
      const unconfirmed = await enqueue(send, tried, message, { by: 'spool', requestId }, sendMs);
      for (const { destination, error } of unconfirmed) {
        const { queue } = destination;
        failures.set(queue, (failures.get(queue) ?? 0) + 1);
        telemetry.log.warn('a queue does not take a spooled event', {
          eventId: message.event.id,
          traceId: traceIdOf(message),
          queue,
          error,
        });
      }
      const outstanding = unconfirmed.map(({ destination }) => destination);
      for (const destination of tried) if (!outstanding.includes(destination)) failures.delete(destination.queue);
      confirmed += tried.length - outstanding.length;
      refused += outstanding.length;
      return [...failing, ...outstanding];
    }

    /** 0 for what lies ahead, and for nothing. */
    const secondsSince = (ms: number): number => (ms < now() ? Math.round((now() - ms) / 1000) : 0);

    function leave(key: string): void {
      left += 1;
      const receipt = spooledAt(key);
      if (receipt < oldest) oldest = receipt;
    }

    /** One object's trouble is its own. */
    async function settle(key: string): Promise<void> {
      try {
        if (context.getRemainingTimeInMillis() > reserveMs && (await sweep(key))) swept += 1;
        else leave(key);
      } catch (error) {
        leave(key);
        telemetry.log.error('a spooled event could not be swept', { key, error: messageOf(error) });
      }
    }

    try {
      for await (const page of spool.pages()) {
        const keys = page.values();
        const work = async (): Promise<void> => {
          for (const key of keys) await settle(key);
        };
        await Promise.all(Array.from({ length: atOnce }, work));
        if (context.getRemainingTimeInMillis() <= reserveMs) break;
      }
      listed = true;
    } finally {
      telemetry.count('SpoolObjects', {}, left);
      // What could not be listed may be of any age.
      if (listed) telemetry.count('SpoolAgeSeconds', {}, secondsSince(oldest));
      if (confirmed > 0) telemetry.count('Swept', {}, confirmed);
      if (refused > 0) telemetry.count('SweepFailed', {}, refused);
      if (swept + left > 0) telemetry.log.info('swept the spool', { swept, left });
      telemetry.flush();
    }
    return { swept, left };
  };
}
