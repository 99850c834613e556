import { messageOf } from '../../../functions/core/errors.ts';
import { isObject, shown } from '../template/json.ts';
import type { PendingResource, ResolvedResource } from '../template/stack.ts';
import { TemplateError } from '../template/template-error.ts';
import { type Actions, type AlarmQuery, comparisons, type MetricAlarm } from '../watch/alarm-plan.ts';
import { missingTreatments } from '../watch/datapoints.ts';
import { parseMath } from '../watch/math/parse.ts';
import { readingOf } from '../watch/reading.ts';
import { alarmNameIn, parseRule } from '../watch/rule.ts';
import { statisticOf } from '../watch/statistic.ts';
import type { Plan } from './plan.ts';
import { generatedName, Properties, propertiesOf, type Surroundings } from './resource.ts';

const common = [
  'ActionsEnabled',
  'AlarmActions',
  'AlarmDescription',
  'AlarmName',
  'InsufficientDataActions',
  'OKActions',
];

const ofMetric = ['Dimensions', 'ExtendedStatistic', 'MetricName', 'Namespace', 'Period', 'Statistic', 'Unit'];

const ofAlarm = [
  'ComparisonOperator',
  'DatapointsToAlarm',
  'EvaluateLowSampleCountPercentile',
  'EvaluationPeriods',
  'Metrics',
  'Threshold',
  'ThresholdMetricId',
  'TreatMissingData',
];

/** The id of what an alarm watches that has one metric. */
const onlyId = 'metric';

export function planAlarm(resource: PendingResource, plan: Plan, surroundings: Surroundings): ResolvedResource {
  const { place } = resource;
  const properties = propertiesOf(resource).only([...common, ...ofMetric, ...ofAlarm], ['Tags']);
  properties.mustBe('EvaluateLowSampleCountPercentile', 'evaluate');
  const name = nameOf(properties, resource);
  const evaluationPeriods = wholeOf(properties, 'EvaluationPeriods');
  const datapointsToAlarm = properties.has('DatapointsToAlarm')
    ? wholeOf(properties, 'DatapointsToAlarm')
    : evaluationPeriods;
  if (datapointsToAlarm > evaluationPeriods) {
    throw new TemplateError(
      `${place}: DatapointsToAlarm must be at most the ${evaluationPeriods} EvaluationPeriods, got ${datapointsToAlarm}`,
    );
  }
  const alarm: MetricAlarm = {
    name,
    description: properties.optionalText('AlarmDescription') ?? '',
    ...watchedBy(properties),
    comparison: oneOf(properties, 'ComparisonOperator', comparisons),
    evaluationPeriods,
    datapointsToAlarm,
    treatMissing: properties.has('TreatMissingData')
      ? oneOf(properties, 'TreatMissingData', missingTreatments)
      : 'missing',
    actions: actionsOf(properties),
  };
  checkThreshold(alarm, properties);
  // Evaluated once over nothing, it shows whether its parts fit each other.
  told(place, 'Metrics', () =>
    readingOf(alarm, { values: ({ periods }) => Array.from({ length: periods }, () => 0) }, 0),
  );
  plan.alarms.push({ ...alarm, place });
  return resolved(name, surroundings);
}

export function planCompositeAlarm(
  resource: PendingResource,
  plan: Plan,
  surroundings: Surroundings,
): ResolvedResource {
  const { place } = resource;
  const suppression = ['ActionsSuppressor', 'ActionsSuppressorExtensionPeriod', 'ActionsSuppressorWaitPeriod'];
  const properties = propertiesOf(resource).only([...common, 'AlarmRule', ...suppression], ['Tags']);
  const name = nameOf(properties, resource);
  const suppressor = properties.optionalText('ActionsSuppressor');
  plan.compositeAlarms.push({
    name,
    place,
    description: properties.optionalText('AlarmDescription') ?? '',
    rule: told(place, 'AlarmRule', () => parseRule(properties.text('AlarmRule'))),
    actions: actionsOf(properties),
    ...(suppressor === undefined
      ? {}
      : {
          suppressor: {
            alarm: alarmNameIn(suppressor),
            waitMs: secondsOf(properties, 'ActionsSuppressorWaitPeriod') * 1_000,
            extensionMs: secondsOf(properties, 'ActionsSuppressorExtensionPeriod') * 1_000,
          },
        }),
  });
  return resolved(name, surroundings);
}

type Watched = Pick<MetricAlarm, 'queries' | 'watched' | 'threshold' | 'periodMs'>;

function watchedBy(properties: Properties): Watched {
  const { place } = properties;
  const thresholdId = properties.optionalText('ThresholdMetricId');
  const threshold = thresholdId ?? numberOf(properties, 'Threshold');
  const metrics = properties.list('Metrics');
  if (!metrics) {
    const statistic = properties.optionalText('Statistic') ?? properties.optionalText('ExtendedStatistic');
    const query = metricOf(properties, statistic ?? '', `${place}: Statistic`);
    return { queries: new Map([[onlyId, query]]), watched: onlyId, threshold, periodMs: periodOf(properties) };
  }
  const clash = ofMetric.find((name) => properties.has(name));
  if (clash) throw new TemplateError(`${place}: ${clash} must not be set beside Metrics`);
  const queries = new Map<string, AlarmQuery>();
  const periods = new Set<number>();
  const returned: string[] = [];
  for (const [index, value] of metrics.entries()) {
    const at = `${place}: Metrics[${index}]`;
    if (!isObject(value)) throw new TemplateError(`${at} must be an object, got ${shown(value)}`);
    const query = new Properties(at, value).only(['Expression', 'Id', 'MetricStat', 'Period', 'ReturnData'], ['Label']);
    const id = query.text('Id');
    if (!/^[a-z][A-Za-z0-9_]*$/.test(id)) {
      throw new TemplateError(`${at}: Id must begin with a small letter and have letters, digits and _, got ${id}`);
    }
    if (queries.has(id)) throw new TemplateError(`${at}: Id must occur once, got ${id} twice`);
    queries.set(id, queryOf(query, periods));
    if (query.flag('ReturnData') !== false && id !== thresholdId) returned.push(id);
  }
  const [watched, ...more] = returned;
  if (watched === undefined || more.length > 0) {
    throw new TemplateError(`${place}: Metrics must return the data of one, got ${returned.join(', ') || 'none'}`);
  }
  const [periodMs, ...others] = periods;
  if (periodMs === undefined || others.length > 0) {
    const got = [...periods].map((each) => each / 1_000).join(', ') || 'none';
    throw new TemplateError(`${place}: Metrics must all have one Period, got ${got}`);
  }
  return { queries, watched, threshold, periodMs };
}

function queryOf(query: Properties, periods: Set<number>): AlarmQuery {
  const { place } = query;
  if (query.has('Period')) periods.add(periodOf(query));
  const metricStat = query.object('MetricStat')?.only(['Metric', 'Period', 'Stat', 'Unit']);
  if (query.has('Expression') === (metricStat !== undefined)) {
    throw new TemplateError(`${place} must have either an Expression or a MetricStat`);
  }
  if (!metricStat) {
    const expression = told(place, 'Expression', () => parseMath(query.text('Expression')));
    return { kind: 'expression', expression };
  }
  periods.add(periodOf(metricStat));
  const metric = metricStat.object('Metric')?.only(['Dimensions', 'MetricName', 'Namespace']);
  if (!metric) throw new TemplateError(`${metricStat.place}: Metric must be an object, got none`);
  const unit = metricStat.optionalText('Unit');
  const found = metricOf(metric, metricStat.text('Stat'), `${metricStat.place}: Stat`);
  return { ...found, ...(unit === undefined ? {} : { unit }) };
}

function metricOf(metric: Properties, statistic: string, place: string): AlarmQuery & { readonly kind: 'metric' } {
  const unit = metric.optionalText('Unit');
  const dimensions = (metric.list('Dimensions') ?? []).map((dimension, index): [string, string] => {
    const at = `${metric.place}: Dimensions[${index}]`;
    if (!isObject(dimension)) throw new TemplateError(`${at} must be an object, got ${shown(dimension)}`);
    const { Name, Value } = dimension;
    if (typeof Name !== 'string' || typeof Value !== 'string') {
      throw new TemplateError(`${at} must have a Name and a Value, got ${shown(dimension)}`);
    }
    return [Name, Value];
  });
  return {
    kind: 'metric',
    namespace: metric.text('Namespace'),
    name: metric.text('MetricName'),
    dimensions: Object.fromEntries(dimensions),
    statistic: told(place, '', () => statisticOf(statistic)),
    ...(unit === undefined ? {} : { unit }),
  };
}

function checkThreshold({ comparison, threshold, queries }: MetricAlarm, { place }: Properties): void {
  const needsBand = /Lower|Upper/.test(comparison);
  if (needsBand !== (typeof threshold === 'string')) {
    const needed = needsBand ? 'ThresholdMetricId' : 'Threshold';
    throw new TemplateError(`${place}: ${needed} must be set with ${comparison}`);
  }
  if (typeof threshold === 'string' && !queries.has(threshold)) {
    throw new TemplateError(`${place}: ThresholdMetricId must be the Id of one of the Metrics, got ${threshold}`);
  }
}

function actionsOf(properties: Properties): Actions {
  const enabled = properties.flag('ActionsEnabled') ?? true;
  const has = (name: string) => enabled && (properties.list(name) ?? []).length > 0;
  return { ALARM: has('AlarmActions'), OK: has('OKActions'), INSUFFICIENT_DATA: has('InsufficientDataActions') };
}

function periodOf(properties: Properties): number {
  const seconds = properties.number('Period');
  if (seconds === undefined || seconds < 60 || seconds % 60 !== 0) {
    throw new TemplateError(
      `${properties.place}: Period must be a multiple of 60 here, which looks each minute, got ${seconds ?? 'none'}`,
    );
  }
  return seconds * 1_000;
}

function wholeOf(properties: Properties, name: string): number {
  const value = properties.number(name);
  if (value === undefined || !Number.isInteger(value) || value < 1) {
    throw new TemplateError(`${properties.place}: ${name} must be a whole number from 1, got ${value ?? 'none'}`);
  }
  return value;
}

function secondsOf(properties: Properties, name: string): number {
  const value = properties.number(name);
  if (value === undefined) {
    throw new TemplateError(`${properties.place}: ${name} must be set with an ActionsSuppressor, got none`);
  }
  return value;
}

/** A threshold may lie below 0. */
function numberOf(properties: Properties, name: string): number {
  const value = properties.value(name);
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw new TemplateError(`${properties.place}: ${name} must be a number, got ${shown(value ?? null)}`);
}

function oneOf<Value extends string>(properties: Properties, name: string, values: readonly Value[]): Value {
  const given = properties.text(name);
  const value = values.find((known) => known === given);
  if (value !== undefined) return value;
  throw new TemplateError(`${properties.place}: ${name} must be one of ${values.join(', ')}, got ${given}`);
}

function told<Result>(place: string, property: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof TemplateError) throw cause;
    throw new TemplateError(`${place}${property && `: ${property}`} ${messageOf(cause)}`, { cause });
  }
}

function nameOf(properties: Properties, resource: PendingResource): string {
  return properties.optionalText('AlarmName') ?? generatedName(resource);
}

function resolved(name: string, { region, account }: Surroundings): ResolvedResource {
  return { ref: name, attributes: { Arn: `arn:aws:cloudwatch:${region}:${account}:alarm:${name}` } };
}
