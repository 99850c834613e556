import { messageOf } from '../../functions/core/errors.ts';
import { archiveAccess, archiveClient } from './archive-access.ts';
import { coldObjectsIn } from './archive-cold.ts';
import type { ArchiveRestore } from './archive-options.ts';
import { RestoreTally, restorerOf, survey } from './archive-restore.ts';
import { costLines, restoreCommand, stateLines, tieredLine } from './archive-restore-report.ts';
import { restores, type Tier } from './archive-restore-tiers.ts';

/** Between two lines that tell how far it has come. In milliseconds. */
const tellEveryMs = 5_000;

/** Told beside what was asked for. */
export interface Tellers {
  readonly trouble: (text: string) => void;
  readonly note: (text: string) => void;
}

/**
 * Shows what of a range is in Glacier and what restoring it costs, or asks for it.
 *
 * @returns whether everything of the range can be read
 * @throws AccessError, Error saying how far it came
 */
export async function restore(options: ArchiveRestore, { trouble, note }: Tellers): Promise<boolean> {
  const { sources, from, to, bucket, endpoint, tier, days, go } = options;
  const client = archiveClient(endpoint);
  const access = archiveAccess(client, bucket);
  const tally = new RestoreTally();
  const objects = coldObjectsIn(access, { sources, from, to, tell: trouble });
  const restoring = { tier, days, restorer: restorerOf(client, bucket) };
  const telling = setInterval(() => note(`objects so far: ${tally.all}`), tellEveryMs);
  try {
    await survey({ objects, access, tell: trouble, tally, ...(go && { restoring }) });
  } catch (error) {
    const asked = tally.count('asked').objects;
    if (asked === 0) throw error;
    throw new Error(`${messageOf(error)}\nasked for: ${asked}; the same command goes on`, { cause: error });
  } finally {
    clearInterval(telling);
    client.destroy();
  }
  const tiered = tieredLine(tally);
  if (tiered !== undefined) trouble(tiered);
  const range = `from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`;
  if (tally.all === 0) {
    note(`the archive has nothing in Glacier ${range}`);
    return true;
  }
  for (const line of stateLines(tally)) console.log(line);
  const [frozen, asked, underWay] = (['frozen', 'asked', 'under way'] as const).map(
    (state) => tally.count(state).objects,
  );
  if (asked) for (const line of costLines(tally, 'asked', days, [tier])) console.log(line);
  else if (frozen) for (const line of costLines(tally, 'frozen', days)) console.log(line);
  if (tally.until !== undefined) note(`the first copy goes at ${new Date(tally.until).toISOString()}`);
  if (tally.count('frozen', 'bodies').objects + tally.count('asked', 'bodies').objects > 0) {
    note('bodies are counted and restored by whole days: a few more than the range needs');
  }
  const command = restoreCommand(options, { tier, days });
  if (frozen && !go) note(`nothing was asked for: ${command} --go asks for it, by ${tier}`);
  else if (frozen) trouble(`not restored: ${frozen}${withoutText(tally, tier)}`);
  else if (asked || underWay) note(`how far it is: ${command}`);
  return !frozen && !asked && !underWay;
}

function withoutText(tally: RestoreTally, tier: Tier): string {
  const { objects } = tally.count('frozen', undefined, 'DEEP_ARCHIVE');
  if (objects === 0 || restores(tier, 'DEEP_ARCHIVE')) return '';
  return `; of them in Deep Archive, out of which ${tier} restores nothing: ${objects}`;
}
