import type { SQSRecord } from 'aws-lambda';
import { type Consumer, queueRetentionDays } from '../core/definition.ts';
import { messageOf, PermanentError } from '../core/errors.ts';
import { inlineBytes, type Message } from '../core/message.ts';
import type { ObjectStore } from '../core/objects.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { attempt, type EventHandler } from './attempt.ts';
import { backoffMs } from './backoff.ts';
import { type DeadLetter, reasonLimit } from './dead-letter.ts';
import type { Delivery } from './delivery.ts';
import type { Claim, Lease, Ledger } from './ledger.ts';
import { receivedEvent } from './received-event.ts';
import type { LedgerRecord } from './record.ts';

/** What becomes of a message: acknowledged, or back into the queue, visible again after so many milliseconds. */
export type Outcome = { readonly kind: 'ack' } | { readonly kind: 'back'; readonly ms: number };

/** What processing rests on; time and randomness included. */
export interface ProcessOptions {
  readonly consumer: Consumer;
  readonly ledger: Ledger;
  readonly deadLetter: DeadLetter;
  readonly bodies: ObjectStore;
  readonly handle: EventHandler;
  readonly telemetry: Telemetry;
  /** Called when a handler ignored its deadline: its environment takes no further work. */
  readonly poison: () => void;
  readonly now: () => number;
  readonly random: () => number;
}

/** Crashes, alone in its process, after which an event is dead-lettered. */
export const loneCrashLimit = 3;

/** What does not come back a day before SQS drops it might never come back. */
const keptUntil = ({ attributes }: SQSRecord): number =>
  Number(attributes.SentTimestamp) + (queueRetentionDays - 1) * 86_400_000;

/** How long a step's own trouble (a lost lease, an object that cannot be read just now) puts a message back. */
const troubleMs = 5_000;

/** Carries claimed events through the handler to an outcome that the ledger knows. */
export function processor(options: ProcessOptions) {
  const { consumer, ledger, deadLetter, bodies, handle, telemetry, poison, now, random } = options;
  const dimensions = { consumer: consumer.name };
  const about = ({ event, record }: Delivery) => ({
    consumer: consumer.name,
    eventId: event.event.id,
    source: event.event.source,
    type: event.event.type,
    messageId: record.messageId,
  });
  const back = (ms: number): Outcome => ({ kind: 'back', ms });

  function deferred(delivery: Delivery, reason: string, ms: number): Outcome {
    telemetry.count('Deferred', { ...dimensions, reason });
    telemetry.log.debug('deferred', { ...about(delivery), reason, ms });
    return back(ms);
  }

  /** The send is repeated until the ledger says that the event is dead; the handler is not. */
  async function bury(delivery: Delivery, claim: Claim, reason: string): Promise<Outcome> {
    const identity = `${claim.id}#${delivery.event.run}`;
    await deadLetter(delivery.record, { identity, gen: claim.gen, reason, at: now() });
    // Overtaken here means redriven already: the copy in the queue carries the event on.
    await ledger.bury(delivery.event, claim);
    return { kind: 'ack' };
  }

  async function die(
    delivery: Delivery,
    claim: Claim,
    cause: { reason: string; kind: string; attempts: number; leaseUntil: number },
  ): Promise<Outcome> {
    const reason = cause.reason.slice(0, reasonLimit).toWellFormed();
    const settled = await ledger.die(delivery.event, claim, reason, cause.attempts, cause.leaseUntil);
    if (settled === 'overtaken') return deferred(delivery, 'lease-lost', troubleMs);
    telemetry.count('DeadLettered', { ...dimensions, reason: cause.kind });
    telemetry.log.error('dead-lettered', {
      ...about(delivery),
      reason,
      kind: cause.kind,
      attempts: cause.attempts,
      generation: claim.gen + 1,
    });
    return bury(delivery, { ...claim, gen: claim.gen + 1 }, reason);
  }

  async function bytesOf(message: Message): Promise<Buffer> {
    if (!('dataref' in message)) return inlineBytes(message);
    try {
      return await bodies.get(message.dataref);
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') {
        throw new PermanentError(`body ${message.dataref} must be in the archive bucket, and is not there`, {
          cause: error,
        });
      }
      throw error;
    }
  }

  return {
    /** Runs the handler on a claimed event and settles what came of it. */
    async run(delivery: Delivery, claim: Claim, limits: { timeoutMs: number; leaseUntil: number }): Promise<Outcome> {
      const { message, event } = delivery;
      const deathOf = (error: unknown, kind: string) =>
        die(delivery, claim, {
          reason: messageOf(error),
          kind,
          attempts: claim.attempts + (kind === 'no-body' ? 0 : 1),
          leaseUntil: limits.leaseUntil,
        });
      if (claim.loneCrashes >= loneCrashLimit) {
        const reason = `its process crashed ${claim.loneCrashes} times while it ran alone`;
        return die(delivery, claim, {
          reason,
          kind: 'crashes',
          attempts: claim.attempts,
          leaseUntil: limits.leaseUntil,
        });
      }
      let bytes: Buffer;
      try {
        bytes = await bytesOf(message);
      } catch (error) {
        if (error instanceof PermanentError) return deathOf(error, 'no-body');
        telemetry.log.warn('body could not be read', { ...about(delivery), error: messageOf(error) });
        await ledger.release(event, claim, now());
        return deferred(delivery, 'no-body', troubleMs + random() * troubleMs);
      }
      const number = claim.attempts + 1;
      const lines = { ...about(delivery), attempt: number };
      const { log } = telemetry;
      const started = now();
      const result = await attempt(
        handle,
        receivedEvent(message, bytes),
        {
          logger: {
            debug: (text, more) => log.debug(text, { ...lines, ...more }),
            info: (text, more) => log.info(text, { ...lines, ...more }),
            warn: (text, more) => log.warn(text, { ...lines, ...more }),
            error: (text, more) => log.error(text, { ...lines, ...more }),
          },
          attempt: number,
          idempotencyKey: `${event.event.id}.${consumer.name}.${event.run}`,
          generation: claim.gen,
          run: event.run,
        },
        { ms: limits.timeoutMs, now },
      );
      telemetry.duration('HandlerDuration', dimensions, now() - started);
      if (result.ok) {
        if ((await ledger.complete(event, claim)) === 'overtaken') return deferred(delivery, 'lease-lost', troubleMs);
        telemetry.count('Processed', dimensions);
        telemetry.duration('ReceiptToCompletion', dimensions, Math.max(0, now() - Date.parse(message.receivedAt)));
        log.info('processed', { ...lines, ms: now() - started });
        return { kind: 'ack' };
      }
      const { error, poisoned } = result;
      const reason = messageOf(error).slice(0, reasonLimit).toWellFormed();
      const name = error instanceof Error ? error.name : 'unknown';
      telemetry.count('Failed', dimensions);
      log.warn('attempt failed', { ...lines, error: name, reason, poisoned });
      if (poisoned) poison();
      if (error instanceof PermanentError) return deathOf(error, 'permanent');
      if (number >= consumer.retry.attempts) return deathOf(error, 'attempts-spent');
      const ms = backoffMs(consumer.retry, number, random());
      if (now() + ms > keptUntil(delivery.record)) return deathOf(error, 'retention');
      const settled = await ledger.fail(event, claim, reason, now() + ms);
      return settled === 'done' ? back(ms) : deferred(delivery, 'lease-lost', troubleMs);
    },

    /** Takes up a dead-lettering that a crash interrupted. */
    async resume(delivery: Delivery, seen: LedgerRecord, lease: Lease): Promise<Outcome> {
      const claim = await ledger.resumeDying(delivery.event, seen, lease);
      return claim ? bury(delivery, claim, seen.reason) : deferred(delivery, 'in-progress', troubleMs);
    },

    /** A copy of an event that is done with: nothing but to say so. */
    acknowledge(delivery: Delivery, kind: 'duplicate' | 'stale', record: LedgerRecord): Outcome {
      telemetry.count(kind === 'stale' ? 'StaleDuplicates' : 'Duplicates', dimensions);
      // Not a platform's retry: two deliveries whose signed bytes are the same. They count as one event.
      const merged = record.deliveryId !== delivery.event.deliveryId;
      if (merged) telemetry.count('MergedDeliveries', dimensions);
      telemetry.log.info('acknowledged a copy', {
        ...about(delivery),
        kind,
        merged,
        deliveryId: delivery.event.deliveryId,
      });
      return { kind: 'ack' };
    },

    deferred,
    back,
  };
}
