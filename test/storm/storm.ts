import { messageOf } from '../../functions/core/errors.ts';
import { boundsOn } from './bounds.ts';
import { type Figures, figuresOf } from './figures.ts';
import { pace } from './parts.ts';
import { photograph } from './photographer.ts';
import { tablesOf, verdictOf } from './report.ts';
import { storm } from './row.ts';
import { scenario } from './scenario.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const { events, tenants, noisyEvents, quietMs, downstream } = scenario;
const { down } = downstream;
say(
  `${events} events of ${tenants} tenants, ${noisyEvents} of one tenant at once, the others' over ${quietMs / 1_000} s; ` +
    `downstream: ${downstream.ratePerSecond}/s, bursts of ${downstream.burst}, ` +
    `down from second ${down.fromMs / 1_000} to ${down.untilMs / 1_000}; ` +
    `pace: ${pace.ratePerSecond}/s, bursts of ${pace.burst}`,
);

const { SCREENSHOTS: directory } = process.env;
const photographer = directory ? (page: string) => photograph(page, directory) : undefined;

async function row(name: string, pipeline: string, watcher?: typeof photographer): Promise<Figures> {
  say(`${name} …`);
  const figures = figuresOf(await storm(pipeline, watcher));
  say(`${name}: ${figures.completed} completed in ${figures.seconds.toFixed(1)} s`);
  return figures;
}

try {
  const off = await row('policies off', 'test/storm/bare/pipeline.ts');
  const on = await row('policies on', 'test/storm/calm/pipeline.ts', photographer);
  const bounds = boundsOn(on);
  say(`\n${tablesOf({ 'policies off': off, 'policies on': on })}\n\n${verdictOf(bounds)}`);
  process.exitCode = bounds.every(({ kept }) => kept) ? 0 : 1;
} catch (error) {
  say(`the storm was given up: ${messageOf(error)}`);
  process.exitCode = 1;
}
