import { type DynamoDBClient, GetItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import { type EventRecord, eventRecordOf } from './event-record.ts';
import { byText, cursorOf, type Place, placeOf, placesOf } from './unfinished.ts';

/** What became of an event: its record for each consumer, run and item, in this order. */
export async function recordsOfEvent(client: DynamoDBClient, table: string, eventId: string): Promise<EventRecord[]> {
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: '#id = :id',
      ExpressionAttributeNames: { '#id': 'id' },
      ExpressionAttributeValues: { ':id': { S: eventId } },
    },
  );
  const records: EventRecord[] = [];
  for await (const { Items = [] } of pages) records.push(...Items.map(eventRecordOf));
  // DynamoDB sorts the tenth item before the second.
  return records.sort((a, b) => byText(a.consumer, b.consumer) || a.run - b.run || (a.item ?? -1) - (b.item ?? -1));
}

/** A part of the list of what failed or died. */
export interface UnfinishedPage {
  readonly records: readonly EventRecord[];
  /** Where to go on, or `undefined` at the end of the list. */
  readonly next: string | undefined;
}

/** Records that are read at once. */
const readAtOnce = 25;

/**
 * What failed or died of a consumer and is not done with, newest first. What happens meanwhile may or may not show:
 * an event that fails again moves to the top, where a new list begins.
 *
 * @param limit at most so many, at least 1
 * @param before the `next` of an earlier page, or a date
 */
export async function unfinishedOf(
  client: DynamoDBClient,
  table: string,
  consumer: string,
  { limit, before }: { readonly limit: number; readonly before?: string | undefined },
): Promise<UnfinishedPage> {
  const options = { table, consumer, before: before === undefined ? undefined : placeOf(before), wanted: limit };
  const places = placesOf(client, options);
  const records: EventRecord[] = [];
  for (;;) {
    const some = await taken(places, Math.min(readAtOnce, limit - records.length));
    const items = await Promise.all(some.map(({ id, consumer: sort }) => itemOf(client, table, id, sort)));
    // The index lags: what has been completed meanwhile is no failure any more.
    records.push(...items.flatMap((item) => (item?.failedAt ? [eventRecordOf(item)] : [])));
    const last = some.at(-1);
    if (!last) return { records, next: undefined };
    if (records.length < limit) continue;
    const { done } = await places.next();
    return { records, next: done ? undefined : cursorOf(last) };
  }
}

async function taken(places: AsyncGenerator<Place, undefined>, count: number): Promise<Place[]> {
  const some: Place[] = [];
  while (some.length < count) {
    const { value } = await places.next();
    if (!value) break;
    some.push(value);
  }
  return some;
}

async function itemOf(client: DynamoDBClient, table: string, id: string, consumer: string) {
  const Key = { id: { S: id }, consumer: { S: consumer } };
  const { Item } = await client.send(new GetItemCommand({ TableName: table, Key }));
  return Item;
}
