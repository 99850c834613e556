import { boundedKey } from '../core/bounded-key.ts';
import type { Consumer, Selectable } from '../core/definition.ts';
import { PermanentError } from '../core/errors.ts';
import { selected } from '../core/selected.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { type Bulkhead, bulkheadOf } from './bulkhead.ts';
import type { Coalesce } from './coalesce.ts';
import { type Delivery, selectableOf } from './delivery.ts';
import type { Lease, Ledger, Verdict } from './ledger.ts';
import { inFlightBudget } from './patience.ts';
import type { Held } from './permits.ts';
import { type Outcome, type processor, untouchedMs } from './process.ts';
import type { LedgerRecord } from './record.ts';
import type { TenantCap } from './tenant-cap.ts';
import type { Time } from './time.ts';
import type { Turn } from './turn.ts';

/** A delivery that the ledger has judged. */
export interface Admitted {
  readonly delivery: Delivery;
  readonly verdict: Verdict;
  /** How many events of its tenant may run beside it. */
  readonly within: Bulkhead;
  /** To be called with what became of it, once it has run or will not. */
  ended(outcome?: Outcome): Promise<void>;
}

export interface AdmissionOptions {
  readonly consumer: Consumer;
  readonly ledger: Ledger;
  readonly cap?: TenantCap | undefined;
  readonly coalesce?: Coalesce | undefined;
  readonly telemetry: Telemetry;
  readonly time: Time;
  /** Messages of the queue that are hidden now. */
  readonly inFlight: () => Promise<number>;
  readonly lease: (turn: Turn) => Lease;
}

/** What one invocation admits. */
export interface Admission {
  /** Says how many events of each tenant will ask, so that one request gets the permits for all of them. */
  announce(deliveries: readonly Delivery[]): void;
  /** Whether an event may run: by its tenant's permits, by its key's newest event, by the ledger, in this order. */
  admit(delivery: Delivery): Promise<Admitted | Outcome>;
  /** Gives the permits back. */
  leave(): Promise<void>;
}

/** What a tenant's events have of its permits in a turn. */
interface Permit {
  readonly held: Held;
  readonly within: Bulkhead;
  /** There was none, and so much is hidden already that nothing more should be for long. */
  readonly crowded: boolean;
}

/** How often an invocation that holds its messages asks for a tenant's permits. In milliseconds. */
const askAgainMs = 2_000;

/** The earlier of the receiver's word and SQS's: a receiver's clock that is ahead must not make its events the newest. */
function receiptOf({ event: { receivedAt }, record }: Delivery): string {
  const sent = Number(record.attributes.SentTimestamp);
  return Date.parse(receivedAt) > sent ? new Date(sent).toISOString() : receivedAt;
}

const isSettled = ({ status }: LedgerRecord): boolean =>
  status === 'completed' || status === 'superseded' || status === 'erased';

/** What stands between an event and its claim, and the claim. */
export function admissionTo(options: AdmissionOptions, steps: ReturnType<typeof processor>) {
  const { consumer, ledger, cap, coalesce, telemetry, time, inFlight, lease } = options;
  const { now } = time;
  const freely: Bulkhead = (work) => work();

  async function stand(delivery: Delivery, turn: Turn): Promise<Outcome | Admitted['ended']> {
    const selected = coalesce && !delivery.defect ? await keyOf(delivery) : undefined;
    if (!coalesce || !selected) return async () => undefined;
    const { id, event } = delivery;
    const past = async () => {
      const record = await ledger.find(event);
      return record && { settled: isSettled(record), receivedAt: record.receivedAt };
    };
    const isErased = (other: string) => ledger.isErased(other);
    const standing = await coalesce.stand({ id, receivedAt: receiptOf(delivery), past, isErased, ...selected }, turn);
    switch (standing.kind) {
      case 'latest':
        // What was only put back keeps its leave: a pace slower than a key's updates would otherwise let none through.
        return (outcome) => {
          if (outcome?.kind === 'ack') return standing.done(undefined, outcome.erased);
          return standing.done(outcome?.unrun ? now() + outcome.ms : undefined);
        };
      case 'waits':
        return steps.deferred(delivery, 'coalesce', standing.until - now());
      case 'superseded': {
        const verdict = await ledger.supersede(delivery.event, lease(turn), standing.by);
        if (verdict.kind === 'superseded') return steps.superseded(delivery, standing.by);
        if (verdict.kind === 'claimed' || verdict.kind === 'suspect') return steps.back(untouchedMs);
        return steps.refused(delivery, verdict, lease(turn));
      }
    }
  }

  async function keyOf(delivery: Delivery): Promise<{ key: string; version: string | number | undefined } | undefined> {
    const { by, version } = consumer.coalesce ?? {};
    let event: Selectable;
    try {
      event = selectableOf(await delivery.received());
    } catch (error) {
      // Its body is gone, and it will never have a key: the ledger says whether it was erased, or it dies of that.
      if (error instanceof PermanentError) return undefined;
      throw error;
    }
    const key = select(delivery, 'by', by, event);
    if (key === undefined) return undefined;
    return { key: boundedKey(String(key)), version: select(delivery, 'version', version, event) };
  }

  /** Without a key an event is handled by itself, and without a version it is as new as its receipt. */
  function select(
    delivery: Delivery,
    name: 'by' | 'version',
    selector: ((event: Selectable) => unknown) | undefined,
    event: Selectable,
  ): string | number | undefined {
    if (!selector) return undefined;
    const answer = selected(selector, event);
    if ('found' in answer) return answer.found;
    telemetry.count('SelectorFailed', { consumer: consumer.name, reason: `coalesce.${name}` });
    telemetry.log.warn('a selector must return a text or a number', {
      selector: `pipeline.consumers.${consumer.name}.coalesce.${name}`,
      eventId: delivery.id,
      ...answer,
    });
    return undefined;
  }

  return (turn: Turn): Admission => {
    const announced = new Map<string, number>();
    const permits = new Map<string, Promise<Permit>>();

    function permitFor(tenant: string, allowance: TenantCap): Promise<Permit> {
      const known = permits.get(tenant);
      if (known) return known;
      const taking = take(() => allowance.admit(tenant, announced.get(tenant) ?? 1, turn));
      permits.set(tenant, taking);
      return taking;
    }

    /** Asks again while so many messages are hidden that the rest must wait in the queue. */
    async function take(admit: () => Promise<Held>): Promise<Permit> {
      for (;;) {
        const held = await admit();
        if (held.count > 0) return { held, within: bulkheadOf(held.count), crowded: false };
        const crowded = (await inFlight()) >= inFlightBudget;
        const left = turn.holdUntil - time.now();
        if (!crowded || left <= 0) return { held, within: freely, crowded };
        await time.sleep(Math.min(askAgainMs, left));
      }
    }

    return {
      announce(deliveries) {
        for (const { tenant = '' } of deliveries) announced.set(tenant, (announced.get(tenant) ?? 0) + 1);
      },

      async admit(delivery) {
        let within = freely;
        if (cap) {
          const permit = await permitFor(delivery.tenant ?? '', cap);
          if (permit.held.count === 0) {
            const receives = Number(delivery.record.attributes.ApproximateReceiveCount);
            return steps.deferred(delivery, 'tenant-cap', permit.crowded ? untouchedMs : cap.deferralMs(receives));
          }
          within = permit.within;
        }
        const standing = await stand(delivery, turn);
        if (typeof standing !== 'function') return standing;
        try {
          return { delivery, within, ended: standing, verdict: await ledger.claim(delivery.event, lease(turn)) };
        } catch (error) {
          await standing();
          throw error;
        }
      },

      async leave() {
        const taken = await Promise.allSettled(permits.values());
        await Promise.all(taken.map((each) => (each.status === 'fulfilled' ? each.value.held.give() : undefined)));
      },
    };
  };
}
