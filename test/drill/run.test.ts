import { describe, expect, test } from 'vitest';
import type { Change, Notice } from '../../infra/local/watch/alarms.ts';
import type { Drill } from './drills.ts';
import { allIsOver, quietTime, runGroup } from './run.ts';
import type { World } from './world.ts';

const say = () => undefined;
const full = (name: string) => `nerite-dev-${name}`;

/** A world that tells what a test says, as soon as a fault goes in; what `reaches` is asked for is so. */
function aWorld(told: readonly Partial<Notice>[] = [], rang: readonly string[] = []) {
  const notices: Partial<Notice>[] = [];
  const changes: Partial<Change>[] = [];
  const happen = () => {
    notices.push(...told);
    changes.push(...rang.map((name) => ({ name: full(name), to: 'ALARM' as const, reason: 'by the test' })));
  };
  const list = () => rang.map((name) => ({ name: full(name), kind: 'metric', state: 'OK' }));
  const alarms = { list, notices: () => [...notices], changes: () => [...changes] };
  const world = { runtime: { watch: { alarms } }, minutes: () => 1, pass: async () => {}, reaches: async () => {} };
  return { world: world as unknown as World, happen };
}

function aDrill(happen: () => void, difference: Partial<Drill> = {}): Drill {
  return {
    kinds: ['backlog'],
    fault: 'by the test',
    fires: ['orders backlog'],
    notices: ['orders late'],
    inject: async () => {
      happen();
      return () => undefined;
    },
    ...difference,
  };
}

const notice = (name: string, to: Notice['to'] = 'ALARM', suppressed = false) => ({ name: full(name), to, suppressed });

async function problemsOf(told: readonly Partial<Notice>[], rang: readonly string[], difference: Partial<Drill> = {}) {
  const { world, happen } = aWorld(told, rang);
  const { problems, running } = await runGroup(world, { name: '', drills: [aDrill(happen, difference)] }, { say });
  const [outcome] = await Promise.all(running.map((each) => each.outcome));
  return { problems, outcome };
}

describe('a drill', () => {
  test('is content where its alarms ring and its notice comes once', async () => {
    const { problems, outcome } = await problemsOf([notice('orders late')], ['orders backlog']);
    expect([problems, outcome?.problems]).toEqual([[], []]);
    expect(outcome?.rang).toEqual([{ alarm: 'orders backlog', firedAfter: 0, clearedAfter: 0 }]);
  });

  test('complains of an alarm that does not ring, and puts everything right all the same', async () => {
    const { world } = aWorld();
    let cleared = false;
    const silent = { ...world, reaches: () => Promise.reject(new Error('it does not ring')) };
    const inject = async () => () => {
      cleared = true;
    };
    const { running } = await runGroup(silent, { name: '', drills: [aDrill(say, { inject })] }, { say });
    expect((await running[0]?.outcome)?.problems).toEqual(['it does not ring']);
    expect(cleared).toBe(true);
  });

  test('complains of a notice that comes twice, and of one that another was to give', async () => {
    const told = [notice('orders late'), notice('orders late'), notice('orders failing')];
    const { problems } = await problemsOf(told, ['orders backlog']);
    expect(problems).toEqual([
      'orders late gave notice 2 times',
      'orders failing gave notice, which another was to give',
    ]);
  });

  test('wants a follower to hold its notice back', async () => {
    const told = [notice('orders late'), notice('orders failing', 'ALARM', true)];
    const { problems, outcome } = await problemsOf(told, ['orders backlog'], { held: ['orders failing'] });
    expect([problems, outcome?.problems]).toEqual([[], []]);
  });

  test('complains of an alarm that rings and has nothing to do with it', async () => {
    const rang = ['orders backlog', 'billing backlog', 'orders age'];
    const { problems } = await problemsOf([notice('orders late')], rang, { follows: ['orders age'] });
    expect(problems).toEqual(['billing backlog rang, which has nothing to do with it']);
  });
});

test('a quiet time in which an alarm rings is none', async () => {
  const { world, happen } = aWorld([], ['orders backlog']);
  const noisy = { ...world, pass: async (minutes: number) => (minutes === 60 ? happen() : undefined) };
  expect(await quietTime(noisy, 60)).toEqual(['orders backlog was ALARM while nothing was wrong: by the test']);
  expect(await quietTime(world, 60)).toEqual([]);
});

test('whoever was told that something began is told that it is over', async () => {
  const { world, happen } = aWorld([
    notice('a late'),
    notice('a late', 'OK'),
    notice('b late'),
    notice('c late', 'OK', true),
  ]);
  happen();
  expect(await allIsOver(world)).toEqual(['nobody was told that b late is over']);
});
