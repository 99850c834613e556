import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import { aligned, printable } from './aligned.ts';
import { archiveAccess, archiveClient } from './archive-access.ts';
import { type ArchiveQuery, archiveOptions, usage } from './archive-options.ts';
import { type FoundEvent, QueriedArchive } from './archive-query.ts';
import { tellFrozen } from './archive-restore-report.ts';
import { restore } from './archive-restore-run.ts';

/** Exit codes: not everything could be done, what was asked makes no sense, and something is in Glacier still. */
const exits = { trouble: 1, usage: 2, waiting: 3 };

const headings = ['TIME', 'SOURCE', 'TYPE', 'EVENT', 'TENANT', 'DELIVERY', 'BYTES', 'COPIES'];
/** Rows that are aligned with each other, and held until then. */
const pageRows = 1000;

/** Beside what was asked for, which may be read by another program. */
function note(text: string): void {
  console.error(printable(text));
}

function trouble(text: string): void {
  note(text);
  process.exitCode = exits.trouble;
}

async function printTable(events: AsyncIterable<FoundEvent>, archive: QueriedArchive): Promise<void> {
  let rows: string[][] = [headings];
  let found = false;
  const print = (): void => {
    if (found) for (const line of aligned(rows)) console.log(line);
    rows = [];
  };
  try {
    for await (const { record, message } of events) {
      const { id, source, type } = message.event;
      const bytes = (await archive.sizeOf(message)) ?? '-';
      const { receivedAt, deliveryId, copies } = record;
      rows.push([receivedAt, source, type, id, message.tenant ?? '-', deliveryId, `${bytes}`, `${copies.length}`]);
      found = true;
      if (rows.length >= pageRows) print();
    }
  } finally {
    print();
  }
}

async function printJson(events: AsyncIterable<FoundEvent>): Promise<void> {
  for await (const { record, message } of events) {
    const text = JSON.stringify({ ...message, copies: record.copies, object: record.key });
    // The other control characters JSON escapes itself.
    console.log(text.replace(/[\x7f-\x9f\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`));
  }
}

async function printBody(events: AsyncIterable<FoundEvent>, archive: QueriedArchive): Promise<void> {
  for await (const { message } of events) process.stdout.write(await archive.body(message));
}

/** Counts what goes by. */
function counted(events: AsyncIterable<FoundEvent>) {
  const seen: { count: number; last: string } = { count: 0, last: '' };
  async function* passing(): AsyncGenerator<FoundEvent> {
    for await (const event of events) {
      seen.count += 1;
      seen.last = event.record.receivedAt;
      yield event;
    }
  }
  return { seen, events: passing() };
}

async function query(options: ArchiveQuery): Promise<void> {
  const client = archiveClient(options.endpoint);
  const access = archiveAccess(client, options.bucket);
  const archive = new QueriedArchive(access, trouble);
  const { seen, events } = counted(archive.events(options));
  try {
    if (options.body) await printBody(events, archive);
    else if (options.json) await printJson(events);
    else await printTable(events, archive);
  } finally {
    await tellFrozen(access, options, trouble, (line) => console.error(line));
    client.destroy();
    tellRest(archive);
  }
  const range = `from ${new Date(options.from).toISOString()} to ${new Date(options.to).toISOString()}`;
  if (seen.count === 0) {
    if (options.body) trouble(`event ${options.id} must be in the archive ${range}, got none`);
    else note(`the archive shows nothing that was asked for ${range}`);
  }
  if (options.id === undefined && seen.count === options.limit) {
    note(`there may be more: --from ${seen.last} goes on with the last one`);
  }
}

function tellRest({ leftOut }: QueriedArchive): void {
  const { repeated, emptied } = leftOut;
  if (emptied.length > 0) {
    trouble(
      `hours whose records have expired or were deleted: ${emptied.length}, from ${emptied[0]} to ${emptied.at(-1)}`,
    );
  }
  if (repeated > 0) note(`left out because an earlier hour has shown their events: ${repeated}`);
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read what is printed has gone.
  if (error.code === 'EPIPE') process.exit(0);
  console.error(`output must be written whole: ${messageOf(error)}`);
  process.exit(exits.trouble);
});
try {
  const options = archiveOptions(process.argv.slice(2), Date.now());
  if (options.command === 'help') console.log(usage);
  else if (options.command === 'query') await query(options);
  else if (!(await restore(options, { trouble, note }))) process.exitCode ??= exits.waiting;
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = error instanceof ConfigurationError ? exits.usage : exits.trouble;
}
