import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { messageOf } from '../core/errors.ts';
import type { Queue } from './defer.ts';
import { type Delivery, deliveryOf, generationOf } from './delivery.ts';
import { type Lane, lanesOf } from './lanes.ts';
import type { Lease, Verdict } from './ledger.ts';
import { type Outcome, type ProcessOptions, processor } from './process.ts';
import type { LedgerRecord } from './record.ts';

export interface BatchOptions extends Omit<ProcessOptions, 'poison'> {
  readonly queue: Queue;
  readonly newToken: () => string;
  /** Ends the environment after a handler ignored its deadline. Does not return on Lambda. */
  readonly exit: () => void;
}

/** What a function's time must allow beside the handler: claiming, settling, dead-lettering. In milliseconds. */
const settleMs = 3_000;

/** How far the clocks of two environments may lie apart. In milliseconds. */
const clockSkewMs = 1_000;

/** How long what goes back untouched stays hidden: long enough not to meet the same invocation again. */
const untouchedMs = 1_000;

/** Handles batches of one consumer's queue: some of a batch may fail, and only that comes back. */
export function batchHandler(options: BatchOptions) {
  const { consumer, ledger, queue, deadLetter, telemetry, newToken, now } = options;
  let poisoned = false;
  const steps = processor({
    ...options,
    poison: () => {
      poisoned = true;
    },
  });

  return async (batch: SQSEvent, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<SQSBatchResponse> => {
    const endsAt = now() + context.getRemainingTimeInMillis();
    // No invocation outlives its function's timeout, so no run outlives a lease that ends after it.
    const lease = (): Lease => ({ token: newToken(), until: endsAt + clockSkewMs });
    const timeLeft = (): number => endsAt - now() - settleMs;
    const outcomes = new Map<SQSRecord, Outcome>();
    const timeoutMs = consumer.timeoutSeconds * 1000;

    /** An outcome for each message, whatever happens: one message's trouble is not its neighbours'. */
    async function settle(record: SQSRecord, work: () => Promise<Outcome>): Promise<Outcome> {
      let outcome: Outcome;
      try {
        outcome = await work();
      } catch (error) {
        telemetry.count('Trouble', { consumer: consumer.name });
        telemetry.log.error('could not settle a message', { messageId: record.messageId, error: messageOf(error) });
        // Nothing is known of what took effect: hidden until the lease has ended.
        outcome = steps.back(endsAt + clockSkewMs - now());
      }
      outcomes.set(record, outcome);
      return outcome;
    }

    function actOn(delivery: Delivery, verdict: Exclude<Verdict, { kind: 'suspect' }>): Promise<Outcome> | Outcome {
      switch (verdict.kind) {
        case 'claimed':
          return steps.run(delivery, verdict.claim, {
            timeoutMs: Math.min(timeoutMs, Math.max(1, timeLeft())),
            leaseUntil: endsAt + clockSkewMs,
          });
        case 'duplicate':
        case 'stale':
          return steps.acknowledge(delivery, verdict.kind, verdict.record);
        case 'dying':
          return steps.resume(delivery, verdict.record, lease());
        case 'busy':
          return steps.deferred(delivery, 'in-progress', verdict.until - now());
        case 'early':
          return steps.deferred(delivery, 'backoff', verdict.until - now());
      }
    }

    const lanes = lanesOf(batch.Records, consumer.fifo);
    const suspects: { delivery: Delivery; seen: LedgerRecord }[] = [];
    const heads: { delivery: Delivery; verdict: Exclude<Verdict, { kind: 'suspect' }>; rest: SQSRecord[] }[] = [];

    /** Reads and claims a lane's first message; what cannot be read goes to the dead-letter queue as it is. */
    async function take(lane: Lane): Promise<void> {
      const [record, ...rest] = lane;
      if (!record) return;
      const delivery = await read(record);
      if (!delivery) {
        if (outcomes.get(record)?.kind === 'ack') await take(rest);
        return;
      }
      await settle(record, async () => {
        const verdict = await ledger.claim(delivery.event, lease());
        if (verdict.kind === 'suspect') suspects.push({ delivery, seen: verdict.record });
        else heads.push({ delivery, verdict, rest });
        return steps.back(untouchedMs);
      });
    }

    async function read(record: SQSRecord): Promise<Delivery | undefined> {
      try {
        return deliveryOf(record);
      } catch (error) {
        const reason = `unreadable: ${messageOf(error)}`;
        telemetry.count('DeadLettered', { consumer: consumer.name, reason: 'unreadable' });
        telemetry.log.error('dead-lettered', { messageId: record.messageId, reason });
        await settle(record, async () => {
          await deadLetter(record, { identity: record.messageId, gen: generationOf(record), reason, at: now() });
          return { kind: 'ack' };
        });
        return undefined;
      }
    }

    await Promise.all(lanes.map(take));

    if (suspects.length > 0) {
      // Whoever held these crashed. Each runs with no neighbour in its process, so that the next crash has one cause.
      await Promise.all(
        heads.map(({ delivery, verdict }) =>
          settle(delivery.record, async () => {
            if (verdict.kind !== 'claimed') return actOn(delivery, verdict);
            await ledger.release(delivery.event, verdict.claim, now());
            return steps.deferred(delivery, 'suspect-neighbour', untouchedMs);
          }),
        ),
      );
      // Should it crash again, none of these need wait for the queue's whole visibility timeout.
      await hide(suspects.map(({ delivery: { record } }) => ({ record, ms: endsAt + clockSkewMs - now() })));
      for (const { delivery, seen } of suspects) {
        if (poisoned || timeLeft() < timeoutMs) break;
        await settle(delivery.record, async () => {
          telemetry.count('RunsAlone', { consumer: consumer.name });
          telemetry.log.warn('runs alone after a crash', {
            eventId: delivery.event.event.id,
            crashesAlone: seen.loneCrashes + (seen.alone ? 1 : 0),
          });
          const verdict = await ledger.claimAlone(delivery.event, seen, lease());
          return verdict.kind === 'suspect' ? steps.back(untouchedMs) : actOn(delivery, verdict);
        });
      }
    } else {
      await Promise.all(
        heads.map(async ({ delivery, verdict, rest }) => {
          const outcome = await settle(delivery.record, async () => actOn(delivery, verdict));
          if (outcome.kind === 'ack') await follow(rest);
        }),
      );
    }

    /** The rest of a lane, strictly one after the other, as long as each is acknowledged and time remains. */
    async function follow(rest: SQSRecord[]): Promise<void> {
      for (const record of rest) {
        if (poisoned || timeLeft() < timeoutMs) return;
        const delivery = await read(record);
        if (!delivery) {
          if (outcomes.get(record)?.kind === 'ack') continue;
          return;
        }
        const outcome = await settle(record, async () => {
          const verdict = await ledger.claim(delivery.event, lease());
          return verdict.kind === 'suspect' ? steps.back(untouchedMs) : actOn(delivery, verdict);
        });
        if (outcome.kind !== 'ack') return;
      }
    }

    // What a lane's failure holds back gets the same visibility, or SQS would let it overtake.
    for (const lane of lanes) {
      const stuck = lane.map((record) => outcomes.get(record)).find((outcome) => outcome?.kind === 'back');
      for (const record of lane) if (!outcomes.has(record)) outcomes.set(record, stuck ?? steps.back(untouchedMs));
    }

    const backs = [...outcomes].flatMap(([record, outcome]) =>
      outcome.kind === 'back' ? [{ record, ms: outcome.ms }] : [],
    );
    await hide(backs);
    telemetry.flush();
    if (poisoned) await leave(batch.Records.filter((record) => outcomes.get(record)?.kind === 'ack'));
    return { batchItemFailures: backs.map(({ record }) => ({ itemIdentifier: record.messageId })) };
  };

  /** A message that could not be hidden comes back with the queue's own timeout: later, never lost. */
  async function hide(messages: readonly { record: SQSRecord; ms: number }[]): Promise<void> {
    if (messages.length === 0) return;
    try {
      const failed = await queue.hide(messages);
      if (failed > 0) telemetry.log.warn('some messages could not be hidden', { failed });
    } catch (error) {
      telemetry.log.warn('messages could not be hidden', { count: messages.length, error: messageOf(error) });
    }
  }

  /**
   * A handler that ignored its deadline may still be at work, and would be in the way of whatever came next. Lambda
   * takes the exit for a failed invocation, so what is done with is removed here.
   */
  async function leave(done: readonly SQSRecord[]): Promise<void> {
    try {
      if (done.length > 0) await queue.remove(done);
    } catch (error) {
      telemetry.log.warn('finished messages could not be removed; their copies will be acknowledged', {
        error: messageOf(error),
      });
    }
    options.exit();
  }
}
