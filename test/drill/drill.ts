import { parseArgs } from 'node:util';
import { messageOf } from '../../functions/core/errors.ts';
import { groups, stoodStill } from './drills.ts';
import { sumOf, tableOf } from './report.ts';
import { allIsOver, type Outcome, quietTime, type Running, runGroup } from './run.ts';
import { startWorld } from './world.ts';

/** For each kind of alarm: the fault goes in, the alarm rings, the fault goes, it is silent; and a quiet hour fires none. */
const { values } = parseArgs({
  options: { speed: { type: 'string', default: '120' }, quiet: { type: 'string', default: '60' } },
});
const speed = Number(values.speed);
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const tell = (line: string): void => say(`  ${line}`);
let failed = false;
const complain = (problems: readonly string[]): void => {
  for (const problem of problems) say(`  FAILED  ${problem}`);
  if (problems.length > 0) failed = true;
};

async function main(): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  say(`an alarm's minute takes ${60 / speed} s`);
  say('a pipeline that stood still …');
  const old = await startWorld({ speed, letter: stoodStill.letter });
  const [after] = (await runGroup(old, { name: '', drills: [stoodStill] }, { say: tell })).running;
  if (after) outcomes.push(await after.outcome);
  await old.stop();

  const world = await startWorld({ speed });
  const running: Running[] = [];
  try {
    say(`a quiet time of ${values.quiet} minutes …`);
    complain(await quietTime(world, Number(values.quiet)));
    for (const group of groups) {
      say(`${group.name} …`);
      const run = await runGroup(world, group, { before: running, say: tell });
      complain(run.problems);
      running.push(...run.running);
    }
    outcomes.push(...(await Promise.all(running.map(({ outcome }) => outcome))));
    complain(await allIsOver(world));
    const { count, reasons } = world.runtime.watch.invalid();
    if (count > 0) complain([`${count} lines of metrics were none: ${reasons.at(-1)}`]);
    return outcomes;
  } finally {
    await world.stop();
  }
}

try {
  const outcomes = await main();
  say(`\n${tableOf(outcomes)}\n\n${sumOf(outcomes)}`);
  for (const { problems } of outcomes) complain(problems);
} catch (error) {
  complain([messageOf(error)]);
}
say(failed ? 'the drill failed' : 'every alarm rang and was silent again');
process.exitCode = failed ? 1 : 0;
