import { Template } from 'aws-cdk-lib/assertions';
import type { PipelineDefinition } from '../../functions/core/definition.ts';
import { pipeline } from '../../functions/pipeline.ts';
import { type MonitoringBill, monitoringCost, type TemplateResource } from '../../infra/monitoring-cost.ts';
import { stacksOf } from '../support/stacks.ts';

/** What watching costs a month at one rate, and what it would cost with less of it. */
export interface MonitoringCost {
  readonly eventsPerSecond: number;
  readonly asDefined: MonitoringBill;
  /** Without `composite`, `routes` and `dashboard`. */
  readonly plain: MonitoringBill;
}

const rates = [1, 100, 1_000];

/** What watching a definition costs a month, by rate: of its templates and of list prices, with nothing measured. */
export function monitoringCosts(definition: PipelineDefinition = pipeline): MonitoringCost[] {
  const { alarms } = definition;
  const less = alarms === false ? alarms : { ...alarms, composite: false, routes: false, dashboard: false };
  const [asDefined, plain] = [billsOf(definition), billsOf({ ...definition, alarms: less })];
  return rates.map((rate) => ({ eventsPerSecond: rate, asDefined: asDefined(rate), plain: plain(rate) }));
}

function billsOf(definition: PipelineDefinition): (eventsPerSecond: number) => MonitoringBill {
  // What a definition leaves to its default must not become that of tests.
  const { monitoring, furtherMonitoring = [] } = stacksOf({ archive: undefined, ...definition });
  const resources = [...(monitoring ? [monitoring] : []), ...furtherMonitoring].flatMap((stack) =>
    Object.values((Template.fromStack(stack).toJSON().Resources ?? {}) as Record<string, TemplateResource>),
  );
  return (eventsPerSecond) => monitoringCost(definition, resources, eventsPerSecond);
}
