import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  type UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { consumerOf, definePipeline } from '../../../functions/core/definition.ts';
import { ledgerTable } from '../../support/ledger-table.ts';
import { explore, play } from '../../support/model/exploration.ts';
import { conditionOf, updateOf } from '../../support/model/expressions.ts';
import { carryOut, type Items } from '../../support/model/memory-dynamodb.ts';
import type { Encounter, Scope } from '../../support/model/scope.ts';
import { redriven, type World, worldOf } from '../../support/model/world.ts';

const consumer = {
  ...consumerOf(
    definePipeline({
      sources: { github: { provider: 'github' } },
      consumers: { orders: { from: { source: 'github' }, handler: 'x' } },
    }),
    'orders',
  ),
  timeoutSeconds: 5,
  retry: { attempts: 3, baseSeconds: 20, capSeconds: 20 },
  coalesce: { by: () => 'key', windowSeconds: 1, maxWindowSeconds: 1 },
};
const twoAttempts = { ...consumer, retry: { ...consumer.retry, attempts: 2 } };
const soonAgain = { ...consumer, retry: { ...consumer.retry, baseSeconds: 2 } };

/** Two workers and one event; what may happen to them, and how much of that there must be to see. */
interface Story extends Partial<Scope> {
  readonly name: string;
  readonly copies?: number;
  readonly mishaps: Scope['mishaps'];
  /** Where it begins. @default an event that nobody has met */
  readonly from?: (scope: Scope) => Promise<World>;
  readonly interleavings: number;
  readonly statuses: readonly string[];
}

/** Dead, and redriven in two copies: the send to the dead-letter queue had been repeated. */
async function redrivenTwice(scope: Scope): Promise<World> {
  const dying = worldOf({ ...scope, mishaps: { permanent: 1, lost: 1 } }, 1);
  const dead = await play(dying, ['permanent', 'SendMessage, its answer lost']);
  const { left } = worldOf(scope, 0);
  return dead.letters.reduce(redriven, { ...dead, scope, left });
}

const stories: readonly Story[] = [
  {
    name: 'two crashes, of two copies',
    mishaps: { slow: 1, crash: 2 },
    interleavings: 250_000_000,
    statuses: ['claimed', 'completed'],
  },
  {
    name: 'a failure and a crash, of two copies',
    mishaps: { slow: 1, failure: 1, crash: 1 },
    interleavings: 10_000_000,
    statuses: ['claimed', 'completed', 'waiting'],
  },
  {
    name: 'a failure and a crash, of a message that is delivered while it is in flight',
    copies: 1,
    mishaps: { slow: 1, duplicate: 1, failure: 1, crash: 1 },
    interleavings: 250_000,
    statuses: ['claimed', 'completed', 'waiting'],
  },
  {
    name: 'a death and a crash, of a message that is delivered while it is in flight',
    copies: 1,
    mishaps: { slow: 1, duplicate: 1, permanent: 1, crash: 1 },
    interleavings: 25_000,
    statuses: ['claimed', 'dead', 'dying'],
  },
  {
    name: 'both copies in one batch, a failure and a crash',
    batch: 2,
    mishaps: { failure: 1, crash: 1 },
    interleavings: 1_500_000,
    statuses: ['claimed', 'completed', 'waiting'],
  },
  {
    name: 'both copies in one batch, a death and a crash',
    batch: 2,
    mishaps: { permanent: 1, crash: 1 },
    interleavings: 50_000,
    statuses: ['claimed', 'dead', 'dying'],
  },
  {
    name: 'a zombie and a failure',
    clocksAheadMs: [0],
    mishaps: { slow: 1, zombie: 1, failure: 1 },
    interleavings: 4_500,
    statuses: ['claimed', 'completed', 'waiting'],
  },
  {
    name: 'a zombie and a death',
    clocksAheadMs: [0],
    mishaps: { slow: 1, zombie: 1, permanent: 1 },
    interleavings: 3_500,
    statuses: ['claimed', 'dead', 'dying'],
  },
  {
    name: 'a zombie, a death and a redrive',
    clocksAheadMs: [0],
    mishaps: { slow: 1, zombie: 1, permanent: 1, redrive: 1 },
    interleavings: 150_000,
    statuses: ['claimed', 'completed', 'dead', 'dying'],
  },
  {
    name: 'a death, a redrive and a crash',
    mishaps: { slow: 1, permanent: 1, redrive: 1, crash: 1 },
    interleavings: 250_000_000,
    statuses: ['claimed', 'completed', 'dead', 'dying'],
  },
  {
    name: 'a death, a redrive and a failure, with a copy from before',
    mishaps: { permanent: 1, redrive: 1, failure: 1 },
    interleavings: 2_000_000,
    statuses: ['claimed', 'completed', 'dead', 'dying', 'waiting'],
  },
  {
    name: 'copies that SQS will soon drop, a failure, a redrive and a crash',
    ageMs: 9 * 86_400_000 - 12_000,
    mishaps: { failure: 1, redrive: 1, crash: 1 },
    interleavings: 1_500_000,
    statuses: ['claimed', 'completed', 'dead', 'dying'],
  },
  {
    name: 'a message that SQS will soon drop, delivered while it is in flight, a failure and a crash',
    copies: 1,
    ageMs: 9 * 86_400_000 - 12_000,
    mishaps: { duplicate: 1, failure: 1, crash: 1 },
    interleavings: 50_000,
    statuses: ['claimed', 'completed', 'dead', 'dying'],
  },
  {
    name: 'a redrive of two copies of a generation, another death and a redrive',
    from: redrivenTwice,
    mishaps: { permanent: 1, redrive: 1, crash: 1 },
    interleavings: 15_000_000,
    statuses: ['claimed', 'completed', 'dead', 'dying'],
  },
  {
    name: 'attempts that are spent, a redrive and a crash',
    consumer: twoAttempts,
    copies: 1,
    mishaps: { failure: 2, redrive: 1, crash: 1 },
    interleavings: 5_000,
    statuses: ['claimed', 'completed', 'dead', 'dying'],
  },
  {
    name: 'four crashes alone, and a redrive',
    clocksAheadMs: [0],
    copies: 1,
    mishaps: { crash: 4, redrive: 1 },
    interleavings: 400,
    statuses: ['claimed', 'completed', 'dead', 'dying'],
  },
  {
    name: 'a lost answer and a failure',
    mishaps: { lost: 1, failure: 1 },
    interleavings: 25_000,
    statuses: ['claimed', 'completed', 'waiting'],
  },
  {
    name: 'a lost answer, a death and a redrive',
    mishaps: { lost: 1, permanent: 1, redrive: 1 },
    interleavings: 1_000_000,
    statuses: ['claimed', 'completed', 'dead', 'dying'],
  },
  {
    name: 'a call that fails, and a failure',
    mishaps: { fault: 1, failure: 1 },
    interleavings: 15_000_000,
    statuses: ['claimed', 'completed', 'waiting'],
  },
  {
    name: 'a call that fails, and a death',
    copies: 1,
    mishaps: { slow: 1, fault: 1, permanent: 1, redrive: 1 },
    interleavings: 30_000,
    statuses: ['claimed', 'completed', 'dead', 'dying'],
  },
  {
    name: 'deferrals by the pace and by the handler, and a crash',
    mishaps: { paced: 1, later: 1, crash: 1 },
    interleavings: 2_000_000,
    statuses: ['claimed', 'completed', 'waiting'],
  },
  {
    name: 'a newer event of the key, a failure and a crash',
    mishaps: { newer: 1, failure: 1, crash: 1 },
    interleavings: 150_000,
    statuses: ['claimed', 'completed', 'superseded', 'waiting'],
  },
  {
    name: 'a newer event of the key, a death, a redrive and a crash',
    copies: 1,
    mishaps: { newer: 1, permanent: 1, redrive: 1, crash: 1 },
    interleavings: 200_000,
    statuses: ['claimed', 'completed', 'dead', 'dying', 'superseded'],
  },
  {
    name: 'a message that SQS gives up, a death and a redrive',
    mishaps: { backstop: 1, permanent: 1, redrive: 1 },
    interleavings: 50_000,
    statuses: ['claimed', 'completed', 'dead', 'dying'],
  },
  {
    name: 'an event that is erased, a failure and a crash',
    mishaps: { erase: 1, failure: 1, crash: 1 },
    interleavings: 250_000,
    statuses: ['claimed', 'completed', 'erased', 'waiting'],
  },
  {
    name: 'an event that is erased, a death, a redrive and a crash',
    mishaps: { erase: 1, permanent: 1, redrive: 1, crash: 1 },
    interleavings: 50_000_000,
    statuses: ['claimed', 'completed', 'dead', 'dying', 'erased'],
  },
  {
    name: 'an event that is erased, a lost answer and a deferral by the handler',
    mishaps: { erase: 1, lost: 1, later: 1 },
    interleavings: 500_000,
    statuses: ['claimed', 'completed', 'erased', 'waiting'],
  },
  {
    name: 'an event that is erased, a newer event of its key and a zombie',
    clocksAheadMs: [0],
    mishaps: { erase: 1, newer: 1, zombie: 1, slow: 1 },
    interleavings: 500_000,
    statuses: ['claimed', 'completed', 'erased', 'superseded'],
  },
  {
    name: 'an event that is erased, and a record that outlives itself',
    mishaps: { erase: 1, months: 1, removal: 1 },
    interleavings: 500_000,
    statuses: ['claimed', 'completed', 'erased', 'none'],
  },
  {
    name: 'a record that outlives itself after a crash',
    mishaps: { months: 1, removal: 1, crash: 1 },
    interleavings: 500_000,
    statuses: ['claimed', 'completed', 'none'],
  },
  {
    name: 'a record that outlives itself after a failure',
    mishaps: { months: 1, removal: 1, failure: 1 },
    interleavings: 25_000,
    statuses: ['claimed', 'completed', 'none', 'waiting'],
  },
  {
    name: 'a record that outlives itself after a death',
    mishaps: { months: 1, removal: 1, permanent: 1, redrive: 1 },
    interleavings: 5_000_000,
    statuses: ['claimed', 'completed', 'dead', 'dying', 'none'],
  },
  {
    name: 'a clock that is four seconds ahead, and a crash',
    clocksAheadMs: [0, 4_000],
    mishaps: { slow: 1, crash: 1 },
    interleavings: 500_000,
    statuses: ['claimed', 'completed'],
  },
  {
    name: 'a clock that is four seconds behind, and a crash',
    clocksAheadMs: [0, -4_000],
    mishaps: { slow: 1, crash: 1 },
    interleavings: 500_000,
    statuses: ['claimed', 'completed'],
  },
  {
    name: 'a handler that heeds its deadline, and fails',
    consumer: soonAgain,
    mishaps: { timer: 1, slow: 1, failure: 1 },
    interleavings: 10_000,
    statuses: ['claimed', 'completed', 'waiting'],
  },
];

const encounters = new Map<string, Encounter>();

/** Keeps one of each kind of encounter: all that differ in more than in instants and in names. */
function collect({ before, command }: Encounter): void {
  const { input } = command as { input: object };
  const kind = JSON.stringify([command.constructor.name, [...before.values()], input])
    .replace(/"\d{10}(\d{3})?"/g, '"an instant"')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'an instant')
    .replace(/\bt\d+\.\d+\b/g, 'a token');
  if (!encounters.has(kind)) encounters.set(kind, { before, command });
}

describe('no order of steps runs an event without a valid lease, loses it, or leaves it unfinished', () => {
  test.each(stories.map(({ name, ...story }) => [name, story] as const))(
    '%s',
    { timeout: 300_000 },
    async (name, { copies = 2, from, interleavings, statuses, ...story }) => {
      const scope: Scope = { consumer, ...story, onCommand: collect };
      const { seconds, ...found } = await explore(await (from?.(scope) ?? worldOf(scope, copies)));
      const counts = `${found.states} states, ${found.steps} steps, ${found.interleavings} interleavings`;
      console.info(`${counts}, ${seconds.toFixed(1)} s: ${name}`);
      expect(found.interleavings).toBeGreaterThanOrEqual(interleavings);
      expect(found.statuses).toEqual(expect.arrayContaining([...statuses]));
    },
  );
});

describe('the check notices', () => {
  test('clocks that are further apart than a lease allows for', async () => {
    const scope: Scope = { consumer, clocksAheadMs: [0, 6_000], mishaps: { slow: 1 } };
    await expect(explore(worldOf(scope, 2))).rejects.toThrow('claimed → claimed while it was held');
  });
});

test('nobody runs an event while a handler that ignored its deadline may still be at work on it', async () => {
  const scope: Scope = { consumer: soonAgain, mishaps: { timer: 2, slow: 3 } };
  await explore(worldOf(scope, 2));
});

describe('the DynamoDB of the model', () => {
  test('answers as the emulated one does to whatever the ledger was seen to send', { timeout: 300_000 }, async () => {
    const { client, table, close } = await ledgerTable();
    try {
      expect(encounters.size, 'what the stories above collect').toBeGreaterThan(100);
      for (const { before, command } of encounters.values()) {
        const emulated = await emulate(client, table, before, command);
        const items = new Map(before);
        expect({ answer: answerOf(items, command), after: [...items.values()] }).toEqual(emulated);
      }
      console.info(`${encounters.size} encounters of an item and a command`);
    } finally {
      await close();
    }
  });

  test.each([
    'attribute_exists(#a)',
    'size(#a) = :a',
    'NOT #a = :a',
    '#a = :a AND',
    '(#a = :a',
    '#a BETWEEN :a AND :b',
    '',
  ])('refuses a condition that it does not know: %s', (expression) => {
    expect(() => conditionOf(expression)).toThrow(/^expected/);
  });

  test.each(['SET #a = #a - :a', 'ADD #a :a', 'REMOVE #a', 'SET #a = :a DELETE #b :b'])(
    'refuses an update that it does not know: %s',
    (expression) => {
      expect(() => updateOf(expression)).toThrow(/^expected/);
    },
  );
});

type Command = UpdateItemCommand | DeleteItemCommand | GetItemCommand;

function answerOf(items: Items, command: object): object | 'refused' {
  try {
    return carryOut(items, command);
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return 'refused';
    throw error;
  }
}

/** What the emulated DynamoDB makes of an item and a command. */
async function emulate(client: DynamoDBClient, table: string, before: Items, command: object) {
  const { Key = {} } = (command as Command).input;
  const [item] = before.values();
  if (item) await client.send(new PutItemCommand({ TableName: table, Item: item }));
  else await client.send(new DeleteItemCommand({ TableName: table, Key }));
  let answer: object | 'refused';
  try {
    const { $metadata, ...rest } = await client.send(command as GetItemCommand);
    answer = rest;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    answer = 'refused';
  }
  const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
  return { answer, after: Item ? [Item] : [] };
}
