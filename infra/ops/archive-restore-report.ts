import { messageOf } from '../../functions/core/errors.ts';
import { pricesOf } from '../prices.ts';
import { aligned, printable } from './aligned.ts';
import type { ArchiveAccess } from './archive-access.ts';
import { coldObjectsIn } from './archive-cold.ts';
import type { ArchiveRestore } from './archive-options.ts';
import { type Request, RestoreTally, type State, survey } from './archive-restore.ts';
import { defaultDays, defaultTier, everyTier, type Tier, tierCost } from './archive-restore-tiers.ts';

/** What an operator would restore, and where. */
export type RestoreRange = Pick<ArchiveRestore, 'sources' | 'from' | 'to' | 'bucket' | 'endpoint'>;

/** Where everything cold of a range is on its way back, as lines. */
export function stateLines(tally: RestoreTally): string[] {
  const states: readonly (readonly State[])[] = [['frozen'], ['asked', 'under way'], ['ready']];
  const row = (name: string, kind?: 'records' | 'bodies'): string[] => {
    const counts = states.map((same) => {
      const each = same.map((state) => tally.count(state, kind));
      return [each.reduce((sum, { objects }) => sum + objects, 0), each.reduce((sum, { bytes }) => sum + bytes, 0)];
    });
    return [name, ...counts.flat().map(String)];
  };
  return aligned([
    ['OBJECTS', 'IN GLACIER', 'BYTES', 'UNDER WAY', 'BYTES', 'READY', 'BYTES'],
    row('records', 'records'),
    row('bodies', 'bodies'),
    row('in all'),
  ]);
}

/** What it costs by each of the tiers to restore what is in a state, and how long it takes, as lines. */
export function costLines(tally: RestoreTally, state: 'frozen' | 'asked', days: number, tiers = everyTier): string[] {
  const costs = tiers.map((tier) => tierCost(tier, tally.byClass(state), days));
  const rows = costs.map(({ tier, retrieval, requests, copies, dollars, takes }) => [
    tier,
    ...[retrieval, requests, copies, dollars].map((each) => each.toFixed(4)),
    takes,
  ]);
  const without = costs.flatMap((cost) => (cost.without > 0 ? [withoutLine(cost.tier, cost.without)] : []));
  return [
    ...aligned([['TIER', 'RETRIEVAL', 'REQUESTS', 'COPIES', 'DOLLARS', 'TAKES'], ...rows]),
    `dollars by list prices of ${pricesOf}, copies kept in Standard for ${daysText(days)}; times as AWS gives them`,
    ...without,
  ];
}

function withoutLine(tier: Tier, objects: number): string {
  return `${tier} restores nothing out of Deep Archive; objects that are not in its cost: ${objects}`;
}

/** What nothing here restores; `undefined` where there is none of it. */
export function tieredLine(tally: RestoreTally): string | undefined {
  const { objects } = tally.count('tiered');
  if (objects === 0) return undefined;
  const what = 'objects that Intelligent-Tiering has moved to an archive tier, out of which this restores nothing';
  return printable(`${what}: ${objects}, first ${tally.tiered}`);
}

/** The command that restores a range, or shows how far it is. */
export function restoreCommand({ sources, from, to, bucket, endpoint }: RestoreRange, request?: Request): string {
  const parts = [
    'npm run archive -- restore',
    ...sources.map((source) => `--source ${source}`),
    `--from ${new Date(from).toISOString()} --to ${new Date(to).toISOString()} --bucket ${bucket}`,
    ...(request && request.tier !== defaultTier ? [`--tier ${request.tier}`] : []),
    ...(request && request.days !== defaultDays ? [`--days ${request.days}`] : []),
    ...(endpoint === undefined ? [] : [`--local --aws-port ${new URL(endpoint).port}`]),
  ];
  return printable(parts.join(' '));
}

/**
 * Tells of objects in Glacier that somebody wanted to read, if there were any: how many, what restoring their range costs,
 * how long it takes, and which command asks for it. Lists the range anew.
 *
 * @param tell told of what is trouble
 * @param show told the rest, lines that are safe to print
 */
export async function tellFrozen(
  access: ArchiveAccess,
  range: RestoreRange,
  tell: (trouble: string) => void,
  show: (line: string) => void,
): Promise<void> {
  const [one] = access.frozen;
  if (one === undefined) return;
  const { size } = access.frozen;
  tell(`objects in Glacier, which must be restored before they can be read: ${size} in ${range.bucket}, first ${one}`);
  try {
    for (const line of await rangeLines(access, range, tell)) show(line);
  } catch (error) {
    tell(`what it costs to restore them cannot be told: ${messageOf(error)}`);
  }
}

async function rangeLines(
  access: ArchiveAccess,
  range: RestoreRange,
  tell: (trouble: string) => void,
): Promise<readonly string[]> {
  const tally = new RestoreTally();
  // What cannot be read for other reasons has been told already.
  const objects = coldObjectsIn(access, { ...range, tell: () => undefined });
  await survey({ objects, access, tell, tally });
  const tiered = tieredLine(tally);
  if (tiered !== undefined) tell(tiered);
  const command = restoreCommand(range);
  if (tally.count('frozen').objects === 0) return [...stateLines(tally), `how far they are: ${command}`];
  return [
    ...stateLines(tally),
    ...costLines(tally, 'frozen', defaultDays),
    `to ask for them, by ${defaultTier}: ${command} --go`,
  ];
}

function daysText(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}
