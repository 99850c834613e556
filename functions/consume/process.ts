import { reasonLimit } from '../core/attribute-text.ts';
import { type Consumer, queueRetentionDays } from '../core/definition.ts';
import { messageOf, PermanentError, RetryLater, TransientError } from '../core/errors.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { nextStep, traceIdOf } from '../core/trace.ts';
import type { Observation } from './adapt.ts';
import { withinTrace } from './ambient-trace.ts';
import { type AttemptResult, attempt, DeadlineError } from './attempt.ts';
import { retryDelayMs } from './backoff.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { Delivery } from './delivery.ts';
import { type Gathering, gathering } from './gather.ts';
import { type BatchContext, type Progress, resultsOf, type Work } from './handler.ts';
import type { Claim, Lease, Ledger, Verdict } from './ledger.ts';
import type { Pace } from './pace.ts';
import { keptUntil } from './patience.ts';
import type { ReceivedEvent } from './received-event.ts';
import type { LedgerRecord } from './record.ts';
import type { Time } from './time.ts';
import type { Turn } from './turn.ts';

/** What becomes of a message: acknowledged, or back into the queue, visible again after so many milliseconds. */
export type Outcome =
  /** `erased`: it met the mark that it was erased. */
  | { readonly kind: 'ack'; readonly erased?: boolean }
  /** `unrun`: it had its claim, and was put back before its handler could begin. */
  | { readonly kind: 'back'; readonly ms: number; readonly unrun?: boolean };

/** What processing rests on; time and randomness included. */
export interface ProcessOptions {
  readonly consumer: Consumer;
  readonly ledger: Ledger;
  readonly deadLetter: DeadLetter;
  readonly work: Work;
  /** Without it, events begin as they come. */
  readonly pace?: Pace | undefined;
  readonly telemetry: Telemetry;
  readonly time: Time;
  readonly random: () => number;
}

/** The invocation that an event is run in. */
export interface Running {
  readonly turn: Turn;
  /** Whether what runs now is to show how the downstream is. */
  probing(): boolean;
  /** Told how each run of the handler ended. */
  observe(observation: Observation): void;
  /** Called when a handler ignored its deadline: its environment takes no further work. */
  poison(): void;
}

/** A claimed event of which nothing more stands in the way. */
export interface Ready extends Progress {
  readonly delivery: Delivery;
  readonly claim: Claim;
  readonly event: ReceivedEvent;
}

/** Runs the handler on what is ready. */
export type Together = Gathering<Ready>;

/** Why the ledger gives no claim, apart from a crash that it suspects. */
export type Refusal = Exclude<Verdict, { readonly kind: 'claimed' | 'suspect' }>;

/** Crashes, alone in its process, after which an event is dead-lettered. */
export const loneCrashLimit = 3;

/** How long a step's own trouble (a lost lease, an object that cannot be read just now) puts a message back. */
const troubleMs = 5_000;

/** How long what goes back untouched stays hidden: long enough not to meet the same invocation again. */
export const untouchedMs = 1_000;

/** Carries claimed events through the handler to an outcome that the ledger knows. */
export function processor(options: ProcessOptions) {
  const { consumer, ledger, deadLetter, work, pace, telemetry, time, random } = options;
  const { now } = time;
  const dimensions = { consumer: consumer.name };
  /** What lines say of an event that is done with: by its id the rest is found. */
  const brief = ({ id, message }: Delivery) => ({
    consumer: consumer.name,
    eventId: id,
    traceId: traceIdOf(message),
    source: message.event.source,
    type: message.event.type,
  });
  const about = (delivery: Delivery) => ({ ...brief(delivery), messageId: delivery.record.messageId });
  const back = (ms: number): Outcome => ({ kind: 'back', ms });
  /** Masked before it is cut: half a credential no longer looks like one. */
  const reasonOf = (error: unknown): string => telemetry.masked(messageOf(error)).slice(0, reasonLimit).toWellFormed();

  function deferred(delivery: Delivery, reason: string, ms: number): Outcome {
    telemetry.count('Deferred', { ...dimensions, reason });
    telemetry.log.debug('deferred', { ...about(delivery), reason, ms });
    return back(ms);
  }

  /** The send is repeated until the ledger says that the event is dead; the handler is not. */
  async function bury(delivery: Delivery, claim: Claim, reason: string): Promise<Outcome> {
    const { run, item } = delivery.event;
    await deadLetter(delivery.record, { identity: `${delivery.id}#${run}`, gen: claim.gen, item, reason, at: now() });
    // Overtaken here means redriven already: the copy in the queue carries the event on.
    await ledger.bury(delivery.event, claim);
    return { kind: 'ack' };
  }

  async function die(
    { turn }: Running,
    delivery: Delivery,
    claim: Claim,
    cause: { error: unknown; kind: string; attempts?: number },
  ): Promise<Outcome> {
    const { error, kind, attempts = claim.attempts } = cause;
    const reason = reasonOf(error);
    const settled = await ledger.die(delivery.event, claim, reason, attempts, turn.leaseUntil);
    if (settled === 'overtaken') return deferred(delivery, 'lease-lost', troubleMs);
    telemetry.count('DeadLettered', { ...dimensions, reason: kind });
    telemetry.log.error('dead-lettered', { ...about(delivery), reason, kind, attempts, generation: claim.gen + 1 });
    return bury(delivery, { ...claim, gen: claim.gen + 1 }, reason);
  }

  /** Puts a claimed event back whose handler has not begun. */
  async function release(
    delivery: Delivery,
    claim: Claim,
    reason: string,
    ms: number,
    slot = claim.slot,
  ): Promise<Outcome> {
    await ledger.release(delivery.event, claim, now() + ms, slot);
    deferred(delivery, reason, ms);
    return { kind: 'back', ms, unrun: true };
  }

  /** What stands between a claim and its handler: an event that cannot be read, the pace, and the time that is left. */
  async function prepare(running: Running, delivery: Delivery, claim: Claim): Promise<Ready | Outcome> {
    const { defect, empty, event } = delivery;
    if (claim.loneCrashes >= loneCrashLimit) {
      const error = `its process crashed ${claim.loneCrashes} times while it ran alone`;
      return die(running, delivery, claim, { error, kind: 'crashes' });
    }
    if (empty) return completed(delivery, claim);
    if (defect) return die(running, delivery, claim, { error: defect, kind: 'no-items' });
    let received: ReceivedEvent;
    try {
      received = await delivery.received();
    } catch (error) {
      if (error instanceof PermanentError) return die(running, delivery, claim, { error, kind: 'no-body' });
      telemetry.log.warn('body could not be read', { ...about(delivery), error: messageOf(error) });
      return release(delivery, claim, 'no-body', troubleMs + random() * troubleMs);
    }
    if (pace) {
      const slot = await pace.take({ tenant: delivery.tenant, slot: claim.slot }, running.turn);
      if (slot.kind === 'later') return release(delivery, claim, 'pace', slot.returnAt - now(), slot.at);
    }
    if (now() > running.turn.beginBy) return release(delivery, claim, 'no-time', untouchedMs);
    return {
      delivery,
      claim,
      event: received,
      attempt: claim.attempts + 1,
      idempotencyKey: `${delivery.id}.${consumer.name}.${event.run}`,
      generation: claim.gen,
      run: event.run,
      trace: nextStep(delivery.message.trace, { newTraceId: traceIdOf(delivery.message) }),
    };
  }

  /** Runs the handler once, on one event or on many, under one deadline. */
  async function call(running: Running, members: readonly Ready[]): Promise<ReadonlyMap<Ready, AttemptResult>> {
    const started = now();
    const probing = running.probing();
    let lag: number | undefined;
    const [first] = members;
    const context = {
      logger: loggerFor(
        first && members.length === 1 ? { ...about(first.delivery), attempt: first.attempt } : dimensions,
      ),
      reportLag: (figure: number) => {
        lag = Math.max(lag ?? figure, figure);
      },
    };
    const trace = members.length === 1 ? first?.trace : undefined;
    const result = await attempt(
      (deadline) => withinTrace(trace, () => invoke(members, { ...context, ...deadline })),
      consumer.timeoutSeconds * 1000,
      time,
    );
    const ms = now() - started;
    telemetry.duration('HandlerDuration', dimensions, ms);
    const byId =
      work.kind === 'one'
        ? undefined
        : resultsOf(
            result,
            members.map(({ event }) => event.id),
          );
    const results = new Map(
      members.map((ready) => [ready, { ...(byId?.get(ready.event.id) ?? result), probing, ms }] as const),
    );
    for (const each of results.values()) {
      running.observe({ healthy: isHealthy(each), ms, ...(lag === undefined ? {} : { lag }) });
    }
    if (!result.ok && result.poisoned) running.poison();
    return results;
  }

  function invoke(members: readonly Ready[], context: BatchContext): unknown {
    if (work.kind === 'many') return work.handle(members, context);
    const [{ event, attempt, idempotencyKey, generation, run, trace }] = members as readonly [Ready];
    return work.handle(event, { ...context, attempt, idempotencyKey, generation, run, trace });
  }

  function loggerFor(lines: Readonly<Record<string, unknown>>): BatchContext['logger'] {
    const { log } = telemetry;
    return {
      // A payload that is logged whole may have a type or an event id of its own: it is found by ours.
      debug: (text, more) => log.debug(text, { ...more, ...lines }),
      info: (text, more) => log.info(text, { ...more, ...lines }),
      warn: (text, more) => log.warn(text, { ...more, ...lines }),
      error: (text, more) => log.error(text, { ...more, ...lines }),
    };
  }

  async function completed(delivery: Delivery, claim: Claim, handlerMs?: number): Promise<Outcome> {
    const { event, message } = delivery;
    if ((await ledger.complete(event, claim)) === 'overtaken') return deferred(delivery, 'lease-lost', troubleMs);
    const ms = Math.max(0, now() - Date.parse(message.receivedAt));
    telemetry.count('Processed', dimensions);
    telemetry.duration('ReceiptToCompletion', dimensions, ms);
    telemetry.annotate(dimensions, 'processed', {
      ...brief(delivery),
      attempt: claim.attempts + 1,
      handlerMs,
      msSinceReceipt: ms,
    });
    return { kind: 'ack' };
  }

  /** Records what came of an attempt. */
  async function settle(running: Running, ready: Ready, result: AttemptResult): Promise<Outcome> {
    const { delivery, claim, attempt: number } = ready;
    const lines = { ...about(delivery), attempt: number };
    if (result.ok) {
      telemetry.count('Attempts', dimensions);
      telemetry.count('Succeeded', dimensions);
      return completed(delivery, claim, result.ms);
    }
    const { error, poisoned, probing = false } = result;
    const reason = reasonOf(error);
    const dieOf = (kind: string, attempts = number) => die(running, delivery, claim, { error, kind, attempts });
    if (error instanceof RetryLater) {
      const receives = Number(delivery.record.attributes.ApproximateReceiveCount) || 1;
      const ms = retryDelayMs(consumer.retry, error.afterMs === undefined ? receives : 1, error.afterMs, random());
      if (now() + ms > keptUntil(delivery.record)) return dieOf('retention', claim.attempts);
      telemetry.log.info('asked to come later', { ...lines, reason, ms });
      await ledger.release(delivery.event, claim, now() + ms);
      return deferred(delivery, 'retry-later', ms);
    }
    const name = error instanceof Error ? error.name : 'unknown';
    telemetry.count('Attempts', dimensions);
    telemetry.count('Failed', { ...dimensions, reason: classOf(error) });
    telemetry.log.warn('attempt failed', { ...lines, handlerMs: result.ms, error: name, reason, poisoned, probing });
    if (error instanceof PermanentError) return dieOf('permanent');
    if (!probing && number >= consumer.retry.attempts) return dieOf('attempts-spent');
    const afterMs = error instanceof TransientError ? error.afterMs : undefined;
    const backoff = retryDelayMs(consumer.retry, number, afterMs, random());
    // A handler that is still at work must not meet its own event: until its environment has certainly ended.
    const ms = poisoned ? Math.max(backoff, running.turn.leaseUntil - now()) : backoff;
    if (now() + ms > keptUntil(delivery.record)) return dieOf('retention');
    // A downstream that is known to be down says nothing of the event: few events would otherwise die of the probes.
    const settled = await (probing
      ? ledger.release(delivery.event, claim, now() + ms)
      : ledger.fail(delivery.event, claim, reason, now() + ms));
    return settled === 'done' ? back(ms) : deferred(delivery, 'lease-lost', troubleMs);
  }

  /** A copy of an event that is done with: nothing but to say so. */
  function acknowledge(delivery: Delivery, kind: 'duplicate' | 'stale', record: LedgerRecord): Outcome {
    const { deliveryId, namedDelivery } = delivery.event;
    const more = { ...about(delivery), kind, deliveryId, firstDeliveryId: record.deliveryId };
    telemetry.count(kind === 'stale' ? 'StaleDuplicates' : 'Duplicates', dimensions);
    if (namedDelivery && record.deliveryId !== deliveryId) {
      // No platform's retry: somebody may have captured a request, or two honest deliveries are the same bytes.
      telemetry.count('SuspectedReplays', dimensions);
      telemetry.log.warn('the same signed bytes came under another delivery id', more);
    } else {
      telemetry.annotate(dimensions, 'acknowledged a copy', more);
    }
    return { kind: 'ack' };
  }

  /** Of an event that is to be forgotten only its ids are told. */
  function erased({ id, record }: Delivery): Outcome {
    telemetry.count('Erased', dimensions);
    telemetry.annotate(dimensions, 'acknowledged an erased event', {
      ...dimensions,
      eventId: id,
      messageId: record.messageId,
    });
    return { kind: 'ack', erased: true };
  }

  /** Takes up a dead-lettering that a crash interrupted. */
  async function resume(delivery: Delivery, seen: LedgerRecord, lease: Lease): Promise<Outcome> {
    const claim = await ledger.resumeDying(delivery.event, seen, lease);
    return claim ? bury(delivery, claim, seen.reason) : deferred(delivery, 'in-progress', troubleMs);
  }

  return {
    /** What becomes of a message that the ledger gives no claim to. */
    refused(delivery: Delivery, verdict: Refusal, lease: Lease): Outcome | Promise<Outcome> {
      switch (verdict.kind) {
        case 'duplicate':
        case 'stale':
          return acknowledge(delivery, verdict.kind, verdict.record);
        case 'erased':
          return erased(delivery);
        case 'dying':
          return resume(delivery, verdict.record, lease);
        case 'busy':
          return deferred(delivery, 'in-progress', verdict.until - now());
        case 'early':
          return deferred(delivery, 'backoff', verdict.until - now());
      }
    },

    /** A handler call for so many claimed events; a handler that takes one at a time is called for each. */
    together: (running: Running, size: number): Together =>
      work.kind === 'many'
        ? gathering(size, (members) => call(running, members))
        : {
            join: async (ready) => (await call(running, [ready])).get(ready) as AttemptResult,
            miss: () => undefined,
          },

    /** Runs the handler on a claimed event and settles what came of it. */
    async run(running: Running, delivery: Delivery, claim: Claim, together: Together): Promise<Outcome> {
      let ready: Ready | Outcome | undefined;
      try {
        ready = await prepare(running, delivery, claim);
      } finally {
        if (!ready || 'kind' in ready) together.miss();
      }
      return 'kind' in ready ? ready : settle(running, ready, await together.join(ready));
    },

    /** Dead-letters a claimed event that SQS would drop before it could run. */
    retire: (running: Running, delivery: Delivery, claim: Claim): Promise<Outcome> => {
      const error = `it waited for ${queueRetentionDays - 1} of the ${queueRetentionDays} days that its queue keeps it`;
      return die(running, delivery, claim, { error, kind: 'retention' });
    },

    /** An event in whose place a newer one of its key stands. */
    superseded(delivery: Delivery, by: string): Outcome {
      telemetry.count('Superseded', dimensions);
      telemetry.annotate(dimensions, 'superseded', { ...about(delivery), by });
      return { kind: 'ack' };
    },

    erased,
    release,
    deferred,
    back,
  };
}

/** Whether the downstream is well, by how a run ended: an event of which it wants nothing says nothing against it. */
function isHealthy(result: AttemptResult): boolean {
  return result.ok || result.error instanceof PermanentError || result.error instanceof RetryLater;
}

/** How a failed attempt is counted. */
function classOf(error: unknown): 'transient' | 'permanent' | 'timeout' {
  if (error instanceof DeadlineError) return 'timeout';
  return error instanceof PermanentError ? 'permanent' : 'transient';
}
