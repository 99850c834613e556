import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import type { PipelineDefinition } from '../../functions/core/definition.ts';
import { pipeline } from '../../functions/pipeline.ts';
import { seriesCount } from '../../infra/metric-series.ts';
import { type MonitoringBill, monitoringCost, type TemplateResource } from '../../infra/monitoring-cost.ts';
import { stacksOf } from '../support/stacks.ts';

function billOf(alarms: PipelineDefinition['alarms'], eventsPerSecond: number): MonitoringBill {
  const definition: PipelineDefinition = { ...pipeline, alarms };
  const { monitoring, furtherMonitoring = [] } = stacksOf(definition);
  const resources = [...(monitoring ? [monitoring] : []), ...furtherMonitoring].flatMap((stack) =>
    Object.values(Template.fromStack(stack).toJSON().Resources as Record<string, TemplateResource>),
  );
  return monitoringCost(definition, resources, eventsPerSecond);
}

const dollarsOf = ({ lines }: MonitoringBill, name: RegExp): number =>
  lines.filter((line) => name.test(line.name)).reduce((sum, { dollars }) => sum + dollars, 0);

describe('what monitoring costs', () => {
  test('grows by its logs alone', () => {
    const [one, hundred, thousand] = [1, 100, 1_000].map((rate) => billOf(undefined, rate));
    if (!one || !hundred || !thousand) throw new Error('there must be three bills');
    expect(dollarsOf(one, /alarm|metric|dashboard|watcher/)).toBe(
      dollarsOf(thousand, /alarm|metric|dashboard|watcher/),
    );
    expect(dollarsOf(hundred, /logs/)).toBeCloseTo(100 * dollarsOf(one, /logs/));
    expect(one.total).toBeLessThan(100);
  });

  test('is what the README says', () => {
    const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');
    const rates = [1, 100, 1_000];
    const bills = rates.map((rate) => billOf(pipeline.alarms, rate));
    const row = (name: string, figures: readonly number[]): string =>
      `| ${[name, ...figures.map((dollars) => dollars.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 }))].join(' | ')} |`;
    expect(readme).toContain(
      row(
        'together',
        bills.map(({ total }) => total),
      ),
    );
    expect(readme).toContain(
      row(
        'metrics of each route',
        bills.map((bill) => dollarsOf(bill, /route/)),
      ),
    );
    const { usual, most } = seriesCount(pipeline);
    expect(readme).toContain(`| ${usual} metrics of our own (at most ${most},`);
  });

  test('is less where parts are turned off', () => {
    const all = billOf(undefined, 1);
    const plain = billOf({ composite: false, routes: false, dashboard: false, without: ['replays', 'spend'] }, 1);
    expect(dollarsOf(plain, /composite|route|dashboard/)).toBe(0);
    expect(dollarsOf(plain, /alarms, by/)).toBeLessThan(dollarsOf(all, /alarms, by/));
    expect(dollarsOf(billOf(false, 1), /alarm|route|dashboard/)).toBe(0);
  });

  test('counts a band of what is usual as two more metrics', () => {
    const metrics = [
      { Id: 'a', Expression: 'ANOMALY_DETECTION_BAND(m0, 3)' },
      { Id: 'm0', MetricStat: {} },
    ];
    const alarm = { Type: 'AWS::CloudWatch::Alarm', Properties: { Metrics: metrics } };
    expect(dollarsOf(monitoringCost(pipeline, [alarm], 0), /alarms, by/)).toBeCloseTo(0.3);
  });
});
