import { afterAll, beforeAll, expect, test } from 'vitest';
import { groups } from '../drill/drills.ts';
import { allIsOver, quietTime, type Running, runGroup } from '../drill/run.ts';
import { startWorld, type World } from '../drill/world.ts';

/** An alarm's minute is three quarters of a second: quick, and yet no hiccup of a busy machine is minutes of silence. */
const speed = 80;
const say = () => undefined;
/** Every one is in `npm run drill`, which takes longer and wants a machine for itself. */
const some = groups.filter(({ name }) => name === 'platform');

let world: World;
beforeAll(async () => {
  world = await startWorld({ speed });
}, 120_000);
afterAll(() => world?.stop());

test('alarms ring while something is wrong, and only then, with one notice for one cause', async () => {
  expect(await quietTime(world, 15)).toEqual([]);
  const running: Running[] = [];
  for (const group of some) {
    const run = await runGroup(world, group, { say });
    expect(run.problems).toEqual([]);
    running.push(...run.running);
  }
  expect(running.length).toBeGreaterThan(1);
  for (const { outcome } of running) expect((await outcome).problems).toEqual([]);
  expect(await allIsOver(world)).toEqual([]);
  expect(world.runtime.watch.invalid()).toEqual({ count: 0, reasons: [] });
}, 600_000);
