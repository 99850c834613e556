import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { ledgerDays } from '../core/definition.ts';
import type { Message } from '../core/message.ts';
import { type Judgement, judge } from './judge.ts';
import { type Item, type LedgerRecord, recordOf } from './record.ts';

/** A right to work on an event, fenced by a token: what is written under an older token changes nothing. */
export interface Claim {
  readonly id: string;
  readonly token: string;
  /** Attempts that ended before this one. */
  readonly attempts: number;
  /** Crashes that happened while it ran alone. */
  readonly loneCrashes: number;
  readonly gen: number;
}

/** An event as the ledger wants to know it. */
export interface Claimable extends Pick<Message, 'event' | 'receivedAt' | 'deliveryId' | 'tenant' | 'run'> {
  /** The message's generation, by its attribute where it came from the dead-letter queue. */
  readonly gen: number;
}

/** A new claim's terms: a token that nobody used before, and when the lease ends (ms since 1970). */
export interface Lease {
  readonly token: string;
  readonly until: number;
}

export type Verdict =
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'duplicate' | 'stale' | 'dying'; readonly record: LedgerRecord }
  | { readonly kind: 'busy' | 'early'; readonly until: number }
  | { readonly kind: 'suspect'; readonly record: LedgerRecord };

/** Whether a write under a token took effect, or the token had been overtaken. */
export type Settled = 'done' | 'overtaken';

/** Idempotency records of one consumer. Every write is conditional; every conflict is settled by a consistent read. */
export interface Ledger {
  /** One conditional write on the happy path. */
  claim(event: Claimable, lease: Lease): Promise<Verdict>;
  /** Claims what a crash left behind, to run alone; counts the crash if it ran alone already. */
  claimAlone(event: Claimable, seen: LedgerRecord, lease: Lease): Promise<Verdict>;
  /** Takes over a dead-lettering that a crash interrupted. */
  resumeDying(event: Claimable, seen: LedgerRecord, lease: Lease): Promise<Claim | undefined>;
  complete(event: Claimable, claim: Claim): Promise<Settled>;
  /** Counts an attempt and sets the time before which no copy may run. */
  fail(event: Claimable, claim: Claim, reason: string, notBefore: number): Promise<Settled>;
  /** Gives a claim back without an attempt. */
  release(event: Claimable, claim: Claim, notBefore: number): Promise<Settled>;
  /** First step of a death: fixes that the handler never runs again in this generation, and the next generation. */
  die(event: Claimable, claim: Claim, reason: string, attempts: number, leaseUntil: number): Promise<Settled>;
  /** Last step of a death, once the message is in the dead-letter queue. */
  bury(event: Claimable, claim: Claim): Promise<Settled>;
}

export interface LedgerOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly consumer: string;
  readonly now: () => number;
}

/** Partitions of the sparse index of what failed or died, so that an outage does not make one hot key of it. */
const shards = 8;

/** The ledger of a consumer in a DynamoDB table. */
export function ledgerIn({ client, table, consumer, now }: LedgerOptions): Ledger {
  const keyOf = (event: Claimable): Item => ({
    id: { S: event.event.id },
    consumer: { S: `${consumer}#${event.run}` },
  });
  const shardOf = (event: Claimable): string => `${consumer}#${(event.event.id.codePointAt(0) ?? 0) % shards}`;
  const expiry = (): string => String(Math.ceil(now() / 1000) + ledgerDays * 86_400);

  /** Sends one conditional update; answers the new record, or `undefined` where the condition did not hold. */
  async function update(
    event: Claimable,
    set: Item,
    condition: string,
    options: UpdateOptions = {},
  ): Promise<LedgerRecord | undefined> {
    const { keep = {}, remove = [], values = {}, clauses = [] } = options;
    const names = [...Object.keys(set), ...Object.keys(keep), ...remove, ...(options.names ?? [])];
    const assignments = [
      ...Object.keys(set).map((name) => `#${name} = :${name}`),
      ...Object.keys(keep).map((name) => `#${name} = if_not_exists(#${name}, :${name})`),
      ...clauses,
    ];
    try {
      const { Attributes } = await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: keyOf(event),
          UpdateExpression: `SET ${assignments.join(', ')}${remove.length > 0 ? ` REMOVE ${remove.map((name) => `#${name}`).join(', ')}` : ''}`,
          ConditionExpression: condition,
          ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
          ExpressionAttributeValues: Object.fromEntries(
            Object.entries({ ...set, ...keep, ...values }).map(([name, value]) => [`:${name}`, value]),
          ),
          ReturnValues: 'ALL_NEW',
        }),
      );
      return recordOf(Attributes ?? {});
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }

  async function read(event: Claimable): Promise<LedgerRecord | undefined> {
    const { Item } = await client.send(
      new GetItemCommand({ TableName: table, Key: keyOf(event), ConsistentRead: true }),
    );
    return Item ? recordOf(Item) : undefined;
  }

  /** A write under a claim. The SDK may have sent it twice: a record that already says so counts as done. */
  async function settle(
    event: Claimable,
    claim: Claim,
    from: string,
    set: Item,
    options: UpdateOptions = {},
  ): Promise<Settled> {
    const stamped = { ...set, updatedAt: { N: String(now()) }, expiresAt: { N: expiry() } };
    const written = await update(event, stamped, '#token = :owner AND #status = :from', {
      ...options,
      names: [...(options.names ?? []), 'token'],
      values: { ...options.values, owner: { S: claim.token }, from: { S: from } },
    });
    if (written) return 'done';
    const record = await read(event);
    return record?.token === claim.token && record.status === set.status?.S ? 'done' : 'overtaken';
  }

  function claimSet(lease: Lease, alone: boolean): Item {
    return {
      status: { S: 'claimed' },
      token: { S: lease.token },
      leaseUntil: { N: String(lease.until) },
      alone: { BOOL: alone },
      updatedAt: { N: String(now()) },
      expiresAt: { N: expiry() },
    };
  }

  const claimOf = (event: Claimable, { token, attempts, loneCrashes, gen }: LedgerRecord): Claim => ({
    id: event.event.id,
    token,
    attempts,
    loneCrashes,
    gen,
  });
  const claimed = (event: Claimable, record: LedgerRecord): Verdict => ({
    kind: 'claimed',
    claim: claimOf(event, record),
  });

  async function open(event: Claimable, lease: Lease): Promise<LedgerRecord | undefined> {
    return update(
      event,
      { ...claimSet(lease, false), gen: { N: String(event.gen) } },
      'attribute_not_exists(#id) OR (#status = :waiting AND #notBefore <= :now AND #gen <= :gen)',
      {
        keep: {
          attempts: { N: '0' },
          loneCrashes: { N: '0' },
          notBefore: { N: '0' },
          source: { S: event.event.source },
          type: { S: event.event.type },
          deliveryId: { S: event.deliveryId },
          receivedAt: { S: event.receivedAt },
          ...(event.tenant ? { tenant: { S: event.tenant } } : {}),
        },
        names: ['id'],
        values: { waiting: { S: 'waiting' }, now: { N: String(now()) } },
      },
    );
  }

  /** Opens the generation that a redrive asks for; what the event went through before stays in `history`. */
  async function reopen(event: Claimable, seen: LedgerRecord, lease: Lease): Promise<LedgerRecord | undefined> {
    return update(
      event,
      {
        ...claimSet(lease, false),
        gen: { N: String(event.gen) },
        attempts: { N: '0' },
        loneCrashes: { N: '0' },
        notBefore: { N: '0' },
      },
      '#token = :seen AND #status = :dead',
      {
        remove: ['shard', 'failedAt'],
        clauses: ['#history = list_append(if_not_exists(#history, :none), :past)'],
        names: ['history'],
        values: {
          seen: { S: seen.token },
          dead: { S: seen.status },
          none: { L: [] },
          past: {
            L: [
              {
                M: {
                  gen: { N: String(seen.gen) },
                  attempts: { N: String(seen.attempts) },
                  reason: { S: seen.reason },
                  reopenedAt: { N: String(now()) },
                },
              },
            ],
          },
        },
      },
    );
  }

  /** Removes a record that outlived itself, unless somebody renewed it meanwhile. */
  async function forget(event: Claimable, seen: LedgerRecord): Promise<void> {
    try {
      await client.send(
        new DeleteItemCommand({
          TableName: table,
          Key: keyOf(event),
          ConditionExpression: '#token = :seen AND #expiresAt <= :now',
          ExpressionAttributeNames: { '#token': 'token', '#expiresAt': 'expiresAt' },
          ExpressionAttributeValues: { ':seen': { S: seen.token }, ':now': { N: String(Math.floor(now() / 1000)) } },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  async function claim(event: Claimable, lease: Lease): Promise<Verdict> {
    // Each further round means that somebody else moved the record between our write and our read.
    for (let round = 0; round < 3; round++) {
      const opened = await open(event, lease);
      if (opened) return claimed(event, opened);
      const record = await read(event);
      if (!record) continue;
      const judgement: Judgement = judge(record, { gen: event.gen, token: lease.token }, now());
      switch (judgement.kind) {
        case 'ours':
          return claimed(event, record);
        case 'busy':
        case 'early':
          return judgement;
        case 'duplicate':
        case 'stale':
        case 'dying':
        case 'suspect':
          return { kind: judgement.kind, record };
        case 'redriven': {
          const reopened = await reopen(event, record, lease);
          if (reopened) return claimed(event, reopened);
          break;
        }
        case 'expired':
          await forget(event, record);
          break;
        case 'again':
          break;
      }
    }
    return { kind: 'busy', until: now() + 1000 };
  }

  return {
    claim,

    async claimAlone(event, seen, lease) {
      const crashes = seen.loneCrashes + (seen.alone ? 1 : 0);
      const record = await update(
        event,
        { ...claimSet(lease, true), loneCrashes: { N: String(crashes) } },
        '#token = :seen AND #status = :claimed AND #leaseUntil <= :now',
        { values: { seen: { S: seen.token }, claimed: { S: 'claimed' }, now: { N: String(now()) } } },
      );
      return record ? claimed(event, record) : claim(event, lease);
    },

    async resumeDying(event, seen, lease) {
      const set = { token: { S: lease.token }, leaseUntil: { N: String(lease.until) } };
      const condition = '#token = :seen AND #status = :dying AND #leaseUntil <= :now';
      const record = await update(event, set, condition, {
        names: ['status'],
        values: { seen: { S: seen.token }, dying: { S: 'dying' }, now: { N: String(now()) } },
      });
      const held = record ?? (await read(event));
      if (held?.token !== lease.token || held.status !== 'dying') return undefined;
      return claimOf(event, held);
    },

    complete: (event, held) =>
      settle(event, held, 'claimed', { status: { S: 'completed' } }, { remove: ['shard', 'failedAt', 'reason'] }),

    fail: (event, held, reason, notBefore) =>
      settle(event, held, 'claimed', {
        status: { S: 'waiting' },
        attempts: { N: String(held.attempts + 1) },
        notBefore: { N: String(notBefore) },
        reason: { S: reason },
        shard: { S: shardOf(event) },
        failedAt: { S: new Date(now()).toISOString() },
      }),

    release: (event, held, notBefore) =>
      settle(event, held, 'claimed', { status: { S: 'waiting' }, notBefore: { N: String(notBefore) } }),

    die: (event, held, reason, attempts, leaseUntil) =>
      settle(event, held, 'claimed', {
        status: { S: 'dying' },
        gen: { N: String(held.gen + 1) },
        attempts: { N: String(attempts) },
        leaseUntil: { N: String(leaseUntil) },
        reason: { S: reason },
        shard: { S: shardOf(event) },
        failedAt: { S: new Date(now()).toISOString() },
      }),

    bury: (event, held) => settle(event, held, 'dying', { status: { S: 'dead' } }),
  };
}

interface UpdateOptions {
  /** Set only where the record does not have them. */
  readonly keep?: Item;
  readonly remove?: readonly string[];
  readonly clauses?: readonly string[];
  /** Further names that the condition uses. */
  readonly names?: readonly string[];
  /** Further values that the condition or the clauses use. */
  readonly values?: Item;
}
