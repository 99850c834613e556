import { type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import { unfinishedIndex, unfinishedShard, unfinishedShards } from '../../functions/core/names.ts';

/** A place in the list of what failed or died: newest first, and of one instant by the record's key. */
export interface Place {
  readonly failedAt: string;
  readonly id: string;
  /** The record's sort key: consumer, run and item. */
  readonly consumer: string;
}

export interface PlacesOptions {
  readonly table: string;
  readonly consumer: string;
  /** Only what comes after this in the list, which is what failed before. */
  readonly before: Place | undefined;
  /** How many are wanted, so that the pages are about as large. */
  readonly wanted: number;
}

/** What failed or died of a consumer, by the index, newest first. Reads on only as it is asked to. */
export async function* placesOf(client: DynamoDBClient, options: PlacesOptions): AsyncGenerator<Place, undefined> {
  const shards = Array.from({ length: unfinishedShards }, (_, number) =>
    placesInShard(client, unfinishedShard(options.consumer, number), options),
  );
  const heads = await Promise.all(shards.map(async (shard) => ({ shard, next: await shard.next() })));
  for (;;) {
    const open = heads.flatMap((head) => (head.next.done ? [] : [{ head, place: head.next.value }]));
    const [first] = open.sort((a, b) => order(a.place, b.place));
    if (!first) return;
    yield first.place;
    first.head.next = await first.head.shard.next();
  }
}

async function* placesInShard(
  client: DynamoDBClient,
  shard: string,
  { table, before, wanted }: PlacesOptions,
): AsyncGenerator<Place, undefined> {
  const pages = paginateQuery(
    { client, pageSize: Math.ceil(wanted / unfinishedShards) + 1 },
    {
      TableName: table,
      IndexName: unfinishedIndex,
      ScanIndexForward: false,
      KeyConditionExpression: before ? '#shard = :shard AND #failedAt <= :before' : '#shard = :shard',
      ExpressionAttributeNames: { '#shard': 'shard', ...(before && { '#failedAt': 'failedAt' }) },
      ExpressionAttributeValues: { ':shard': { S: shard }, ...(before && { ':before': { S: before.failedAt } }) },
    },
  );
  // DynamoDB does not say in which order those of one instant come: they wait until all of them are there.
  let tied: Place[] = [];
  for await (const { Items = [] } of pages) {
    for (const { failedAt, id, consumer } of Items) {
      const place = { failedAt: failedAt?.S ?? '', id: id?.S ?? '', consumer: consumer?.S ?? '' };
      if (before && order(place, before) <= 0) continue;
      if (tied[0] && tied[0].failedAt !== place.failedAt) {
        yield* tied.sort(order);
        tied = [];
      }
      tied.push(place);
    }
  }
  yield* tied.sort(order);
}

function order(a: Place, b: Place): number {
  return byText(b.failedAt, a.failedAt) || byText(a.id, b.id) || byText(a.consumer, b.consumer);
}

/** Orders texts as DynamoDB does. */
export function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A place as a text that can be handed around. */
export function cursorOf({ failedAt, id, consumer }: Place): string {
  return `${failedAt}/${id}/${consumer}`;
}

/**
 * The place that a cursor means; a date alone means the place before everything that failed at that instant or later.
 *
 * @throws Error where it is neither
 */
export function placeOf(cursor: string): Place {
  const [date = '', id = '\uffff', ...consumer] = cursor.split('/');
  const time = /^\d{4}-\d\d-\d\d/.test(date) ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new Error(
      `before must be a cursor of this list or a date such as 2026-11-21T12:00Z, got ${cursor || 'nothing'}`,
    );
  }
  return { failedAt: new Date(time).toISOString(), id, consumer: consumer.join('/') };
}
