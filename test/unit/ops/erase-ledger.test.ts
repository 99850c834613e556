import { randomUUID } from 'node:crypto';
import { DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Claimable, type Ledger, ledgerIn } from '../../../functions/consume/ledger.ts';
import { ledgerDays } from '../../../functions/core/definition.ts';
import { type EraseLedgerOptions, eraseRecords } from '../../../infra/ops/erase-ledger.ts';
import { recordsOfEvent, unfinishedOf } from '../../../infra/ops/ledger.ts';
import { ledgerTable } from '../../support/ledger-table.ts';
import { aMessage } from '../../support/messages.ts';

let table: Awaited<ReturnType<typeof ledgerTable>>;
let now: number;
let orders: string;
let stock: string;

beforeAll(async () => {
  table = await ledgerTable();
});
afterAll(() => table.close());
beforeEach(() => {
  now = Date.now();
  [orders, stock] = [`orders-${randomUUID()}`, `stock-${randomUUID()}`];
});

const anEvent = (difference: Partial<Claimable> = {}): Claimable => ({
  ...aMessage({ tenant: 'acme' }),
  ...difference,
});
const ledgerOf = (consumer: string): Ledger => ledgerIn({ ...table, consumer, now: () => now });
async function claimed(event: Claimable, consumer = orders, ms = 60_000) {
  const verdict = await ledgerOf(consumer).claim(event, { token: randomUUID(), until: now + ms });
  if (verdict.kind !== 'claimed') throw new Error(`expected a claim, got ${verdict.kind}`);
  return verdict.claim;
}
const options = (difference: Partial<EraseLedgerOptions> = {}): EraseLedgerOptions => ({
  client: table.client,
  table: table.table,
  now: () => now,
  token: randomUUID,
  go: true,
  ...difference,
});
const nobody = () => [];
async function itemsOf({ event: { id } }: Claimable) {
  const { Items = [] } = await table.client.send(
    new QueryCommand({
      TableName: table.table,
      ConsistentRead: true,
      KeyConditionExpression: 'id = :id',
      ExpressionAttributeValues: { ':id': { S: id } },
    }),
  );
  return Items;
}
const marks = async (event: Claimable) =>
  (await itemsOf(event)).map((item) => `${item.consumer?.S} ${item.status?.S} ${Object.keys(item).length}`);

describe('erasing in the ledger', () => {
  test('replaces every record of an event, and makes those that a consumer named would get', async () => {
    const [event, other] = [anEvent(), anEvent()];
    const ledger = ledgerOf(orders);
    await ledger.complete(event, await claimed(event));
    await ledger.fail({ ...event, item: 1 }, await claimed({ ...event, item: 1 }), 'no such customer', now);
    await claimed({ ...event, run: 7 }, stock);
    await claimed(other);
    const before = await itemsOf(other);
    const erased = await eraseRecords(options(), [event.event.id], () => [`${orders}#0`, `${orders}#0#0`]);
    expect(erased).toEqual({ events: 1, records: 5, existed: 3, live: 1, before: 0 });
    // A later run's consumer looks for the mark of the original one.
    expect(await marks(event)).toEqual(
      [`${orders}#0`, `${orders}#0#0`, `${orders}#0#1`, `${stock}#0`, `${stock}#7`].map((key) => `${key} erased 6`),
    );
    expect(await itemsOf(other)).toEqual(before);
    expect(new Set((await itemsOf(event)).map(({ token }) => token?.S)).size).toBe(5);
    expect((await itemsOf(event))[0]?.expiresAt).toEqual({ N: String(Math.ceil(now / 1000) + ledgerDays * 86_400) });
  });

  test('takes what failed out of the list of that', async () => {
    const event = anEvent();
    await ledgerOf(orders).fail(event, await claimed(event), 'no such customer', now);
    const list = async () => (await unfinishedOf(table.client, table.table, orders, { limit: 10 })).records.length;
    expect(await list()).toBe(1);
    await eraseRecords(options(), [event.event.id], nobody);
    expect(await list()).toBe(0);
  });

  test('ends what a consumer is at work on, and every copy that comes later', async () => {
    const event = anEvent();
    const ledger = ledgerOf(orders);
    const claim = await claimed(event);
    await eraseRecords(options(), [event.event.id], nobody);
    expect(await ledger.complete(event, claim)).toBe('overtaken');
    const lease = { token: randomUUID(), until: now + 60_000 };
    for (const copy of [event, { ...event, gen: 3 }, { ...event, run: 9 }]) {
      expect(await ledger.claim(copy, lease)).toEqual({ kind: 'erased' });
    }
  });

  test('writes nothing without go, and counts the same', async () => {
    const event = anEvent();
    await claimed(event);
    await claimed({ ...event, item: 2 }, orders, -1);
    const before = await itemsOf(event);
    const named = () => [`${stock}#0`];
    const expected = { events: 1, records: 3, existed: 2, live: 1, before: 0 };
    expect(await eraseRecords(options({ go: false }), [event.event.id], named)).toEqual(expected);
    expect(await itemsOf(event)).toEqual(before);
    expect(await eraseRecords(options(), [event.event.id], named)).toEqual(expected);
  });

  test('can be done again, also after it was interrupted, and leaves what was done as it is', async () => {
    const events = Array.from({ length: 40 }, () => anEvent());
    for (const event of events) await claimed(event);
    const ids = events.map(({ event }) => event.id);
    let left = 25;
    const failing = () => {
      if (--left < 0) throw new Error('the disk is full');
      return [`${orders}#0#0`];
    };
    await expect(eraseRecords(options(), ids, failing)).rejects.toThrow('the disk is full');
    const first = events[0] as Claimable;
    const before = await itemsOf(first);
    now += 5_000;
    const again = await eraseRecords(options(), ids, () => [`${orders}#0#0`]);
    expect(again.events).toBe(40);
    expect(again.before).toBeGreaterThan(0);
    expect(again.before + again.records).toBe(80);
    expect(await itemsOf(first)).toEqual(before);
    expect(await eraseRecords(options(), ids, nobody)).toEqual({
      events: 40,
      records: 0,
      existed: 0,
      live: 0,
      before: 80,
    });
  });

  test('renews a mark that has outlived itself', async () => {
    const event = anEvent();
    await eraseRecords(options(), [event.event.id], () => [`${orders}#0`]);
    now += (ledgerDays + 1) * 86_400_000;
    expect(await eraseRecords(options(), [event.event.id], nobody)).toMatchObject({ records: 1, before: 0 });
    expect(await eraseRecords(options(), [event.event.id], nobody)).toMatchObject({ records: 0, before: 1 });
  });

  test('also takes what a consumer records meanwhile', async () => {
    const event = anEvent();
    let raced = false;
    const token = () => {
      if (!raced) {
        raced = true;
        racing = claimed({ ...event, item: 5 }, stock);
      }
      return randomUUID();
    };
    let racing: Promise<unknown> | undefined;
    const recordsFor = async () => [`${orders}#0`];
    const slow = new Proxy(table.client, {
      get: (client, property) =>
        property === 'send'
          ? async (command: PutItemCommand) => {
              await racing;
              return client.send(command);
            }
          : Reflect.get(client, property),
    });
    await eraseRecords(options({ token, client: slow }), [event.event.id], recordsFor);
    expect(await marks(event)).toEqual([`${orders}#0 erased 6`, `${stock}#0#5 erased 6`]);
  });

  test('takes ids as they come, with no more than a few events at once', async () => {
    let given = 0;
    let done = 0;
    let most = 0;
    async function* ids() {
      for (let n = 0; n < 60; n++) {
        given += 1;
        most = Math.max(most, given - done);
        yield randomUUID();
      }
    }
    const erased = await eraseRecords(options(), ids(), async () => {
      done += 1;
      return [];
    });
    expect(erased).toEqual({ events: 60, records: 0, existed: 0, live: 0, before: 0 });
    expect(most).toBeLessThanOrEqual(17);
  });

  test('shows an erased event readably', async () => {
    const event = anEvent();
    await claimed(event);
    await eraseRecords(options(), [event.event.id], nobody);
    expect(await recordsOfEvent(table.client, table.table, event.event.id)).toMatchObject([
      { consumer: orders, run: 0, status: 'erased', source: undefined, tenant: undefined, leaseUntil: undefined },
    ]);
  });
});

describe('a ledger that lets nobody in', () => {
  const denied = Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
  const client = new DynamoDBClient({ region: 'us-east-1' });
  const mocked = mockClient(client);
  beforeEach(() => mocked.reset());

  test('is named with the permission that is missing, to read or to write', async () => {
    mocked.on(QueryCommand).rejects(denied);
    await expect(eraseRecords(options({ client }), ['e1'], nobody)).rejects.toThrow(
      'ledger ledger must let the caller read it (dynamodb:Query), got AccessDeniedException: not authorized',
    );
    mocked.on(QueryCommand).resolves({ Items: [] });
    mocked.on(PutItemCommand).rejects(denied);
    await expect(eraseRecords(options({ client }), ['e1'], () => ['orders#0'])).rejects.toThrow(
      'ledger ledger must let the caller write to it (dynamodb:PutItem), got AccessDeniedException: not authorized',
    );
  });

  test('is asked about nothing more once it has refused', async () => {
    mocked.on(QueryCommand).rejects(denied);
    const ids = Array.from({ length: 200 }, (_, n) => `e${n}`);
    await expect(eraseRecords(options({ client }), ids, nobody)).rejects.toThrow('dynamodb:Query');
    expect(mocked.commandCalls(QueryCommand).length).toBeLessThanOrEqual(16);
  });

  test('is reported where records come back again and again', async () => {
    mocked
      .on(QueryCommand)
      .resolves({ Items: [{ id: { S: 'e1' }, consumer: { S: 'orders#0' }, status: { S: 'claimed' } }] });
    mocked.on(PutItemCommand).resolves({});
    await expect(eraseRecords(options({ client }), ['e1'], nobody)).rejects.toThrow('event e1 must stay erased');
  });
});
