import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { holdSeconds } from '../core/definition.ts';
import { messageOf } from '../core/errors.ts';
import type { ObjectStore } from '../core/objects.ts';
import type { Adapt, Observation } from './adapt.ts';
import { admissionTo } from './admission.ts';
import { bodiesIn } from './body.ts';
import { bulkheadOf } from './bulkhead.ts';
import type { Circuit } from './circuit.ts';
import type { Coalesce } from './coalesce.ts';
import type { Queue } from './defer.ts';
import { gatesOf } from './gates.ts';
import { lanesOf } from './lanes.ts';
import { outcomesOf, type PutBack } from './outcomes.ts';
import { type ProcessOptions, processor, type Running, untouchedMs } from './process.ts';
import { roundOf } from './round.ts';
import type { TenantCap } from './tenant-cap.ts';
import { turnOf } from './turn.ts';
import type { Watermarks } from './watermark.ts';

/** What a consumer's function rests on. A policy is there if the consumer has it. */
export interface BatchOptions extends ProcessOptions {
  readonly queue: Queue;
  /** Told of everything that goes back. */
  readonly watermarks: Watermarks;
  /** Messages of the queue that are hidden now. */
  readonly inFlight: () => Promise<number>;
  readonly bodies: ObjectStore;
  readonly circuit?: Circuit | undefined;
  readonly adapt?: Adapt | undefined;
  readonly cap?: TenantCap | undefined;
  readonly coalesce?: Coalesce | undefined;
  readonly newToken: () => string;
  /** Ends the environment after a handler ignored its deadline. Does not return on Lambda. */
  readonly exit: () => void;
}

/**
 * Handles batches of one consumer's queue: some of a batch may fail, and only that comes back.
 *
 * The policies' order is fixed: circuit, adapt, a tenant's cap, coalesce, the ledger's claim, pace, parallelism. What
 * costs nothing to refuse comes first; tokens are spent on claimed events alone, so that a duplicate costs none.
 */
export function batchHandler(options: BatchOptions) {
  const { consumer, queue, watermarks, telemetry, newToken, time } = options;
  const { now } = time;
  const allowance = { timeoutSeconds: consumer.timeoutSeconds, holdSeconds: holdSeconds(consumer) };
  const lease = ({ leaseUntil }: { leaseUntil: number }) => ({ token: newToken(), until: leaseUntil });
  const steps = processor(options);
  const enter = gatesOf(options);
  const admission = admissionTo({ ...options, lease }, steps);
  const bodyOf = bodiesIn(options.bodies);
  let poisoned = false;

  return async (batch: SQSEvent, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<SQSBatchResponse> => {
    const turn = turnOf(now, () => context.getRemainingTimeInMillis(), allowance);
    const lanes = lanesOf(batch.Records, consumer.fifo);
    const outcomes = outcomesOf(lanes, untouchedMs);
    const entry = await enter(turn);
    const observations: Observation[] = [];
    const running: Running = {
      turn,
      probing: () => entry.kind === 'in' && entry.probe !== undefined && observations.length === 0,
      observe: (observation) => observations.push(observation),
      poison: () => {
        poisoned = true;
      },
    };
    const admitted = admission(turn);
    const round = roundOf({
      ...options,
      lease: () => lease(turn),
      steps,
      running,
      admission: admitted,
      bulkhead: bulkheadOf(consumer.parallelism),
      bodyOf,
      outcomes,
      hide,
      poisoned: () => poisoned,
      probe:
        entry.kind === 'in' && entry.probe
          ? { verdict: () => observations[0]?.healthy, settle: entry.probed }
          : undefined,
    });
    if (entry.kind === 'rest') {
      telemetry.count('Deferred', { consumer: consumer.name, reason: entry.reason }, batch.Records.length);
      for (const record of batch.Records) outcomes.note(record, steps.back(entry.ms));
    } else {
      try {
        await round.work(lanes);
      } finally {
        await Promise.all([admitted.leave(), entry.leave(entry.probe ? observations.slice(1) : observations)]);
      }
    }
    if (!poisoned) await round.retire(outcomes.backs(now()));
    const backs = outcomes.backs(now());
    await hide(backs);
    telemetry.flush();
    if (poisoned) await leave(outcomes.done());
    return { batchItemFailures: backs.map(({ record }) => ({ itemIdentifier: record.messageId })) };
  };

  /** A message that could not be hidden comes back with the queue's own timeout: later, never lost. */
  async function hide(messages: readonly PutBack[]): Promise<void> {
    if (messages.length === 0) return;
    const noted = watermarks.note(messages);
    try {
      const failed = await queue.hide(messages);
      if (failed > 0) telemetry.log.warn('some messages could not be hidden', { failed });
    } catch (error) {
      telemetry.log.warn('messages could not be hidden', { count: messages.length, error: messageOf(error) });
    }
    await noted;
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
