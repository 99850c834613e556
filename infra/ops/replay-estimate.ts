import { decisionsOf } from './replay.ts';
import { decideOptions, note, type Prepared, queuesOf } from './replay-prepared.ts';
import { printEstimate, tellEmpty, tellEveryMs, tellQueues, tellRest } from './replay-report.ts';
import { Tally } from './replay-tally.ts';

/** Tells what a replay would come to, and sends nothing. */
export async function estimate(prepared: Prepared): Promise<void> {
  const { options, chosen } = prepared;
  const tally = new Tally(chosen.consumers.map(({ name }) => name));
  await tellQueues(prepared, queuesOf(prepared, ''));
  let at = '';
  const telling = setInterval(() => note(`counted so far: ${tally.events}${at && `, at ${at}`}`), tellEveryMs);
  try {
    for await (const page of decisionsOf(decideOptions(prepared, { run: options.run ?? 1, isDone: () => false }))) {
      for (const decision of page) tally.add(decision);
      at = page.at(-1)?.message.receivedAt ?? at;
    }
  } finally {
    clearInterval(telling);
  }
  printEstimate(prepared, tally);
  await tellRest(prepared, tally);
  if (tally.events === 0) tellEmpty(prepared);
  if (tally.messages > 0) note('nothing was sent: --go sends it');
}
