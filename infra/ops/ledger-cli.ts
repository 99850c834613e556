import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import { aligned } from './aligned.ts';
import type { EventRecord } from './event-record.ts';
import { recordsOfEvent, unfinishedOf } from './ledger.ts';
import { type LedgerOptions, ledgerOptions, usage } from './ledger-options.ts';

/** Exit codes: what was asked could not be found out or is not there, and what was asked makes no sense. */
const exits = { trouble: 1, usage: 2 };

/** A column's heading, and what stands in it. */
type Column = readonly [heading: string, cell: (record: EventRecord) => string | number | undefined];

const columns: readonly Column[] = [
  ['CONSUMER', ({ consumer }) => consumer],
  ['RUN', ({ run }) => run],
  ['ITEM', ({ item }) => item],
  ['STATUS', ({ status }) => status],
  ['ATTEMPTS', ({ attempts }) => attempts],
  ['GEN', ({ gen }) => gen],
  ['UPDATED', ({ updatedAt }) => updatedAt],
  ['NOT BEFORE', ({ notBefore }) => notBefore],
  // Of an erased event nobody knows any more what it was.
  ['TYPE', ({ source, type }) => [source, type].join(' ').trim() || undefined],
  ['REASON', ({ reason, supersededBy }) => (supersededBy ? `superseded by ${supersededBy}` : reason)],
];

function print(
  records: readonly EventRecord[],
  { json, columns }: { json: boolean; columns: readonly Column[] },
): void {
  if (json) for (const record of records) console.log(JSON.stringify(record));
  else if (records.length > 0) {
    const rows = records.map((record) => columns.map(([, cell]) => String(cell(record) ?? '-')));
    for (const line of aligned([columns.map(([heading]) => heading), ...rows])) console.log(line);
  }
}

async function answer(options: Exclude<LedgerOptions, { command: 'help' }>, client: DynamoDBClient): Promise<void> {
  const { table, json } = options;
  if (options.command === 'event') {
    const records = await recordsOfEvent(client, table, options.eventId);
    if (records.length === 0) throw new Error(`no consumer has a record of event ${options.eventId} in ${table}`);
    print(records, { json, columns });
    return;
  }
  const { records, next } = await unfinishedOf(client, table, options.consumer, options);
  print(records, {
    json,
    columns: [['FAILED', ({ failedAt }) => failedAt], ['EVENT', ({ eventId }) => eventId], ...columns],
  });
  // Beside the list, which may be read by another program.
  if (records.length === 0) console.error(`nothing of ${options.consumer} has failed that is not done with`);
  if (next !== undefined) console.error(`more: --before ${next}`);
}

async function main(): Promise<void> {
  const options = ledgerOptions(process.argv.slice(2));
  if (options.command === 'help') {
    console.log(usage);
    return;
  }
  const client = new DynamoDBClient({});
  try {
    await answer(options, client);
  } finally {
    client.destroy();
  }
}

// Whoever read what is printed has gone.
process.stdout.on('error', () => process.exit(0));
try {
  await main();
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = error instanceof ConfigurationError ? exits.usage : exits.trouble;
}
