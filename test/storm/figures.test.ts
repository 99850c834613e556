import { describe, expect, test } from 'vitest';
import { boundsOn } from './bounds.ts';
import { type Figures, figuresOf } from './figures.ts';
import type { Call } from './limited-downstream.ts';
import { pace } from './parts.ts';
import type { Seen, Settled } from './row.ts';
import { noisyTenant, scenario } from './scenario.ts';

const quietTenant = 'tenant-01';

/** A storm in which every event was done at once, a second after the one before it. */
function seen(more: Partial<Seen> = {}): Seen {
  const ids = Array.from({ length: scenario.events }, (_, index) => `event-${index}`);
  return {
    accepted: new Set(ids),
    ledger: new Map(ids.map((id, index) => [id, settled({ tenant: index % 2 === 0 ? noisyTenant : quietTenant })])),
    deadInQueue: 0,
    calls: ids.map((id, index) => call({ key: `${id}.orders.0`, startedAt: index * 1_000 })),
    requests: { 'sqs.SendMessage': { requests: 5_000, units: 10_000 } },
    invocations: 500,
    log: [],
    beganAt: 1_000,
    ...more,
  };
}

const settled = (more: Partial<Settled> = {}): Settled => ({
  status: 'completed',
  attempts: 0,
  tenant: quietTenant,
  receivedAt: 1_000,
  updatedAt: more.tenant === noisyTenant ? 11_000 : 3_000,
  ...more,
});

function call({ startedAt = 0, ...more }: Partial<Call> = {}): Call {
  return { key: 'event-0.orders.0', startedAt, arrivedAt: startedAt, fate: 204, ...more };
}

/** The storm above with other records of some events. */
function withRecords(records: Readonly<Record<string, Settled | undefined>>, more: Partial<Seen> = {}): Seen {
  const all = seen();
  const ledger = new Map(all.ledger);
  for (const [id, record] of Object.entries(records)) {
    if (record) ledger.set(id, record);
    else ledger.delete(id);
  }
  return { ...all, ledger, ...more };
}

const broken = (figures: Figures): string[] =>
  boundsOn(figures)
    .filter(({ kept }) => !kept)
    .map(({ promise }) => promise);

describe('the figures of a storm', () => {
  test('in which all went well break no bound', () => {
    const figures = figuresOf(seen());
    expect(figures).toMatchObject({ completed: 5_000, dead: 0, lost: 0, attemptsSpent: 0, calls: 5_000, doubled: 0 });
    expect(figures).toMatchObject({ quiet: { median: 2_000 }, noisy: { median: 10_000 }, seconds: 10 });
    expect(figures.perEvent).toMatchObject({ invocations: 0.1, awsRequests: 1, sqsRequests: 2 });
    expect(broken(figures)).toEqual([]);
  });

  test('count an event as lost that the ledger does not know or that is still waiting', () => {
    const figures = figuresOf(withRecords({ 'event-0': undefined, 'event-1': settled({ status: 'waiting' }) }));
    expect(figures).toMatchObject({ completed: 4_998, dead: 0, lost: 2 });
    expect(broken(figures)).toEqual(['all 5000 events complete']);
  });

  test('count an event as lost that was never accepted', () => {
    const { accepted } = seen();
    expect(broken(figuresOf(seen({ accepted: new Set([...accepted].slice(1)) })))).toEqual([
      'all 5000 events complete',
    ]);
  });

  test('count a dead letter that the ledger does not know of', () => {
    expect(broken(figuresOf(seen({ deadInQueue: 1 })))).toEqual(['none is dead-lettered']);
    const died = figuresOf(withRecords({ 'event-0': settled({ status: 'dead' }) }));
    expect(died).toMatchObject({ completed: 4_999, dead: 1, lost: 0 });
  });

  test('hold an attempt against a failure of the downstream for the same event, and no other', () => {
    const { calls } = seen();
    const failures = [call({ fate: 503 }), call({ fate: 'cut' }), call({ fate: 429 })];
    const spent = (attempts: number) =>
      figuresOf(withRecords({ 'event-0': settled({ attempts }) }, { calls: [...calls, ...failures] }));
    expect(spent(2)).toMatchObject({ attemptsSpent: 2, attemptsOnDeferrals: 0, failed: 2, throttled: 1 });
    expect(spent(3)).toMatchObject({ attemptsSpent: 3, attemptsOnDeferrals: 1 });
    expect(broken(spent(3))).toContain('no attempt is spent on a deferral');
    const other = withRecords({ 'event-1': settled({ attempts: 1 }) }, { calls: [...calls, ...failures] });
    expect(figuresOf(other).attemptsOnDeferrals).toBe(1);
  });

  test('break the bound at 1 % of calls that are answered 429', () => {
    const { calls } = seen();
    const throttled = (count: number) =>
      figuresOf(seen({ calls: calls.map((each, index) => (index < count ? { ...each, fate: 429 } : each)) }));
    expect(broken(throttled(49))).toEqual([]);
    expect(broken(throttled(50))).toEqual(['429s below 1 % of calls']);
  });

  test('look for the pace in the starts, and show the arrivals beside them', () => {
    const { calls } = seen();
    const burst = Array.from({ length: pace.burst + 1 }, () => ({ startedAt: 9e9, arrivedAt: 9e9 }));
    const begun = figuresOf(
      seen({ calls: [...calls, ...burst.map((each, index) => call({ ...each, key: `${index}` }))] }),
    );
    expect(begun.starts.excess).toBeCloseTo(1);
    expect(broken(begun)).toEqual(['never above the pace in any window']);
    const arrived = figuresOf(seen({ calls: calls.map((each) => ({ ...each, arrivedAt: 0 })) }));
    expect(arrived.arrivals.excess).toBeCloseTo(5_000 - pace.burst);
    expect(arrived.arrivals.most).toEqual([5_000, 5_000, 5_000, 5_000]);
    expect(broken(arrived)).toEqual([]);
  });

  test('compare the medians of the waits', () => {
    const { ledger } = seen();
    const slower = [...ledger].map(([id, record]): [string, Settled] => [
      id,
      record.tenant === quietTenant ? { ...record, updatedAt: record.updatedAt + 1 } : record,
    ]);
    expect(broken(figuresOf(seen({ ledger: new Map(slower) })))).toEqual([
      "quiet tenants' median wait at most a fifth of the noisy one's",
    ]);
  });

  test('count a second good answer to one event', () => {
    const { calls } = seen();
    expect(figuresOf(seen({ calls: [...calls, call()] })).doubled).toBe(1);
  });
});
