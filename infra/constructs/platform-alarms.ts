import { ComparisonOperator, MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { PipelineDefinition } from '../../functions/core/definition.ts';
import { stagePrefix } from '../../functions/core/names.ts';
import { dollarsOfRequest } from '../event-cost.ts';
import { type AlarmPlan, alarmPeriod, type Watch } from './alarm-plan.ts';
import type { ConsoleLinks } from './console-links.ts';
import { apiMetrics } from './intake-metrics.ts';
import { tableThrottles } from './table-metrics.ts';
import { watcherMetrics } from './watcher-metrics.ts';

export interface WatchedPlatform {
  readonly definition: PipelineDefinition;
  readonly apiId: string;
  readonly tables: { readonly ledger: string; readonly state: string };
  readonly console: ConsoleLinks;
}

/** Estimated dollars an hour: requests of five minutes, as dear as an event may be. Forged requests cost far less. */
export function spending(apiId: string, definition: PipelineDefinition): MathExpression {
  const dollars = dollarsOfRequest(definition) * (3_600 / alarmPeriod.toSeconds());
  return new MathExpression({
    expression: `FILL(requests, 0) * ${dollars.toFixed(9)}`,
    usingMetrics: { requests: apiMetrics(apiId).requests },
    period: alarmPeriod,
    label: 'Dollars an hour',
  });
}

/** Tells of what all consumers stand on, of who watches them, and of what it costs. */
export function platformAlarms(
  { stage, settings }: Pick<Watch, 'stage' | 'settings'>,
  watched: WatchedPlatform,
): AlarmPlan[] {
  const { definition, apiId, tables, console } = watched;
  const throttled = (subject: 'ledger' | 'state', impact: string): AlarmPlan => ({
    kind: 'ledger-throttles',
    subject,
    metric: tableThrottles(tables[subject], `Throttled requests of the ${subject} table`),
    threshold: settings.ledgerThrottles,
    impact,
    consoleUrl: console.table(tables[subject]),
  });
  const [first = ''] = Object.keys(definition.consumers);
  return [
    throttled(
      'ledger',
      'DynamoDB throttles the ledger: nothing is claimed or completed, so events of all consumers wait.',
    ),
    throttled('state', 'DynamoDB throttles the state table: pace, circuits and coalescing let events wait.'),
    {
      kind: 'watcher-silent',
      subject: 'watcher',
      metric: watcherMetrics(stage, first).written,
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      periods: 5,
      missing: TreatMissingData.BREACHING,
      impact:
        'The watcher has written nothing for five minutes: nobody would tell of a backlog, of old events or of an open circuit.',
      consoleUrl: console.function(`${stagePrefix(stage)}watcher`),
    },
    {
      kind: 'spend',
      subject: 'pipeline',
      metric: spending(apiId, definition),
      threshold: settings.dollarsPerHour,
      periods: 3,
      impact: `The events of a quarter of an hour cost an estimated ${settings.dollarsPerHour} dollars an hour or more.`,
      consoleUrl: console.api,
    },
  ];
}
