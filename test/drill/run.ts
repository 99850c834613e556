import { messageOf } from '../../functions/core/errors.ts';
import { eventually } from '../support/eventually.ts';
import type { Drill, Group } from './drills.ts';
import { shortName, type World } from './world.ts';

/** What an alarm did in a drill; minutes are the watch's. */
export interface Rang {
  readonly alarm: string;
  /** Minutes from the fault until it rang. */
  readonly firedAfter: number;
  /** Minutes from the beginning of the fault's end until it was silent. */
  readonly clearedAfter: number;
}

/** What came of a drill. */
export interface Outcome {
  readonly drill: Drill;
  readonly rang: readonly Rang[];
  readonly problems: readonly string[];
}

/** A drill whose outcome is on its way. */
export interface Running {
  readonly drill: Drill;
  readonly outcome: Promise<Outcome>;
}

/** A group that is over, but for what needs hours. */
export interface GroupRun {
  readonly running: readonly Running[];
  /** What was wrong with all of it together. */
  readonly problems: readonly string[];
}

export interface GroupOptions {
  /** Drills that are still under way. @default none */
  readonly before?: readonly Running[];
  /** Told of what happens, line by line. */
  readonly say: (line: string) => void;
}

/** A follower waits a minute for its cause, and is spared for five after it: after these nothing is held back. In minutes. */
const sparedMinutes = 7;

/** Longer than it takes on a machine that has other things to do, in milliseconds. */
const patienceMs = 180_000;

/**
 * Does a group's drills at the same time, and waits until nothing rings any more, but for what needs hours.
 *
 */
export async function runGroup(world: World, { drills }: Group, { before = [], say }: GroupOptions): Promise<GroupRun> {
  const { alarms } = world.runtime.watch;
  const since = { notices: alarms.notices().length, changes: alarms.changes().length };
  const running = drills.map((drill) => ({ drill, outcome: outcomeOf(world, drill, since.notices, say) }));
  await Promise.all(running.filter(({ drill }) => !drill.slow).map(({ outcome }) => outcome));
  const slow = [...before, ...running].map(({ drill }) => drill).filter((drill) => drill.slow);
  const problems = await calm(world, slow);
  const known = [...new Set([...slow, ...drills])];
  return {
    running,
    problems: [...problems, ...toldBeside(world, known, since.notices), ...rangBeside(world, known, since.changes)],
  };
}

/** Looks on for so long, and answers what rang although nothing was wrong. */
export async function quietTime(world: World, minutes: number): Promise<readonly string[]> {
  const { alarms } = world.runtime.watch;
  const problems = await calm(world, []);
  const since = alarms.changes().length;
  await world.pass(minutes);
  const rang = alarms.changes().slice(since);
  return [
    ...problems,
    ...rang.map(({ name, to, reason }) => `${shortName(name)} was ${to} while nothing was wrong: ${reason}`),
  ];
}

/** Whoever was told that something began must have been told that it is over. */
export async function allIsOver(world: World): Promise<readonly string[]> {
  const { alarms } = world.runtime.watch;
  const problems = await calm(world, []);
  const last = new Map<string, string>();
  for (const { name, to, suppressed } of alarms.notices()) if (!suppressed) last.set(name, to);
  const open = [...last].filter(([, to]) => to !== 'OK');
  return [...problems, ...open.map(([name]) => `nobody was told that ${shortName(name)} is over`)];
}

async function outcomeOf(world: World, drill: Drill, since: number, say: (line: string) => void): Promise<Outcome> {
  const problems: string[] = [];
  const rang: Rang[] = [];
  try {
    const begun = world.minutes();
    const clear = await drill.inject(world);
    let fired: readonly number[] = [];
    let ended = begun;
    try {
      fired = await afterwards(world, drill, 'ALARM', begun, say);
      await told(world, drill, since);
    } finally {
      ended = world.minutes();
      await clear();
    }
    const cleared = await afterwards(world, drill, 'OK', ended, say);
    for (const [n, alarm] of drill.fires.entries()) {
      rang.push({ alarm, firedAfter: fired[n] ?? Number.NaN, clearedAfter: cleared[n] ?? Number.NaN });
    }
  } catch (error) {
    problems.push(messageOf(error));
  }
  return { drill, rang, problems };
}

/** Waits until every alarm of a drill has come to a state; answers how many minutes that took each. */
function afterwards(
  world: World,
  { fires }: Drill,
  state: 'OK' | 'ALARM',
  from: number,
  say: (line: string) => void,
): Promise<readonly number[]> {
  return Promise.all(
    fires.map(async (alarm) => {
      await world.reaches(alarm, state);
      const minutes = world.minutes() - from;
      say(`${alarm} ${state === 'OK' ? 'is silent again' : 'rings'} after ${minutes.toFixed(1)} minutes`);
      return minutes;
    }),
  );
}

/** Waits until those have told who are to, and those have kept silent who would have told otherwise. */
async function told(world: World, { notices, held = [] }: Drill, since: number): Promise<void> {
  const wanted = [
    ...notices.map((name) => ({ name, suppressed: false })),
    ...held.map((name) => ({ name, suppressed: true })),
  ];
  const missing = () => {
    const all = world.runtime.watch.alarms.notices().slice(since);
    return wanted.filter(
      ({ name, suppressed }) =>
        !all.some((each) => each.to === 'ALARM' && shortName(each.name) === name && each.suppressed === suppressed),
    );
  };
  const what = () =>
    missing().map(({ name, suppressed }) => `${name} ${suppressed ? 'holds its notice back' : 'gives notice'}`);
  await eventually(
    () => what().join(', '),
    () => missing().length === 0 || undefined,
    patienceMs,
  );
}

/** Waits until nothing rings and nothing is held back, but for drills that need hours. */
async function calm(world: World, slow: readonly Drill[]): Promise<readonly string[]> {
  const { alarms } = world.runtime.watch;
  const spared = new Set(slow.flatMap(({ fires, notices }) => [...fires, ...notices]));
  const loud = () => alarms.list().filter(({ name, state }) => state !== 'OK' && !spared.has(shortName(name)));
  const what = () =>
    `calm, but for ${loud().map(({ name, state, reason }) => `${shortName(name)} (${state}, ${reason})`)}`;
  try {
    await eventually(what, () => loud().length === 0 || undefined, patienceMs);
    await world.pass(sparedMinutes);
    return [];
  } catch (error) {
    return [messageOf(error)];
  }
}

/** Notices that no drill of a group expects, or that came more than once: one cause gives one notice. */
function toldBeside(world: World, drills: readonly Drill[], since: number): readonly string[] {
  const expected = drills.flatMap(({ notices }) => notices);
  const counts = new Map<string, number>();
  for (const { name, to, suppressed } of world.runtime.watch.alarms.notices().slice(since)) {
    if (to === 'ALARM' && !suppressed) counts.set(shortName(name), (counts.get(shortName(name)) ?? 0) + 1);
  }
  return [...counts].flatMap(([name, count]) => {
    const causes = expected.filter((each) => each === name).length;
    if (causes === 0) return [`${name} gave notice, which another was to give`];
    return count > causes ? [`${name} gave notice ${count} times`] : [];
  });
}

/** Alarms that rang although no drill of a group has to do with them. */
function rangBeside(world: World, drills: readonly Drill[], since: number): readonly string[] {
  const { alarms } = world.runtime.watch;
  const known = new Set(drills.flatMap(({ fires, follows = [] }) => [...fires, ...follows]));
  const metric = new Set(
    alarms
      .list()
      .filter(({ kind }) => kind === 'metric')
      .map(({ name }) => name),
  );
  const rang = alarms
    .changes()
    .slice(since)
    .filter(({ name, to }) => to === 'ALARM' && metric.has(name));
  const names = new Set(rang.map(({ name }) => shortName(name)).filter((name) => !known.has(name)));
  return [...names].map((name) => `${name} rang, which has nothing to do with it`);
}
