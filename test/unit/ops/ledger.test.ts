import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Claim, type Claimable, type Ledger, ledgerIn } from '../../../functions/consume/ledger.ts';
import { erasedItem } from '../../../functions/consume/record.ts';
import { ledgerDays } from '../../../functions/core/definition.ts';
import { recordsOfEvent, unfinishedOf } from '../../../infra/ops/ledger.ts';
import { ledgerTable } from '../../support/ledger-table.ts';
import { aMessage } from '../../support/messages.ts';

const start = Date.parse('2026-11-21T12:00:00.000Z');

let table: Awaited<ReturnType<typeof ledgerTable>>;
let consumer: string;
let ledger: Ledger;
let now: number;

beforeAll(async () => {
  table = await ledgerTable();
});
afterAll(() => table.close());
beforeEach(() => {
  now = start;
  consumer = `orders-${randomUUID()}`;
  ledger = ledgerOf(consumer);
});

const at = (ms: number): string => new Date(start + ms).toISOString();
const ledgerOf = (name: string): Ledger => ledgerIn({ ...table, consumer: name, now: () => now });
const aLease = () => ({ token: randomUUID(), until: now + 60_000 });

function anEvent({ id, ...difference }: Partial<Claimable> & { readonly id?: string } = {}): Claimable {
  return { ...aMessage(id === undefined ? {} : { id }), ...difference };
}

async function claimed(event: Claimable, by = ledger): Promise<Claim> {
  const verdict = await by.claim(event, aLease());
  if (verdict.kind !== 'claimed') throw new Error(`expected a claim, got ${verdict.kind}`);
  return verdict.claim;
}

async function failed(event: Claimable, reason = 'downstream answered 503', by = ledger): Promise<string> {
  await by.fail(event, await claimed(event, by), reason, now);
  return event.event.id;
}

async function died(event: Claimable, reason = 'no such order'): Promise<string> {
  const claim = await claimed(event);
  await ledger.die(event, claim, reason, claim.attempts + 1, now);
  await ledger.bury(event, { ...claim, gen: claim.gen + 1 });
  return event.event.id;
}

const of = (eventId: string) => recordsOfEvent(table.client, table.table, eventId);
const unfinished = (options: Parameters<typeof unfinishedOf>[3]) =>
  unfinishedOf(table.client, table.table, consumer, options);
const ids = (records: readonly { readonly eventId: string }[]): string[] => records.map(({ eventId }) => eventId);

/** Every page of the list, each no longer than it may be. */
async function pages(limit: number): Promise<string[][]> {
  const all: string[][] = [];
  let before: string | undefined;
  do {
    const { records, next } = await unfinished({ limit, before });
    expect(records.length).toBeLessThanOrEqual(limit);
    all.push(ids(records));
    before = next;
  } while (before !== undefined);
  return all;
}

describe('the records of an event', () => {
  test('tell what became of it, for each consumer, run and item', async () => {
    const event = anEvent({ tenant: 'shop-1' });
    const billing = ledgerOf(`billing-${consumer}`);
    await billing.complete(event, await claimed(event, billing));
    now += 1_000;
    await ledger.fail(event, await claimed(event), 'downstream answered 503', now + 30_000);
    await claimed({ ...event, run: 1 });
    const records = await of(event.event.id);
    const common = {
      eventId: event.event.id,
      source: 'github',
      type: 'push',
      tenant: 'shop-1',
      deliveryId: 'delivery-1',
      receivedAt: '2026-11-21T12:00:00.000Z',
      loneCrashes: 0,
      gen: 0,
      item: undefined,
      supersededBy: undefined,
      history: [],
    };
    expect(records).toEqual([
      {
        ...common,
        consumer: `billing-${consumer}`,
        run: 0,
        status: 'completed',
        attempts: 0,
        reason: undefined,
        updatedAt: at(0),
        failedAt: undefined,
        notBefore: undefined,
        leaseUntil: undefined,
        expiresAt: at(ledgerDays * 86_400_000),
      },
      {
        ...common,
        consumer,
        run: 0,
        status: 'waiting',
        attempts: 1,
        reason: 'downstream answered 503',
        updatedAt: at(1_000),
        failedAt: at(1_000),
        notBefore: at(31_000),
        leaseUntil: undefined,
        expiresAt: at(ledgerDays * 86_400_000 + 1_000),
      },
      {
        ...common,
        consumer,
        run: 1,
        status: 'claimed',
        attempts: 0,
        reason: undefined,
        updatedAt: at(1_000),
        failedAt: undefined,
        notBefore: undefined,
        leaseUntil: at(61_000),
        expiresAt: at(ledgerDays * 86_400_000 + 1_000),
      },
    ]);
  });

  test('come by consumer, run and item, the tenth after the second', async () => {
    const event = anEvent();
    const billing = ledgerOf(`billing-${consumer}`);
    for (const run of [10, 2]) {
      for (const item of [10, 2]) await claimed({ ...event, run, item });
      await claimed({ ...event, run }, billing);
    }
    const records = await of(event.event.id);
    expect(records.map((record) => [record.consumer === consumer, record.run, record.item])).toEqual([
      [false, 2, undefined],
      [false, 10, undefined],
      [true, 2, 2],
      [true, 2, 10],
      [true, 10, 2],
      [true, 10, 10],
    ]);
  });

  test('say until when it waits only while it does', async () => {
    const event = anEvent();
    await failed(event);
    expect(await of(event.event.id)).toMatchObject([{ status: 'waiting', notBefore: at(0), leaseUntil: undefined }]);
    await claimed(event);
    expect(await of(event.event.id)).toMatchObject([
      { status: 'claimed', notBefore: undefined, leaseUntil: at(60_000) },
    ]);
  });

  test('keep what it went through before it was redriven', async () => {
    const event = anEvent();
    await died(event, 'no such order');
    now += 5_000;
    await claimed({ ...event, gen: 1 });
    expect(await of(event.event.id)).toMatchObject([
      {
        status: 'claimed',
        gen: 1,
        attempts: 0,
        history: [{ gen: 1, attempts: 1, reason: 'no such order', reopenedAt: at(5_000) }],
      },
    ]);
  });

  test('say which newer event stands for it', async () => {
    const event = anEvent();
    await ledger.supersede(event, aLease(), 'newer-event');
    expect(await of(event.event.id)).toMatchObject([{ status: 'superseded', supersededBy: 'newer-event' }]);
  });

  test('are all there, in the order of the items, where they fill several pages', async () => {
    const event = anEvent();
    const items = Array.from({ length: 150 }, (_, item) => item);
    // 150 records of 8 KB are more than the 1 MB that one answer holds.
    await Promise.all(items.map((item) => failed({ ...event, item }, 'x'.repeat(8_000))));
    expect((await of(event.event.id)).map(({ item }) => item)).toEqual(items);
  });

  test('are none where nobody has heard of it', async () => {
    await failed(anEvent());
    expect(await of(randomUUID())).toEqual([]);
  });

  test('are shown where they are damaged too', async () => {
    const event = anEvent();
    await claimed(event);
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.table,
        Key: { id: { S: event.event.id }, consumer: { S: `${consumer}#0` } },
        UpdateExpression: 'SET updatedAt = :huge, history = :odd REMOVE attempts, expiresAt',
        ExpressionAttributeValues: { ':huge': { N: '9e99' }, ':odd': { L: [{ S: 'odd' }] } },
      }),
    );
    expect(await of(event.event.id)).toMatchObject([
      {
        consumer,
        attempts: 0,
        updatedAt: undefined,
        expiresAt: undefined,
        history: [{ gen: 0, attempts: 0, reason: '' }],
      },
    ]);
  });
});

describe('what failed or died', () => {
  /** Events of every shard, each failing a second after the one before; newest first. */
  async function failures(count: number): Promise<string[]> {
    const all: string[] = [];
    for (let n = 0; n < count; n++) {
      now = start + n * 1_000;
      // Ids whose first characters follow one another go to shards that do.
      all.unshift(await failed(anEvent({ id: `${String.fromCodePoint(97 + (n % 26))}-${randomUUID()}` })));
    }
    return all;
  }

  test('is listed newest first over all shards', async () => {
    const all = await failures(30);
    const { records, next } = await unfinished({ limit: 100 });
    expect(ids(records)).toEqual(all);
    expect(records[0]).toMatchObject({ status: 'waiting', failedAt: at(29_000), reason: 'downstream answered 503' });
    expect(next).toBeUndefined();
  });

  test('is listed in pages that go on where the last one ended', async () => {
    const all = await failures(30);
    expect(await pages(7)).toEqual([
      all.slice(0, 7),
      all.slice(7, 14),
      all.slice(14, 21),
      all.slice(21, 28),
      all.slice(28),
    ]);
    expect((await pages(1)).flat()).toEqual(all);
  });

  test('has no further page after the one that is just full', async () => {
    const all = await failures(6);
    expect(await pages(3)).toEqual([all.slice(0, 3), all.slice(3)]);
  });

  test('is listed each once where many failed in the same instant', async () => {
    // Three quarters of them in one shard, so that its pages end amid either instant.
    const events = Array.from({ length: 42 }, (_, n) => anEvent({ id: `${'aabi'[n % 4]}-${randomUUID()}` }));
    const older = await Promise.all(events.slice(21).map((event) => failed(event)));
    now += 1;
    const newer = await Promise.all(events.slice(0, 21).map((event) => failed(event)));
    const all = [...newer.sort(), ...older.sort()];
    for (const limit of [4, 7, 100]) expect((await pages(limit)).flat()).toEqual(all);
  });

  test('is listed for each item and run of an event that failed in the same instant', async () => {
    const event = anEvent();
    await Promise.all(
      [0, 1].flatMap((run) => Array.from({ length: 12 }, (_, item) => failed({ ...event, run, item }))),
    );
    expect((await pages(5)).map((page) => page.length)).toEqual([5, 5, 5, 5, 4]);
    const { records } = await unfinished({ limit: 100 });
    expect(new Set(records.map(({ run, item }) => `${run}#${item}`)).size).toBe(24);
  });

  test('is listed from before a date, that instant itself left out', async () => {
    const all = await failures(10);
    expect(ids((await unfinished({ limit: 100, before: at(4_000) })).records)).toEqual(all.slice(6));
    expect(ids((await unfinished({ limit: 2, before: '2026-11-21T13:00:04+01:00' })).records)).toEqual(all.slice(6, 8));
    expect(ids((await unfinished({ limit: 2, before: '2026-11-22' })).records)).toEqual(all.slice(0, 2));
  });

  test('is of one consumer, and neither done with nor never failed', async () => {
    const neighbour = `${consumer}-too`;
    await failed(anEvent(), 'no', ledgerOf(neighbour));
    await claimed(anEvent());
    const recovered = anEvent();
    await failed(recovered);
    await ledger.complete(recovered, await claimed(recovered));
    const dead = await died(anEvent());
    const { records } = await unfinished({ limit: 100 });
    expect(records).toMatchObject([{ eventId: dead, consumer, status: 'dead', gen: 1, reason: 'no such order' }]);
  });

  test('leaves out what was done with since the index was written, and fills the page with others', async () => {
    const all = await failures(10);
    // As if the index lagged: its keys are there, and the record says that it is done with.
    const done = new Set(all.slice(0, 3));
    const lagging = Object.assign(Object.create(table.client) as typeof table.client, {
      send: async (command: never) => {
        const answer = (await table.client.send(command)) as unknown as { Item?: Record<string, { S?: string }> };
        if (!answer.Item || !done.has(String(answer.Item.id?.S))) return answer;
        const { shard, failedAt, reason, ...rest } = answer.Item;
        return { ...answer, Item: { ...rest, status: { S: 'completed' } } };
      },
    });
    const first = await unfinishedOf(lagging, table.table, consumer, { limit: 4 });
    expect(ids(first.records)).toEqual(all.slice(3, 7));
    const second = await unfinishedOf(lagging, table.table, consumer, { limit: 4, before: first.next });
    expect(ids(second.records)).toEqual(all.slice(7));
  });

  test('is read only as far as it is asked for', async () => {
    await failures(80);
    let read = 0;
    const counting = Object.assign(Object.create(table.client) as typeof table.client, {
      send: async (command: never) => {
        const answer = (await table.client.send(command)) as unknown as { Items?: unknown[]; Item?: unknown };
        read += (answer.Items?.length ?? 0) + (answer.Item ? 1 : 0);
        return answer;
      },
    });
    await unfinishedOf(counting, table.table, consumer, { limit: 3 });
    // A page of two for each of 8 shards, a few pages more, and the three records.
    expect(read).toBeLessThan(40);
  });

  test.each(['', 'yesterday', '5', 'Mon 5', '2026-13-01', '2026-99-99/id/orders#0'])(
    'has no place %j',
    async (before) => {
      await expect(unfinished({ limit: 1, before })).rejects.toThrow(
        `before must be a cursor of this list or a date such as 2026-11-21T12:00Z, got ${before || 'nothing'}`,
      );
    },
  );
});

describe('npm run ledger', () => {
  const run = promisify(execFile);

  async function ledgerCli(...args: string[]) {
    const { protocol = 'http:', hostname, port } = (await table.client.config.endpoint?.()) ?? {};
    const env = {
      AWS_ENDPOINT_URL: `${protocol}//${hostname}:${port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      LEDGER_TABLE: table.table,
    };
    const ended = run(process.execPath, ['infra/ops/ledger-cli.ts', ...args], { env });
    const { stdout, stderr } = await ended.catch((error: { stdout: string; stderr: string }) => error);
    return { code: ended.child.exitCode, out: stdout.split('\n').slice(0, -1), err: stderr.split('\n').slice(0, -1) };
  }

  test('tells what became of an event, aligned for people and in JSON for programs', async () => {
    // An id may begin with a hyphen, and is no option for that.
    const event = anEvent({ id: `-${'x'.repeat(42)}` });
    await failed(event, 'first line\n\u001b[31msecond');
    const { code, out } = await ledgerCli('event', event.event.id);
    expect(code).toBe(0);
    expect(out).toHaveLength(2);
    expect(out[0]).toMatch(/^CONSUMER {2,}RUN {2}ITEM {2}STATUS {3}ATTEMPTS {2}GEN {2}UPDATED/);
    expect(out[1]).toMatch(
      /^orders-\S+ {2}0 {4}- {5}waiting {2}1 {9}0 {4}2026-11-21T12:00:00\.000Z.* github push {2}first line \[31msecond$/,
    );
    const json = await ledgerCli('event', event.event.id, '--json');
    expect(json.out.map((line) => JSON.parse(line))).toMatchObject([
      { consumer, reason: 'first line\n\u001b[31msecond' },
    ]);
  });

  test('tells of an erased event that it was, and nothing more', async () => {
    const event = anEvent();
    await failed(event);
    const Item = erasedItem({ id: event.event.id, consumer: `${consumer}#0` }, randomUUID(), now);
    await table.client.send(new PutItemCommand({ TableName: table.table, Item }));
    const { out } = await ledgerCli('event', event.event.id);
    expect(out[1]).toMatch(/^orders-\S+ {2}0 {4}- {5}erased {2}0 {9}0 {4}2026-11-21T12:00:00\.000Z {2}- {11}- {5}-$/);
    expect(await ledgerCli('failed', consumer)).toMatchObject({ code: 0, out: [] });
  });

  test('lists what failed or died of a consumer, and where the list goes on', async () => {
    const older = await died(anEvent());
    now += 1_000;
    const newer = await failed(anEvent());
    const first = await ledgerCli('failed', consumer, '--limit', '1');
    expect(first).toMatchObject({
      code: 0,
      out: [expect.stringMatching(/^FAILED {2,}EVENT/), expect.stringContaining(newer)],
    });
    const [, before = ''] = /^more: --before (.+)$/.exec(first.err.join('\n')) ?? [];
    const second = await ledgerCli('failed', consumer, '--json', '--before', before);
    expect(second).toMatchObject({ code: 0, out: [expect.stringContaining(older)], err: [] });
  });

  test('exits 0 where nothing failed, and 1 where nobody knows the event or the table', async () => {
    expect(await ledgerCli('failed', consumer)).toEqual({
      code: 0,
      out: [],
      err: [`nothing of ${consumer} has failed that is not done with`],
    });
    expect(await ledgerCli('event', 'nobody')).toEqual({
      code: 1,
      out: [],
      err: [`no consumer has a record of event nobody in ${table.table}`],
    });
    expect(await ledgerCli('event', 'nobody', '--table', 'elsewhere')).toMatchObject({ code: 1, out: [] });
  });

  test('exits 2 where what is asked makes no sense', async () => {
    const { code, out, err } = await ledgerCli('list', '--limit', '0');
    expect({ code, out }).toEqual({ code: 2, out: [] });
    expect(err).toEqual([
      '--limit must be a whole number from 1 to 10000, got 0',
      'the command must be event or failed, got list',
      '`npm run ledger -- --help` says more',
    ]);
  });
});
