import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ledgerDays } from '../core/definition.ts';
import type { Message } from '../core/message.ts';
import { unfinishedShard } from '../core/names.ts';
import { type Item, number, text } from './items.ts';
import { judge } from './judge.ts';
import { erasedItem, type LedgerRecord, type Status } from './record.ts';
import { type RecordTable, recordsIn } from './record-table.ts';

/** A right to work on an event, fenced by a token: what is written under an older token changes nothing. */
export interface Claim {
  readonly id: string;
  readonly token: string;
  /** Attempts that ended before this one. */
  readonly attempts: number;
  /** Crashes that happened while it ran alone. */
  readonly loneCrashes: number;
  readonly gen: number;
  /** When the pace has reserved a place for it, or 0. In ms since 1970. */
  readonly slot: number;
}

/** An event as the ledger wants to know it. */
export interface Claimable
  extends Pick<Message, 'event' | 'receivedAt' | 'deliveryId' | 'namedDelivery' | 'tenant' | 'run'> {
  /** The message's generation, by its attribute where it came from the dead-letter queue. */
  readonly gen: number;
  /** Which item of the event it is, where a consumer splits it; each has a record of its own. */
  readonly item?: number;
}

/** A new claim's terms: a token that nobody used before, and when the lease ends (ms since 1970). */
export interface Lease {
  readonly token: string;
  readonly until: number;
}

export type Verdict =
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'duplicate' | 'stale' | 'dying'; readonly record: LedgerRecord }
  | { readonly kind: 'erased' }
  | { readonly kind: 'busy' | 'early'; readonly until: number }
  | { readonly kind: 'suspect'; readonly record: LedgerRecord };

/** Whether a write under a token took effect, or the token had been overtaken. */
export type Settled = 'done' | 'overtaken';

/** Idempotency records of one consumer. Every write is conditional; every conflict is settled by a consistent read. */
export interface Ledger {
  /** One conditional write on the happy path. `early`: also before the time is up for which it was to wait. */
  claim(event: Claimable, lease: Lease, terms?: { readonly early: boolean }): Promise<Verdict>;
  /** Claims what a crash left behind, to run alone; counts the crash if it ran alone already. */
  claimAlone(event: Claimable, seen: LedgerRecord, lease: Lease): Promise<Verdict>;
  /** Takes over a dead-lettering that a crash interrupted. */
  resumeDying(event: Claimable, seen: LedgerRecord, lease: Lease): Promise<Claim | undefined>;
  complete(event: Claimable, claim: Claim): Promise<Settled>;
  /** Counts an attempt and sets the time before which no copy may run. */
  fail(event: Claimable, claim: Claim, reason: string, notBefore: number): Promise<Settled>;
  /** Gives a claim back without an attempt; `slot` is the place that the pace has reserved for it, if any. */
  release(event: Claimable, claim: Claim, notBefore: number, slot?: number): Promise<Settled>;
  /** Records that a newer event of its key, whose id is `by`, stands for it. One conditional write unless it was touched before. */
  supersede(event: Claimable, lease: Lease, by: string): Promise<Verdict | { readonly kind: 'superseded' }>;
  /** First step of a death: fixes that the handler never runs again in this generation, and the next generation. */
  die(event: Claimable, claim: Claim, reason: string, attempts: number, leaseUntil: number): Promise<Settled>;
  /** What is recorded of an event, by a consistent read. */
  find(event: Claimable): Promise<LedgerRecord | undefined>;
  /** Whether an event was erased, or an item whose place is in its id behind a `#`. One consistent read. */
  isErased(id: string): Promise<boolean>;
  /** Last step of a death, once the message is in the dead-letter queue. */
  bury(event: Claimable, claim: Claim): Promise<Settled>;
}

export interface LedgerOptions {
  readonly records: RecordTable;
  readonly consumer: string;
  readonly now: () => number;
}

/** A ledger's table in DynamoDB. */
export interface LedgerTable extends Omit<LedgerOptions, 'records'> {
  readonly client: DynamoDBClient;
  readonly table: string;
}

/** The ledger of a consumer in a DynamoDB table. */
export function ledgerIn({ client, table, ...rest }: LedgerTable): Ledger {
  return ledgerOn({ records: recordsIn(client, table), ...rest });
}

/** The ledger of a consumer on its records. */
export function ledgerOn({ records, consumer, now }: LedgerOptions): Ledger {
  const keyOf = ({ event, run, item }: Claimable): Item => ({
    id: text(event.id),
    consumer: text(item === undefined ? `${consumer}#${run}` : `${consumer}#${run}#${item}`),
  });
  const stamp = (): Item => ({
    updatedAt: number(now()),
    expiresAt: number(Math.ceil(now() / 1000) + ledgerDays * 86_400),
  });
  const unfinished = (event: Claimable): Item => ({
    shard: text(unfinishedShard(consumer, event.event.id.codePointAt(0) ?? 0)),
    failedAt: text(new Date(now()).toISOString()),
  });
  const claimSet = (lease: Lease, alone: boolean): Item => ({
    ...stamp(),
    status: text('claimed'),
    token: text(lease.token),
    leaseUntil: number(lease.until),
    alone: { BOOL: alone },
  });

  /** A write under a claim. The SDK may have sent it twice: a record that already says so counts as done. */
  async function settle(
    event: Claimable,
    claim: Claim,
    [from, to]: readonly [Status, Status],
    set: Item,
    remove: readonly string[] = [],
  ): Promise<Settled> {
    const written = await records.update(keyOf(event), {
      set: { ...set, ...stamp(), status: text(to) },
      condition: '#token = :owner AND #status = :from',
      remove,
      names: ['token'],
      values: { owner: text(claim.token), from: text(from) },
    });
    if (written) return 'done';
    const record = await records.read(keyOf(event));
    return record?.token === claim.token && record.status === to ? 'done' : 'overtaken';
  }

  /** Makes the record, or takes up one that waits. */
  function open(event: Claimable, lease: Lease, early: boolean, ending?: Item): Promise<LedgerRecord | undefined> {
    return records.update(keyOf(event), {
      set: { ...claimSet(lease, false), gen: number(event.gen), ...ending },
      remove: ending ? unfinishedNames : [],
      condition: 'attribute_not_exists(#id) OR (#status = :waiting AND #notBefore <= :now AND #gen <= :gen)',
      keep: {
        attempts: number(0),
        loneCrashes: number(0),
        notBefore: number(0),
        slot: number(0),
        source: text(event.event.source),
        type: text(event.event.type),
        deliveryId: text(event.deliveryId),
        receivedAt: text(event.receivedAt),
        ...(event.tenant ? { tenant: text(event.tenant) } : {}),
      },
      names: ['id'],
      values: { waiting: text('waiting'), now: number(early ? endOfTime : now()) },
    });
  }

  /** Opens the generation that a redrive asks for; what the event went through before stays in `history`. */
  function reopen(event: Claimable, seen: LedgerRecord, lease: Lease): Promise<LedgerRecord | undefined> {
    const past = {
      gen: number(seen.gen),
      attempts: number(seen.attempts),
      reason: text(seen.reason),
      reopenedAt: number(now()),
    };
    return records.update(keyOf(event), {
      set: {
        ...claimSet(lease, false),
        gen: number(event.gen),
        attempts: number(0),
        loneCrashes: number(0),
        notBefore: number(0),
        slot: number(0),
      },
      condition: '#token = :seen AND #status = :ended',
      remove: ['shard', 'failedAt'],
      clauses: ['#history = list_append(if_not_exists(#history, :none), :past)'],
      names: ['history'],
      values: { seen: text(seen.token), ended: text(seen.status), none: { L: [] }, past: { L: [{ M: past }] } },
    });
  }

  const isMark = (record: LedgerRecord | undefined): boolean => record?.status === 'erased' && record.expiresAt > now();

  /**
   * Whether an event was erased before a later run of it made its record. Whoever erases marks the record of the original
   * run, then looks for those of other runs: so either it has found this one, or the mark is found here.
   */
  async function wasErased(event: Claimable): Promise<boolean> {
    if (event.run === 0 || !isMark(await records.read(keyOf({ ...event, run: 0 })))) return false;
    const { id, consumer: sort, token, ...erased } = erasedItem({ id: '', consumer: '' }, '', now());
    await records.update(keyOf(event), {
      set: erased,
      condition: 'attribute_exists(#id)',
      remove: namesOfEvents,
      names: ['id'],
    });
    return true;
  }

  /** The verdict on who holds the lease now. */
  async function granted(event: Claimable, record: LedgerRecord): Promise<Verdict> {
    if (await wasErased(event)) return { kind: 'erased' };
    return { kind: 'claimed', claim: claimOf(event, record) };
  }

  async function claim(event: Claimable, lease: Lease, { early = false } = {}): Promise<Verdict> {
    // Each further round means that somebody else moved the record between our write and our read.
    for (let round = 0; round < 3; round++) {
      const opened = await open(event, lease, early);
      if (opened) return granted(event, opened);
      const record = await records.read(keyOf(event));
      if (!record) continue;
      const judgement = judge(record, { gen: event.gen, token: lease.token }, now());
      switch (judgement.kind) {
        case 'ours':
          return granted(event, record);
        case 'early':
          if (early) break;
          return judgement;
        case 'busy':
        case 'erased':
          return judgement;
        case 'duplicate':
        case 'stale':
        case 'dying':
        case 'suspect':
          return { kind: judgement.kind, record };
        case 'redriven': {
          const reopened = await reopen(event, record, lease);
          if (reopened) return granted(event, reopened);
          break;
        }
        case 'expired':
          await records.forget(keyOf(event), record, now());
          break;
        case 'again':
          break;
      }
    }
    return { kind: 'busy', until: now() + 1000 };
  }

  async function claimAlone(event: Claimable, seen: LedgerRecord, lease: Lease): Promise<Verdict> {
    const record = await records.update(keyOf(event), {
      set: { ...claimSet(lease, true), loneCrashes: number(seen.loneCrashes + (seen.alone ? 1 : 0)) },
      condition: '#token = :seen AND #status = :claimed AND #leaseUntil <= :now',
      values: { seen: text(seen.token), claimed: text('claimed'), now: number(now()) },
    });
    return record ? granted(event, record) : claim(event, lease);
  }

  return {
    claim,

    claimAlone,

    async resumeDying(event, seen, lease) {
      const record = await records.update(keyOf(event), {
        set: { token: text(lease.token), leaseUntil: number(lease.until) },
        condition: '#token = :seen AND #status = :dying AND #leaseUntil <= :now',
        names: ['status'],
        values: { seen: text(seen.token), dying: text('dying'), now: number(now()) },
      });
      const held = record ?? (await records.read(keyOf(event)));
      return held?.token === lease.token && held.status === 'dying' ? claimOf(event, held) : undefined;
    },

    complete: (event, held) => settle(event, held, ['claimed', 'completed'], {}, unfinishedNames),

    fail: (event, held, reason, notBefore) =>
      settle(event, held, ['claimed', 'waiting'], {
        ...unfinished(event),
        attempts: number(held.attempts + 1),
        notBefore: number(notBefore),
        slot: number(0),
        reason: text(reason),
      }),

    release: (event, held, notBefore, slot = 0) =>
      settle(event, held, ['claimed', 'waiting'], { notBefore: number(notBefore), slot: number(slot) }),

    async supersede(event, lease, by) {
      const outcome = { status: text('superseded'), supersededBy: text(by) };
      if (await open(event, lease, false, outcome)) return { kind: (await wasErased(event)) ? 'erased' : 'superseded' };
      const verdict = await claim(event, lease);
      const held = verdict.kind === 'suspect' ? await claimAlone(event, verdict.record, lease) : verdict;
      if (held.kind !== 'claimed') return held;
      const settled = await settle(
        event,
        held.claim,
        ['claimed', 'superseded'],
        { supersededBy: text(by) },
        unfinishedNames,
      );
      return settled === 'done' ? { kind: 'superseded' } : { kind: 'busy', until: lease.until };
    },

    die: (event, held, reason, attempts, leaseUntil) =>
      settle(event, held, ['claimed', 'dying'], {
        ...unfinished(event),
        gen: number(held.gen + 1),
        attempts: number(attempts),
        leaseUntil: number(leaseUntil),
        reason: text(reason),
      }),

    find: (event) => records.read(keyOf(event)),

    async isErased(id) {
      const [eventId = '', ...item] = id.split('#');
      return isMark(await records.read({ id: text(eventId), consumer: text([consumer, 0, ...item].join('#')) }));
    },

    bury: (event, held) => settle(event, held, ['dying', 'dead'], {}),
  };
}

/** The last instant that a Date can hold, in ms since 1970. */
const endOfTime = 8.64e15;

/** What a record says of its event and of what became of it: of an erased one, nothing of that is kept. */
const namesOfEvents = [
  ...['source', 'type', 'tenant', 'deliveryId', 'receivedAt', 'supersededBy', 'history', 'shard', 'failedAt', 'reason'],
  ...['leaseUntil', 'alone', 'attempts', 'loneCrashes', 'gen', 'notBefore', 'slot'],
];

/** What only a record has that failed or died. */
const unfinishedNames = ['shard', 'failedAt', 'reason'];

function claimOf(event: Claimable, { token, attempts, loneCrashes, gen, slot }: LedgerRecord): Claim {
  return { id: event.event.id, token, attempts, loneCrashes, gen, slot };
}
