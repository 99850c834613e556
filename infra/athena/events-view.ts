import { athenaType, type Columns } from './column-type.ts';
import { copyType, partitionColumns, recordColumns } from './record-columns.ts';

/** Every record of every object: while an hour is compacted, the same delivery stands in several. */
export const deliveriesTable = 'deliveries';

/** Each event of a day once. */
export const eventsView = 'events';

/** What the view shows: what a record holds, and before it what is asked for most. */
export const viewColumns: Columns = { id: 'string', type: 'string', ...recordColumns, ...partitionColumns };

const aCopy = `CAST(ROW(receivedat, deliveryid) AS ${athenaType(copyType)})`;
const noCopies = `CAST(ARRAY[] AS ${athenaType({ array: copyType })})`;

/**
 * Each event once: the earliest record of it, and with it all its further deliveries. What lies below the prefix is
 * enough for that, whichever objects the manifests list: a merged object that counts not yet, or no more, repeats what
 * others hold.
 *
 * Only of what the windows are partitioned by do conditions reach the scan: source, year, month, day and id. So a day is
 * read for a day's events, and an event that was delivered on two days stands in both.
 */
export function eventsSql(database: string): string {
  const shown = Object.keys(viewColumns).map((name) => (name === 'copies' ? `${copies} AS copies` : name));
  return `SELECT ${shown.join(', ')}
FROM (
  SELECT *,
    row_number() OVER (PARTITION BY source, year, month, day, id ORDER BY receivedat, deliveryid) AS place,
    array_agg(concat(coalesce(copies, ${noCopies}), ARRAY[${aCopy}])) OVER (PARTITION BY source, year, month, day, id) AS told
  FROM (
    SELECT *, event.id AS id, event.type AS type
    FROM ${database}.${deliveriesTable}
    WHERE event.id IS NOT NULL AND receivedat IS NOT NULL AND deliveryid IS NOT NULL
  )
)
WHERE place = 1`;
}

const copies = `array_sort(array_except(flatten(told), ARRAY[${aCopy}]))`;

/**
 * The view's text as Athena keeps it in Glue, so that it is there as soon as the table is.
 *
 * Source: https://github.com/trinodb/trino/blob/master/plugin/trino-hive/src/main/java/io/trino/plugin/hive/ViewReaderUtil.java
 */
export function prestoView(database: string): string {
  const columns = Object.entries(viewColumns).map(([name, type]) => ({ name, type: athenaType(type) }));
  const view = { originalSql: eventsSql(database), catalog: 'awsdatacatalog', schema: database, columns };
  return `/* Presto View: ${Buffer.from(JSON.stringify(view)).toString('base64')} */`;
}
