import { Duration } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { SourceDefinition } from '../../functions/core/definition.ts';
import { stagePrefix } from '../../functions/core/names.ts';
import { patienceOf } from '../definition/presets.ts';
import type { AlarmPlan, Watch } from './alarm-plan.ts';
import type { ConsoleLinks } from './console-links.ts';
import { failuresLeft } from './endpoint-disabling.ts';
import { receivedOrNone, routeMetrics, unprovedBeyond } from './source-metrics.ts';

export interface WatchedSource {
  readonly name: string;
  readonly source: SourceDefinition;
  readonly apiId: string;
  readonly console: ConsoleLinks;
}

/** API Gateway answers by itself after 30 s, whatever the platform would wait for. */
const longestSeconds = 30;

/** What a platform says of itself, and what it usually does. */
export function sourceAlarms(
  { stage, settings }: Pick<Watch, 'stage' | 'settings'>,
  watched: WatchedSource,
): AlarmPlan[] {
  const { name, source, console } = watched;
  const { silentAfterMinutes, volume } = source.expect ?? {};
  const log = console.function(`${stagePrefix(stage)}receiver`);
  return [
    {
      kind: 'signature-refusals',
      subject: name,
      metric: unprovedBeyond(stage, name, settings.refusalPercent),
      threshold: settings.refusals,
      impact: `Requests to ${name} prove nothing: somebody forges them, or the secret is no longer the platform's and its events are refused.`,
      consoleUrl: log,
    },
    ...(settings.routes ? routeAlarms(settings, watched) : []),
    ...(silentAfterMinutes === undefined
      ? []
      : [
          {
            kind: 'silent-source',
            subject: name,
            metric: receivedOrNone(stage, name, Duration.minutes(silentAfterMinutes)),
            threshold: 1,
            comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
            missing: TreatMissingData.BREACHING,
            impact: `No event came from ${name} for ${silentAfterMinutes} minutes: the platform may have given the endpoint up.`,
            consoleUrl: console.api,
          } as const,
        ]),
    ...(volume
      ? [
          {
            kind: 'volume',
            subject: name,
            // None at all is fewer, too.
            metric: receivedOrNone(stage, name, Duration.minutes(15)),
            threshold: 0,
            periods: 2,
            deviationsBelow: 3,
            impact: `Far fewer events come from ${name} than usual at this hour: a part of them may be lost on the platform's side.`,
            consoleUrl: console.api,
          } as const,
        ]
      : []),
  ];
}

function routeAlarms(settings: Watch['settings'], { name, source, apiId, console }: WatchedSource): AlarmPlan[] {
  const { deadlineSeconds, disables } = patienceOf(source.provider);
  const left = disables && failuresLeft(apiId, name, disables, settings.failuresLeft);
  return [
    {
      kind: 'deadline',
      subject: name,
      metric: routeMetrics(apiId, name).latency,
      threshold: Math.round(settings.deadlineShare * Math.min(deadlineSeconds, longestSeconds) * 1_000),
      // One slow start of a function is no trouble.
      periods: 3,
      breaching: 2,
      impact: `Answers to ${name} come near the ${deadlineSeconds} s for which the platform waits: what is later counts as failed there.`,
      consoleUrl: console.api,
    },
    ...(left
      ? [
          {
            kind: 'endpoint-disabling',
            subject: name,
            metric: left.metric,
            threshold: left.threshold,
            comparison: ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
            impact: `${name} gives the endpoint up after ${left.of}, and by estimate a good part of that is spent: events would then be sent no more.`,
            consoleUrl: console.api,
          } as const,
        ]
      : []),
  ];
}
