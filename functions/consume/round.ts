import type { SQSRecord } from 'aws-lambda';
import type { Consumer } from '../core/definition.ts';
import { messageOf } from '../core/errors.ts';
import type { Message } from '../core/message.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { traceIdOf } from '../core/trace.ts';
import type { Admission, Admitted } from './admission.ts';
import type { Bulkhead } from './bulkhead.ts';
import type { DeadLetter } from './dead-letter.ts';
import { type BodyOf, type Delivery, deliveriesOf, generationOf, messageIn } from './delivery.ts';
import type { Lane } from './lanes.ts';
import type { Claim, Lease, Ledger, Verdict } from './ledger.ts';
import type { Outcomes, PutBack } from './outcomes.ts';
import { retireOverdue } from './overdue.ts';
import { type Outcome, type processor, type Running, untouchedMs } from './process.ts';
import type { LedgerRecord } from './record.ts';
import type { Time } from './time.ts';

/** What a round rests on. */
export interface RoundOptions {
  readonly consumer: Consumer;
  readonly ledger: Ledger;
  readonly deadLetter: DeadLetter;
  readonly telemetry: Telemetry;
  readonly time: Time;
  readonly lease: () => Lease;
  readonly steps: ReturnType<typeof processor>;
  readonly running: Running;
  readonly admission: Admission;
  /** Bounds the events that run side by side. */
  readonly bulkhead: Bulkhead;
  readonly bodyOf: BodyOf;
  readonly outcomes: Outcomes;
  readonly hide: (messages: readonly PutBack[]) => Promise<void>;
  readonly poisoned: () => boolean;
  /** The circuit is half-open: one event is tried, and the others run if it went well. */
  readonly probe?: { verdict(): boolean | undefined; settle(healthy: boolean | undefined): Promise<void> } | undefined;
}

/** A lane's first message that could be read, and what follows it. */
interface Head {
  readonly record: SQSRecord;
  readonly deliveries: readonly Delivery[];
  readonly rest: readonly SQSRecord[];
}

interface Suspect {
  readonly admitted: Admitted;
  readonly seen: LedgerRecord;
}

/** One invocation's work: notes what became of each message. */
export function roundOf(options: RoundOptions) {
  const { consumer, ledger, deadLetter, telemetry, time, lease, steps, running, admission, outcomes } = options;
  const { probe, bulkhead, poisoned } = options;
  const { turn } = running;
  const { now } = time;
  const hasTime = (): boolean => !poisoned() && now() <= turn.beginBy;

  /** An outcome for each, whatever happens: one message's trouble is not its neighbours'. */
  async function settle(record: SQSRecord, work: () => Promise<Outcome> | Outcome): Promise<Outcome> {
    let outcome: Outcome;
    try {
      outcome = await work();
    } catch (error) {
      telemetry.count('Trouble', { consumer: consumer.name });
      telemetry.log.error('could not settle a message', { messageId: record.messageId, error: messageOf(error) });
      // Nothing is known of what took effect: hidden until the lease has ended.
      outcome = steps.back(turn.leaseUntil - now());
    }
    outcomes.note(record, outcome);
    return outcome;
  }

  /** What a message carries; what cannot be read goes to the dead-letter queue as it is. */
  async function read(record: SQSRecord): Promise<readonly Delivery[] | undefined> {
    let message: Message;
    try {
      message = messageIn(record);
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
    try {
      const deliveries = await deliveriesOf(record, message, consumer, options.bodyOf);
      outcomes.expect(record, deliveries.length);
      return deliveries;
    } catch (error) {
      await settle(record, () => Promise.reject(error));
      return undefined;
    }
  }

  /** The first message of a lane that can be read. */
  async function headOf([record, ...rest]: Lane): Promise<Head[]> {
    if (!record) return [];
    const deliveries = await read(record);
    if (deliveries) return [{ record, deliveries, rest }];
    return outcomes.acknowledged(record) ? headOf(rest) : [];
  }

  async function admit(delivery: Delivery): Promise<Admitted[]> {
    try {
      const admitted = await admission.admit(delivery);
      if (!('kind' in admitted)) return [admitted];
      outcomes.note(delivery.record, admitted);
    } catch (error) {
      await settle(delivery.record, () => Promise.reject(error));
    }
    return [];
  }

  /** Runs what was admitted, side by side as far as the bulkheads let it. */
  async function runAll(all: readonly Admitted[]): Promise<void> {
    const claims = all.filter(({ verdict }) => verdict.kind === 'claimed').length;
    const together = steps.together(running, claims);
    await Promise.all(
      all.map(async ({ delivery, verdict, within, ended }) => {
        const work = () =>
          settle(delivery.record, () =>
            act(delivery, verdict, (claim) => steps.run(running, delivery, claim, together)),
          );
        // A handler that takes many events cannot begin while one of them is kept waiting for another.
        const outcome = await (consumer.batch ? work() : within(() => bulkhead(work)));
        // What still runs, though nobody waits for it, must not meet a newer event of its key: its lease ends that.
        if (!poisoned()) await ended(outcome);
      }),
    );
  }

  function act(
    delivery: Delivery,
    verdict: Verdict,
    onClaim: (claim: Claim) => Promise<Outcome>,
  ): Promise<Outcome> | Outcome {
    if (verdict.kind === 'claimed') return onClaim(verdict.claim);
    // Its turn to run alone comes in another invocation.
    if (verdict.kind === 'suspect') return steps.back(untouchedMs);
    return steps.refused(delivery, verdict, lease());
  }

  /** Gives back what was claimed, without an attempt. */
  async function releaseAll(all: readonly Admitted[], reason: string): Promise<void> {
    await Promise.all(
      all.map(async ({ delivery, verdict, ended }) => {
        const outcome = await settle(delivery.record, () =>
          act(delivery, verdict, (claim) => steps.release(delivery, claim, reason, untouchedMs)),
        );
        await ended(outcome);
      }),
    );
  }

  /** Whoever held these crashed. Each runs with no neighbour in its process, so that the next crash has one cause. */
  async function runAlone(suspects: readonly Suspect[]): Promise<void> {
    // Should it crash again, none of these need wait for the queue's whole visibility timeout.
    const ms = turn.leaseUntil - now();
    await options.hide(suspects.map(({ admitted }) => ({ record: admitted.delivery.record, ms })));
    for (const { admitted, seen } of suspects) {
      let outcome: Outcome | undefined;
      if (hasTime() && probe?.verdict() !== false) {
        const { delivery } = admitted;
        telemetry.count('RunsAlone', { consumer: consumer.name });
        telemetry.log.warn('runs alone after a crash', {
          eventId: delivery.id,
          traceId: traceIdOf(delivery.message),
          crashesAlone: seen.loneCrashes + (seen.alone ? 1 : 0),
        });
        outcome = await settle(delivery.record, async () => {
          const verdict = await ledger.claimAlone(delivery.event, seen, lease());
          return act(delivery, verdict, (claim) => steps.run(running, delivery, claim, steps.together(running, 1)));
        });
      }
      if (!poisoned()) await admitted.ended(outcome);
    }
    await probe?.settle(probe.verdict());
  }

  /** Tries one event after the other until one has shown how the downstream is; answers what is left to run. */
  async function tryOut(all: readonly Admitted[]): Promise<readonly Admitted[]> {
    if (!probe) return all;
    let left = all;
    while (left.length > 0 && probe.verdict() === undefined) {
      await runAll(left.slice(0, 1));
      left = left.slice(1);
    }
    await probe.settle(probe.verdict());
    if (probe.verdict() !== false) return left;
    await releaseAll(left, 'circuit');
    return [];
  }

  /** The rest of a lane, strictly one after the other, as long as each is acknowledged and time remains. */
  async function follow({ record, rest }: Head): Promise<void> {
    const [next, ...others] = rest;
    if (!next || !outcomes.acknowledged(record) || !hasTime()) return;
    // Nothing follows behind a circuit that is open still.
    if (probe && !probe.verdict()) return;
    const deliveries = (await read(next)) ?? [];
    const admitted = await Promise.all(deliveries.map(admit));
    await runAll(admitted.flat());
    await follow({ record: next, deliveries, rest: others });
  }

  async function work(lanes: readonly Lane[]): Promise<void> {
    const heads = (await Promise.all(lanes.map(headOf))).flat();
    const deliveries = heads.flatMap((head) => head.deliveries);
    admission.announce(deliveries);
    const admitted = (await Promise.all(deliveries.map(admit))).flat();
    const suspects = admitted.flatMap((each) =>
      each.verdict.kind === 'suspect' ? [{ admitted: each, seen: each.verdict.record }] : [],
    );
    if (suspects.length > 0) {
      await releaseAll(
        admitted.filter(({ verdict }) => verdict.kind !== 'suspect'),
        'suspect-neighbour',
      );
      await runAlone(suspects);
      return;
    }
    const left = await tryOut(admitted);
    if (consumer.batch) {
      await runAll(left);
      return;
    }
    const leftOf = (head: Head) => left.filter(({ delivery }) => head.deliveries.includes(delivery));
    await Promise.all(
      heads.map(async (head) => {
        await runAll(leftOf(head));
        await follow(head);
      }),
    );
  }

  return {
    /** Works off the messages of some lanes. */
    work,

    /** Dead-letters what would go back to wait for longer than SQS keeps it. */
    async retire(backs: readonly PutBack[]): Promise<void> {
      const claim = (delivery: Delivery) => ledger.claim(delivery.event, lease(), { early: true });
      const retired = await retireOverdue(backs, { steps, running, read, claim, now });
      for (const record of retired) outcomes.finish(record);
    },
  };
}
