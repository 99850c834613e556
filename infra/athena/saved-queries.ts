import { deliveriesTable, eventsView, viewColumns } from './events-view.ts';

/** A question that is asked again and again; each `?` of its SQL takes a parameter, texts in single quotes. */
export interface SavedQuery {
  readonly name: string;
  /** What it answers. */
  readonly description: string;
  /** What its question marks stand for, in their order. */
  readonly parameters: readonly string[];
  readonly sql: string;
}

const day = { sql: 'year = ? AND month = ? AND day = ?', parameters: ['year', 'month', 'day'] };

/** The usual questions. Each names its days: without them, a query would read years. */
export function savedQueries({ database, bucket }: { readonly database: string; readonly bucket: string }) {
  const events = `${database}.${eventsView}`;
  const deliveries = `${database}.${deliveriesTable}`;
  const queries: readonly SavedQuery[] = [
    {
      name: 'an event by its id',
      description: 'The record of an event, on each day of a month on which it was delivered.',
      parameters: ["source, such as 'github'", 'year', 'month', 'event id'],
      sql: `SELECT * FROM ${events}\nWHERE source = ? AND year = ? AND month = ? AND id = ?\nORDER BY receivedat`,
    },
    {
      name: 'events of a tenant on a day',
      description: 'Every event of one account, shop or customer, each once.',
      parameters: ['source', ...day.parameters, 'tenant'],
      sql: `SELECT * FROM ${events}\nWHERE source = ? AND ${day.sql} AND tenant = ?\nORDER BY receivedat`,
    },
    {
      name: 'events of several days, each once',
      description:
        'Every event of a source from a day of a month up to another, also those delivered on more than one.',
      parameters: ['source', 'year', 'month', 'first day', 'last day'],
      sql: `SELECT ${Object.keys(viewColumns).join(', ')}
FROM (
  SELECT *, row_number() OVER (PARTITION BY id ORDER BY receivedat, deliveryid) AS earliest
  FROM ${events}
  WHERE source = ? AND year = ? AND month = ? AND day BETWEEN ? AND ?
)
WHERE earliest = 1
ORDER BY receivedat`,
    },
    {
      name: 'events by source, type and hour',
      description: 'How many events of each type came in each hour of a day, and in how many deliveries.',
      parameters: day.parameters,
      sql: `SELECT source, type, hour, count(*) AS events, sum(1 + cardinality(copies)) AS deliveries
FROM ${events}
WHERE ${day.sql}
GROUP BY source, type, hour
ORDER BY source, type, hour`,
    },
    {
      name: 'events that came more than once',
      description: 'Events of a day with several deliveries, those with most first: when each came, and by which id.',
      parameters: day.parameters,
      sql: `SELECT source, id, type, tenant, 1 + cardinality(copies) AS deliveries, receivedat, deliveryid, copies
FROM ${events}
WHERE ${day.sql} AND cardinality(copies) > 0
ORDER BY deliveries DESC, receivedat`,
    },
    {
      name: 'events whose bodies are objects of their own',
      description: 'Bodies that are too large for a record, and where in S3 they are.',
      parameters: day.parameters,
      sql: `SELECT source, id, type, tenant, receivedat, 's3://${bucket}/' || dataref AS body
FROM ${events}
WHERE ${day.sql} AND dataref IS NOT NULL
ORDER BY receivedat`,
    },
    {
      name: 'objects with lines that are no records',
      description: 'Objects of a day that hold something else than records, and how many lines of it.',
      parameters: day.parameters,
      sql: `SELECT "$path" AS object, count(*) AS lines
FROM ${deliveries}
WHERE ${day.sql} AND (event.id IS NULL OR receivedat IS NULL OR deliveryid IS NULL)
GROUP BY "$path"
ORDER BY lines DESC`,
    },
  ];
  return queries;
}
