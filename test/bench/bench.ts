/** `npm run bench [-- --json FILE]`: what Nerite costs beside the bare minimum for the same, as ratios of one run. */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { messageOf } from '../../functions/core/errors.ts';
import { coldStarts } from './cold-starts.ts';
import { consumerCost } from './consumer-cost.ts';
import { verdictOn, verdictOnPolicies } from './limits.ts';
import { benchOptions } from './options.ts';
import { policyCosts } from './policy-costs.ts';
import { receiverCost } from './receiver-cost.ts';
import { type Figures, tableOf } from './report.ts';
import { openSetting, type Setting } from './setting.ts';
import { throughput } from './throughput.ts';

const say = (what: string): void => {
  process.stderr.write(`${what} …\n`);
};

async function measured(setting: Setting): Promise<Figures> {
  say('imports');
  const functions = await coldStarts(setting);
  say('the receiver');
  const receiver = await receiverCost(setting, 1);
  const receiverOfTwo = await receiverCost(setting, 2);
  say('a consumer');
  const consumer = await consumerCost(setting);
  say('end to end');
  const endToEnd = await throughput(setting);
  say('policies');
  const policies = await policyCosts();
  const coldStart = functions.find(({ name }) => name.endsWith('-receiver'));
  if (!coldStart)
    throw new Error(`functions must have a receiver, got ${functions.map(({ name }) => name).join(', ')}`);
  return {
    node: process.version,
    processors: availableParallelism(),
    receiver,
    receiverOfTwo,
    consumer,
    functions,
    throughput: endToEnd,
    policies,
    verdict: { ...verdictOn(receiver.ratio.median, coldStart), ...verdictOnPolicies(policies) },
  };
}

try {
  const { json } = benchOptions(process.argv.slice(2));
  say('synthesizing');
  const setting = await openSetting();
  const figures = await measured(setting).finally(() => setting.close());
  console.log(tableOf(figures));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);
  const { cpuRatio, bundleBytes, plainRequests, paceWrites } = figures.verdict;
  process.exitCode = cpuRatio && bundleBytes && plainRequests && paceWrites ? 0 : 1;
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
