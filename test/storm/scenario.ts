import { createHmac } from 'node:crypto';
import type { Webhook } from '../support/webhooks.ts';

/** The weather: who sends what, and what the downstream bears. All times in milliseconds from a row's first event. */
export const scenario = {
  events: 5_000,
  tenants: 50,
  /** Of the one that sends half of all, at once. */
  noisyEvents: 2_500,
  /** Over which the others send theirs, evenly. */
  quietMs: 25_000,
  downstream: {
    ratePerSecond: 200,
    burst: 50,
    /** How long an answer takes. */
    answerMs: 20,
    down: { fromMs: 8_000, untilMs: 14_000 },
  },
} as const;

/** The tenant that sends half of all events. */
export const noisyTenant = 'tenant-00';

/** A webhook, and when it is to be sent. */
export interface Posting {
  readonly atMs: number;
  readonly webhook: Webhook;
}

/** All webhooks in the order of their sending, the same for every row. */
export function postings(source: string, secret: string): Posting[] {
  const { events, tenants, noisyEvents, quietMs } = scenario;
  const quietEvents = events - noisyEvents;
  const of = (tenant: string, number: number, atMs: number): Posting => ({
    atMs,
    webhook: signed(source, secret, { type: 'order.updated', tenant, number }),
  });
  const noisy = Array.from({ length: noisyEvents }, (_, index) => of(noisyTenant, index, 0));
  const quiet = Array.from({ length: quietEvents }, (_, index) => {
    const tenant = `tenant-${String(1 + (index % (tenants - 1))).padStart(2, '0')}`;
    return of(tenant, index, ((index + 1) * quietMs) / quietEvents);
  });
  return [...noisy, ...quiet].sort((a, b) => a.atMs - b.atMs);
}

function signed(
  source: string,
  secret: string,
  payload: { readonly type: string; readonly tenant: string; readonly number: number },
): Webhook {
  const body = JSON.stringify(payload);
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return {
    source,
    type: payload.type,
    headers: { 'content-type': 'application/json', 'x-signature': signature },
    body,
  };
}
