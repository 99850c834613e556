import { randomUUID } from 'node:crypto';
import { GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Claim, type Claimable, type Ledger, ledgerIn } from '../../../functions/consume/ledger.ts';
import { erasedItem } from '../../../functions/consume/record.ts';
import { ledgerDays } from '../../../functions/core/definition.ts';
import { ledgerTable } from '../../support/ledger-table.ts';
import { aMessage } from '../../support/messages.ts';

let table: Awaited<ReturnType<typeof ledgerTable>>;
let ledger: Ledger;
let consumer: string;
let now: number;

beforeAll(async () => {
  table = await ledgerTable();
});
afterAll(() => table.close());
beforeEach(() => {
  now = Date.now();
  consumer = `orders-${randomUUID()}`;
  ledger = ledgerIn({ ...table, consumer, now: () => now });
});

const anEvent = (difference: Partial<Claimable> = {}): Claimable => ({ ...aMessage(), ...difference });
const aLease = (ms = 60_000) => ({ token: randomUUID(), until: now + ms });
async function claimed(event: Claimable, lease = aLease()): Promise<Claim> {
  const verdict = await ledger.claim(event, lease);
  if (verdict.kind !== 'claimed') throw new Error(`expected a claim, got ${verdict.kind}`);
  return verdict.claim;
}
async function item(event: Claimable) {
  const Key = { id: { S: event.event.id }, consumer: { S: `${consumer}#${event.run}` } };
  const { Item } = await table.client.send(new GetItemCommand({ TableName: table.table, Key, ConsistentRead: true }));
  return Item ?? {};
}

describe('a claim', () => {
  test('is won by exactly one of many at once', async () => {
    const event = anEvent();
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => ledger.claim(event, aLease())));
    expect(verdicts.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
    expect(verdicts.filter(({ kind }) => kind === 'busy')).toHaveLength(19);
  });

  test('holds although its answer was lost and it was sent again', async () => {
    const event = anEvent();
    const lease = aLease();
    await claimed(event, lease);
    expect(await claimed(event, lease)).toMatchObject({ token: lease.token, attempts: 0 });
  });

  test('is one for each consumer and each run', async () => {
    const event = anEvent();
    await claimed(event);
    await claimed({ ...event, run: 1 });
    const other = ledgerIn({ ...table, consumer: `${consumer}-other`, now: () => now });
    expect(await other.claim(event, aLease())).toMatchObject({ kind: 'claimed' });
  });

  test('is free again once the record has outlived itself, whatever DynamoDB has removed', async () => {
    const event = anEvent();
    await ledger.complete(event, await claimed(event));
    now += ledgerDays * 86_400_000 - 1_000;
    expect(await ledger.claim(event, aLease())).toMatchObject({ kind: 'duplicate' });
    now += 2_000;
    expect(await ledger.claim(event, aLease())).toMatchObject({ kind: 'claimed', claim: { attempts: 0, gen: 0 } });
  });
});

describe('a run that outlived its lease', () => {
  test.each([
    ['completes', (event: Claimable, claim: Claim) => ledger.complete(event, claim)],
    ['fails', (event: Claimable, claim: Claim) => ledger.fail(event, claim, 'late', now)],
    ['gives its claim back', (event: Claimable, claim: Claim) => ledger.release(event, claim, now)],
    ['dies', (event: Claimable, claim: Claim) => ledger.die(event, claim, 'late', 1, now)],
  ])('changes nothing when it %s late', async (_name, late) => {
    const event = anEvent();
    const old = await claimed(event, aLease(1_000));
    now += 1_000;
    const verdict = await ledger.claim(event, aLease());
    if (verdict.kind !== 'suspect') throw new Error(`expected a suspect, got ${verdict.kind}`);
    await ledger.claimAlone(event, verdict.record, aLease());
    const before = await item(event);
    expect(await late(event, old)).toBe('overtaken');
    expect(await item(event)).toEqual(before);
  });
});

describe('a write whose answer was lost', () => {
  test('counts as done when it is sent again', async () => {
    const event = anEvent();
    const claim = await claimed(event);
    expect(await ledger.fail(event, claim, 'no', now)).toBe('done');
    expect(await ledger.fail(event, claim, 'no', now)).toBe('done');
    expect(await item(event)).toMatchObject({ attempts: { N: '1' } });
    const next = await claimed(event);
    expect(await ledger.complete(event, next)).toBe('done');
    expect(await ledger.complete(event, next)).toBe('done');
  });
});

describe('a crash', () => {
  test('counts only when it happened alone, and never as an attempt', async () => {
    const event = anEvent();
    await claimed(event, aLease(1_000));
    for (const loneCrashes of [0, 1, 2, 3]) {
      now += 1_000;
      const verdict = await ledger.claim(event, aLease());
      if (verdict.kind !== 'suspect') throw new Error(`expected a suspect, got ${verdict.kind}`);
      expect(await ledger.claimAlone(event, verdict.record, aLease(1_000))).toMatchObject({
        kind: 'claimed',
        claim: { loneCrashes, attempts: 0 },
      });
    }
  });

  test('is claimed to run alone by one of many', async () => {
    const event = anEvent();
    await claimed(event, aLease(1_000));
    now += 1_000;
    const verdict = await ledger.claim(event, aLease());
    if (verdict.kind !== 'suspect') throw new Error(`expected a suspect, got ${verdict.kind}`);
    const { record } = verdict;
    const verdicts = await Promise.all(Array.from({ length: 10 }, () => ledger.claimAlone(event, record, aLease())));
    expect(verdicts.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
  });
});

describe('a redriven event', () => {
  test('opens its next generation once, with fresh attempts and its history kept', async () => {
    const event = anEvent();
    const claim = await claimed(event);
    await ledger.die(event, claim, 'no', 3, now);
    await ledger.bury(event, { ...claim, gen: 1 });
    const verdicts = await Promise.all(Array.from({ length: 5 }, () => ledger.claim({ ...event, gen: 1 }, aLease())));
    expect(verdicts.filter(({ kind }) => kind === 'claimed')).toEqual([
      { kind: 'claimed', claim: expect.objectContaining({ gen: 1, attempts: 0 }) },
    ]);
    expect((await item(event)).history?.L).toEqual([
      { M: expect.objectContaining({ gen: { N: '1' }, attempts: { N: '3' }, reason: { S: 'no' } }) },
    ]);
  });
});

describe('the index of what is unfinished', () => {
  const unfinished = async (event: Claimable) => {
    const { shard } = await item(event);
    if (!shard) return [];
    const { Items = [] } = await table.client.send(
      new QueryCommand({
        TableName: table.table,
        IndexName: 'unfinished',
        KeyConditionExpression: '#shard = :shard',
        ExpressionAttributeNames: { '#shard': 'shard' },
        ExpressionAttributeValues: { ':shard': shard },
      }),
    );
    return Items.map(({ id }) => id?.S);
  };

  test('lists what failed or died, and nothing else', async () => {
    const event = anEvent();
    const claim = await claimed(event);
    expect(await unfinished(event)).toEqual([]);
    await ledger.fail(event, claim, 'no', now);
    expect(await unfinished(event)).toEqual([event.event.id]);
    await ledger.complete(event, await claimed(event));
    expect(await unfinished(event)).toEqual([]);
    expect(await item(event)).not.toHaveProperty('failedAt');
  });
});

describe('an event that was erased', () => {
  async function erase(event: Claimable, run = event.run): Promise<void> {
    const item = event.item === undefined ? '' : `#${event.item}`;
    const Item = erasedItem({ id: event.event.id, consumer: `${consumer}#${run}${item}` }, randomUUID(), now);
    await table.client.send(new PutItemCommand({ TableName: table.table, Item }));
  }
  const erased = { kind: 'erased' };

  test('leaves nothing in its record but that it was, and where from nobody finds it', async () => {
    const event = anEvent({ tenant: 'acme' });
    await ledger.fail(event, await claimed(event), 'no such customer', now);
    await erase(event);
    expect(Object.keys(await item(event)).sort()).toEqual([
      'consumer',
      'expiresAt',
      'id',
      'status',
      'token',
      'updatedAt',
    ]);
  });

  test.each([0, 1, 7])('is claimed by no copy, of generation %i', async (gen) => {
    const event = anEvent({ gen });
    await erase(event);
    const before = await item(event);
    expect(await ledger.claim(event, aLease())).toEqual(erased);
    expect(await ledger.claim(event, aLease(), { early: true })).toEqual(erased);
    expect(await ledger.supersede(event, aLease(), 'newer')).toEqual(erased);
    expect(await item(event)).toEqual(before);
  });

  test.each([
    ['completed', (event: Claimable, claim: Claim) => ledger.complete(event, claim)],
    ['failed', (event: Claimable, claim: Claim) => ledger.fail(event, claim, 'no', now)],
    ['given back', (event: Claimable, claim: Claim) => ledger.release(event, claim, now)],
    ['dead-lettered', (event: Claimable, claim: Claim) => ledger.die(event, claim, 'no', 1, now)],
  ])('while it ran cannot be %s any more', async (_name, settle) => {
    const event = anEvent();
    const claim = await claimed(event);
    await erase(event);
    const before = await item(event);
    expect(await settle(event, claim)).toBe('overtaken');
    expect(await item(event)).toEqual(before);
  });

  test('while it was dead-lettered stays so, whoever goes on with that', async () => {
    const event = anEvent();
    const claim = await claimed(event);
    await ledger.die(event, claim, 'no', 1, now - 1);
    const dying = await ledger.claim(event, aLease());
    if (dying.kind !== 'dying') throw new Error(`expected dying, got ${dying.kind}`);
    await erase(event);
    expect(await ledger.bury(event, { ...claim, gen: 1 })).toBe('overtaken');
    expect(await ledger.resumeDying(event, dying.record, aLease())).toBeUndefined();
    expect(await ledger.claim({ ...event, gen: 1 }, aLease())).toEqual(erased);
  });

  test('between a crash and the claim to run alone is not claimed', async () => {
    const event = anEvent();
    await claimed(event, aLease(1_000));
    now += 1_000;
    const suspect = await ledger.claim(event, aLease());
    if (suspect.kind !== 'suspect') throw new Error(`expected a suspect, got ${suspect.kind}`);
    await erase(event);
    expect(await ledger.claimAlone(event, suspect.record, aLease())).toEqual(erased);
  });

  test('is claimed once the mark has outlived itself, as after any record', async () => {
    const event = anEvent();
    await erase(event);
    now += ledgerDays * 86_400_000 - 1_000;
    expect(await ledger.claim(event, aLease())).toEqual(erased);
    now += 2_000;
    expect(await ledger.claim(event, aLease())).toMatchObject({ kind: 'claimed' });
  });

  test('is found by its id, or by the id of one of its items', async () => {
    const [whole, split] = [anEvent(), anEvent({ item: 2 })];
    await erase(whole);
    await erase(split);
    const ids = [whole.event.id, `${split.event.id}#2`, split.event.id, `${split.event.id}#1`, 'unheard-of'];
    expect(await Promise.all(ids.map((id) => ledger.isErased(id)))).toEqual([true, true, false, false, false]);
    now += (ledgerDays + 1) * 86_400_000;
    expect(await ledger.isErased(whole.event.id)).toBe(false);
  });

  describe.each([[undefined], [3]])('before a later run of it had a record, item %s', (place) => {
    const again = () =>
      anEvent({ run: 1_795_000_000, tenant: 'acme', ...(place === undefined ? {} : { item: place }) });
    const keysOf = async (event: Claimable) => {
      const { Items = [] } = await table.client.send(
        new QueryCommand({
          TableName: table.table,
          KeyConditionExpression: 'id = :id',
          ExpressionAttributeValues: { ':id': { S: event.event.id } },
        }),
      );
      return Items.map((each) => [each.status?.S, Object.keys(each).sort().join()]);
    };
    const bare = ['erased', 'consumer,expiresAt,id,status,token,updatedAt'];

    test('is not claimed by that run either, nor is anything of it kept', async () => {
      const event = again();
      await erase(event, 0);
      expect(await ledger.claim(event, aLease())).toEqual(erased);
      expect(await ledger.claim(event, aLease())).toEqual(erased);
      expect(await keysOf(event)).toEqual([bare, bare]);
    });

    test('is not superseded in that run', async () => {
      const event = again();
      await erase(event, 0);
      expect(await ledger.supersede(event, aLease(), 'newer')).toEqual(erased);
      expect(await keysOf(event)).toEqual([bare, bare]);
    });
  });

  test('has no bearing on a later run while the original was only completed', async () => {
    const event = anEvent();
    await ledger.complete(event, await claimed(event));
    expect(await ledger.claim({ ...event, run: 1 }, aLease())).toMatchObject({ kind: 'claimed' });
  });
});
