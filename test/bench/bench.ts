/** `npm run bench [-- --json FILE --only cost|monitoring]`: what Nerite costs beside the bare minimum for the same, as ratios of one run, and in dollars. */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { messageOf } from '../../functions/core/errors.ts';
import { billOf, verdictOnBill } from './bill.ts';
import { billTable, type CostFigures } from './bill-report.ts';
import { coldStarts } from './cold-starts.ts';
import { consumerCost } from './consumer-cost.ts';
import { costCounts } from './cost.ts';
import { verdictOn, verdictOnPolicies } from './limits.ts';
import { type MonitoringCost, monitoringCosts } from './monitoring-costs.ts';
import { monitoringTable } from './monitoring-report.ts';
import { benchOptions, type Section } from './options.ts';
import { policyCosts } from './policy-costs.ts';
import { receiverCost } from './receiver-cost.ts';
import { type Figures, tableOf } from './report.ts';
import { openSetting, type Setting } from './setting.ts';
import { telemetryShares } from './telemetry-share.ts';
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
  say('metrics, logs and traces');
  const telemetry = await telemetryShares(setting);
  say('end to end');
  const endToEnd = await throughput(setting);
  say('policies');
  const policies = await policyCosts();
  const cost = await costFigures();
  const coldStart = functions.find(({ name }) => name.endsWith('-receiver'));
  if (!coldStart)
    throw new Error(`functions must have a receiver, got ${functions.map(({ name }) => name).join(', ')}`);
  return {
    node: process.version,
    processors: availableParallelism(),
    receiver,
    receiverOfTwo,
    consumer,
    telemetry,
    functions,
    throughput: endToEnd,
    policies,
    cost,
    monitoring: watchingCosts(),
    verdict: { ...verdictOn(receiver.ratio.median, coldStart), ...verdictOnPolicies(policies) },
  };
}

async function costFigures(): Promise<CostFigures> {
  say('the cost of a million events');
  const counts = await costCounts();
  const bill = billOf(counts);
  return { counts, bill, verdict: verdictOnBill(bill) };
}

function watchingCosts(): MonitoringCost[] {
  say('what watching costs');
  return monitoringCosts();
}

/** What is shown, and whether all limits hold that do not differ with the machine. */
interface Outcome {
  readonly figures: unknown;
  readonly table: string;
  readonly holds: boolean;
}

const billHolds = ({ verdict }: CostFigures): boolean => verdict.onDemand && verdict.provisioned;

async function costAlone(): Promise<Outcome> {
  const cost = await costFigures();
  return { figures: { cost }, table: billTable(cost).join('\n'), holds: billHolds(cost) };
}

async function monitoringAlone(): Promise<Outcome> {
  const monitoring = watchingCosts();
  return { figures: { monitoring }, table: monitoringTable(monitoring).join('\n'), holds: true };
}

async function everything(): Promise<Outcome> {
  say('synthesizing');
  const setting = await openSetting();
  const figures = await measured(setting).finally(() => setting.close());
  const { cpuRatio, bundleBytes, plainRequests, paceWrites } = figures.verdict;
  const holds = cpuRatio && bundleBytes && plainRequests && paceWrites && billHolds(figures.cost);
  return { figures, table: tableOf(figures), holds };
}

const alone: Readonly<Record<Section, () => Promise<Outcome>>> = { cost: costAlone, monitoring: monitoringAlone };

try {
  const { json, only } = benchOptions(process.argv.slice(2));
  const { figures, table, holds } = await (only === undefined ? everything() : alone[only]());
  console.log(table);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);
  process.exitCode = holds ? 0 : 1;
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
