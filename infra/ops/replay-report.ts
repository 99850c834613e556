import type { Consumer } from '../../functions/core/definition.ts';
import { queueName } from '../../functions/core/names.ts';
import { pricesOf } from '../prices.ts';
import { aligned } from './aligned.ts';
import { tellFrozen } from './archive-restore-report.ts';
import { note, type Prepared } from './replay-prepared.ts';
import type { ReplayQueues } from './replay-queues.ts';
import type { Tally } from './replay-tally.ts';

/** Between two lines that tell how far it has come. In milliseconds. */
export const tellEveryMs = 5_000;

/** What was received a shorter time ago may not be in the archive yet. In milliseconds. */
const archiveLagMs = 15 * 60_000;

/** What a replay would come to. */
export function printEstimate({ options }: Prepared, tally: Tally): void {
  const { rate, only } = options;
  const asked = only !== 'all';
  const cells = (name: string, events: number, messages: number, bytes: number, dollars: number): string[] => {
    return [name, `${events}`, `${messages}`, `${bytes}`, (messages / rate / 60).toFixed(1), dollars.toFixed(4)];
  };
  const rows = [...tally.consumers].map(([name, { events, messages, bytes, dollars }]) =>
    cells(name, events, messages, bytes, dollars),
  );
  const all = cells('in all', tally.events, tally.messages, tally.bytes, tally.dollars(asked));
  print([['CONSUMER', 'EVENTS', 'TO SEND', 'BYTES', 'MINUTES', 'DOLLARS'], ...rows, all]);
  console.log(`minutes at ${rate} a second`);
  const ledger = asked ? ' and, in all, for asking the ledger' : '';
  console.log(`dollars for the sends${ledger}, by list prices of ${pricesOf}; handling them comes on top`);
}

/** What a replay came to; `sent` by consumer. */
export function printSent(tally: Tally, sent: ReadonlyMap<string, number>): void {
  const rows = [...tally.consumers].map(([name, { events }]) => [name, `${events}`, `${sent.get(name) ?? 0}`]);
  const all = [...sent.values()].reduce((sum, count) => sum + count, 0);
  print([['CONSUMER', 'EVENTS', 'SENT'], ...rows, ['in all', `${tally.events}`, `${all}`]]);
}

/**
 * Everybody's queue must be there before the first of them gets anything.
 *
 * @throws QueueError
 */
export async function tellQueues({ options, chosen }: Prepared, queues: ReplayQueues): Promise<void> {
  const counts = await Promise.all(chosen.consumers.map(({ name, fifo }) => queues.holds(queueName(name, fifo))));
  for (const [index, { name }] of chosen.consumers.entries()) {
    const count = counts[index] ?? 0;
    if (count === 0 || options.only !== 'missing') continue;
    note(
      `${name} has ${count} messages in its queue: what of them the ledger does not know is sent too, and runs once`,
    );
  }
}

/** What somebody should know who relies on it. */
export async function tellRest(prepared: Prepared, tally: Tally): Promise<void> {
  await tellGaps(prepared);
  const { options, chosen, targets } = prepared;
  const names = (test: (consumer: Consumer) => boolean): string =>
    chosen.consumers.flatMap((each) => (test(each) ? [each.name] : [])).join(', ');
  if (tally.messages > 0) {
    note('signatures are not archived: these events rely on the verification recorded when they were received');
    if (tally.weak > 0) note(`events among them whose signature did not cover the body: ${tally.weak}`);
    const ordered = names(({ fifo }) => fifo);
    if (ordered !== '') note(`${ordered}: what is sent comes behind what its keys have had since`);
  }
  if (targets.unsorted > 0) {
    note(`events of several types that no longer say which: ${targets.unsorted}; only who takes every type gets them`);
  }
  const coalescing = names(({ coalesce }) => coalesce !== undefined);
  if (options.only === 'all' && coalescing !== '') {
    note(`${coalescing}: what a newer event of its key has overtaken is superseded again, and does not run`);
  }
  if (options.to > Date.now() - archiveLagMs) {
    note('what was received a few minutes ago may not be in the archive yet: a later replay of missing finds it');
  }
}

/** What of the archive could not be read. */
async function tellGaps({ options, places, chosen, access, archive, troubles }: Prepared): Promise<void> {
  const { from, to } = options;
  const { bucket, endpoint } = places;
  const range = { sources: chosen.sources, from, to, bucket, endpoint };
  await tellFrozen(access, range, troubles.tell, (line) => console.error(line));
  const { emptied } = archive.leftOut;
  if (emptied.length > 0) {
    const range = `from ${emptied[0]} to ${emptied.at(-1)}`;
    troubles.tell(`hours whose records have expired or were deleted: ${emptied.length}, ${range}`);
  }
}

/** A range with nothing in it is seldom what was meant. */
export function tellEmpty({ options, troubles }: Prepared): void {
  const range = `from ${new Date(options.from).toISOString()} to ${new Date(options.to).toISOString()}`;
  troubles.tell(`the archive must have an event that was asked for ${range}, got none`);
}

function print(rows: readonly (readonly string[])[]): void {
  for (const line of aligned(rows)) console.log(line);
}
