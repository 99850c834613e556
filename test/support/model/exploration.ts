import { digestOf } from './digest.ts';
import { troublesIn, Violation } from './invariants.ts';
import { none } from './scope.ts';
import { stepsFrom } from './steps.ts';
import { recordIn, redriven, type World } from './world.ts';

/** What an exploration has seen. */
export interface Explored {
  /** Worlds that differ in what can become of them. */
  readonly states: number;
  /** Steps that were taken, each by the real code. */
  readonly steps: number;
  /** Ways from the beginning to an end, each a different order of steps. */
  readonly interleavings: number;
  readonly seconds: number;
  /** Every state that the record was in. */
  readonly statuses: readonly string[];
}

interface Visited {
  readonly from: number;
  readonly step: string;
  readonly next: number[];
}

/**
 * Goes through every order in which the steps of a world can happen, until nothing can happen that leads to a world
 * not seen before. In each, whatever must always hold is checked; and that one worker alone, were all others to stop
 * there and then, would bring the event to its end.
 *
 * @throws Violation with the shortest way that leads to it
 */
export async function explore(beginning: World): Promise<Explored> {
  try {
    return await search(beginning, 'depth first');
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    // Breadth first needs more memory, and finds the shortest way.
    await search(beginning, 'breadth first');
    throw error;
  }
}

async function search(beginning: World, order: 'depth first' | 'breadth first'): Promise<Explored> {
  const started = performance.now();
  const visited: Visited[] = [{ from: -1, step: '', next: [] }];
  const numbers = new Map([[digestOf(beginning), 0]]);
  const finished = new Set<string>();
  const statuses = new Set<string>();
  const open = [{ number: 0, world: beginning }];
  let steps = 0;
  for (;;) {
    const here = order === 'depth first' ? open.pop() : open.shift();
    if (!here) break;
    const { number, world } = here;
    statuses.add(recordIn(world)?.status ?? 'none');
    let name = 'everybody stops';
    try {
      await checkEnd(world, finished);
      for (const step of stepsFrom(world)) {
        name = step.name;
        const next = await step.take();
        steps += 1;
        const digest = digestOf(next);
        let to = numbers.get(digest);
        if (to === undefined) {
          to = visited.push({ from: number, step: name, next: [] }) - 1;
          numbers.set(digest, to);
          open.push({ number: to, world: next });
        }
        visited[number]?.next.push(to);
      }
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      throw new Violation([error.message, ...wayTo(visited, number), name].join('\n  '));
    }
  }
  return {
    states: visited.length,
    steps,
    interleavings: interleavingsIn(visited),
    seconds: (performance.now() - started) / 1000,
    statuses: [...statuses].sort(),
  };
}

function wayTo(visited: readonly Visited[], number: number): string[] {
  const way: string[] = [];
  for (let at = visited[number]; at?.step; at = visited[at.from]) way.unshift(at.step);
  return way;
}

/**
 * Has a new worker do everything that is left, after all others stopped; then redrives what is in the dead-letter queue.
 *
 * @param finished worlds of which it is known that they come to their end
 * @throws Violation where the event is lost, or never comes to an end
 */
async function checkEnd(world: World, finished: Set<string>): Promise<void> {
  const { paced = 0 } = world.scope.mishaps;
  // What did befall the event stays known: those that stopped have crashed.
  const crash = troublesIn(world) + world.workers.length;
  const scope = { ...world.scope, clocksAheadMs: [0], batch: 1, mishaps: { paced, crash } };
  const left = await workedOff({ ...world, scope, left: none, workers: [] }, 'left', finished);
  if (!left) return;
  const status = statusIn(left);
  if (!isDone(left) && left.letters.length === 0) throw new Violation(`lost: ${status}, and nothing in any queue`);
  if (status === 'dying') throw new Violation('left dying');
  const outlived = (recordIn(left)?.expiresAt ?? Number.POSITIVE_INFINITY) <= left.now;
  if (outlived && world.queue.length > 0) throw new Violation('acknowledged by a record that had outlived itself');
  const last = await workedOff(left.letters.reduce(redriven, left), 'redriven', finished);
  if (last && !isDone(last)) throw new Violation(`a redrive did not complete it, but left it ${statusIn(last)}`);
}

// What was completed and then outlived its record is done with, too.
const statusIn = (world: World): string => recordIn(world)?.status ?? world.removed ?? 'none';
const isDone = (world: World): boolean => ['completed', 'superseded', 'erased'].includes(statusIn(world));

/** What becomes of a world by the first step that can be taken each time, unless it is known to come to its end. */
function workedOff(world: World, phase: string, finished: Set<string>): Promise<World | undefined> {
  return firstSteps(world, [], (here) => {
    if (here.workers.length > 0) return false;
    const digest = `${phase} ${troublesIn(here)} ${digestOf(here)}`;
    if (finished.has(digest)) return true;
    finished.add(digest);
    return false;
  });
}

/**
 * What becomes of a world by the first step that can be taken each time, or by a better one where it is offered.
 *
 * @throws Violation where there is no end to it
 */
export async function play(beginning: World, better: readonly string[]): Promise<World> {
  return (await firstSteps(beginning, better, () => false)) as World;
}

async function firstSteps(
  beginning: World,
  better: readonly string[],
  isKnown: (world: World) => boolean,
): Promise<World | undefined> {
  let world = beginning;
  for (let round = 0; round < 200; round++) {
    if (isKnown(world)) return undefined;
    const steps = stepsFrom(world);
    const step = steps.find(({ name }) => better.some((wanted) => name.includes(wanted))) ?? steps[0];
    if (!step) return world;
    world = await step.take();
  }
  throw new Violation('one worker alone does not come to an end');
}

/** Ways through what was visited; a way back to where one has been is not gone twice. */
function interleavingsIn(visited: readonly Visited[]): number {
  const ways = new Map<number, number>();
  const under = new Set<number>();
  const open = [0];
  while (open.length > 0) {
    const at = open.at(-1) as number;
    const next = visited[at]?.next ?? [];
    under.add(at);
    const unknown = next.find((to) => !ways.has(to) && !under.has(to));
    if (unknown !== undefined) {
      open.push(unknown);
      continue;
    }
    open.pop();
    under.delete(at);
    ways.set(at, next.length === 0 ? 1 : next.reduce((sum, to) => sum + (ways.get(to) ?? 0), 0));
  }
  return ways.get(0) ?? 0;
}
