import type { Consumer } from '../core/definition.ts';
import { messageOf } from '../core/errors.ts';
import type { Telemetry } from '../core/telemetry.ts';
import type { Held, Permits } from './permits.ts';
import type { Turn } from './turn.ts';

/** The cap of `fair.maxConcurrent` on a tenant's events that are handled at once, over all functions of a consumer. */
export interface TenantCap {
  /**
   * Permits for events of a tenant in this turn: at most so many of them may run at once. 0: none now.
   *
   * Never throws. DynamoDB's trouble fails safe: no permit, so the events wait, and the cap holds. Costs a turn one
   * write for each tenant in it and one to give back; a tenant at its cap costs one read (see {@link Permits.take}).
   * A consumer without the cap pays nothing, and everything is admitted.
   */
  admit(tenant: string, events: number, turn: Turn): Promise<Held>;
  /**
   * How long to defer an event that got no permit, in ms, by how often it was received (its first receive is 1): 1 to
   * 2 seconds at first, and up to 2 seconds more with each receive.
   *
   * So the deferral grows with the root of the time waited, and so does the number of receives: at 5 permits and events
   * of a second, a backlog of 3,000 drains in about 1.2 times the least possible time with about 20 receives an event,
   * one of 20,000 in 1.1 times with about 50.
   */
  deferralMs(receives: number): number;
}

export interface TenantCapOptions {
  readonly permits: Permits;
  readonly consumer: Consumer;
  readonly random: () => number;
  readonly telemetry: Telemetry;
}

/** By how much each receive lengthens the deferral at most, in milliseconds. */
const stepMs = 2_000;

/** SQS counts no more receives. */
const mostReceives = 1_000;

/** A consumer's cap on each of its tenants. */
export function tenantCapIn({ permits, consumer, random, telemetry }: TenantCapOptions): TenantCap {
  const size = consumer.fair?.maxConcurrent;
  return {
    async admit(tenant, events, turn) {
      if (size === undefined) return { count: events, give: async () => undefined };
      try {
        return await permits.take(`tenant#${tenant}`, size, events, turn.leaseUntil);
      } catch (error) {
        telemetry.count('Trouble', { consumer: consumer.name });
        telemetry.log.warn("a tenant's permits could not be had; its events wait", { error: messageOf(error) });
        return { count: 0, give: async () => undefined };
      }
    },

    deferralMs(receives) {
      // Written so that a count which is none is a first one.
      const steps = receives >= 1 ? Math.min(receives, mostReceives) : 1;
      return Math.round(stepMs * steps * (0.5 + random() / 2));
    },
  };
}
