import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { alarmKinds, type PipelineDefinition } from '../../../functions/core/definition.ts';
import { parseMath } from '../../../infra/local/watch/math/parse.ts';
import { parseRule } from '../../../infra/local/watch/rule.ts';
import { definition } from '../../support/definitions.ts';
import { flat, stacksOf, templatesOf } from '../../support/stacks.ts';

const thresholds = {
  backlog: 77,
  ageSeconds: 88,
  inFlight: 1_100,
  deadLetterDays: 12,
  failurePercent: 33,
  leastAttempts: 44,
  replays: 66,
  throttles: 22,
  turnedAway: 111,
  receiverErrors: 9,
  refusals: 55,
  refusalPercent: 15,
  deadlineShare: 0.5,
  failuresLeft: 0.25,
  ledgerThrottles: 19,
  archiveLagSeconds: 700,
  dollarsPerHour: 3,
};
const emails = ['someone@example.com'];
const endpoints = ['https://events.example.com/integration'];
const { orders, billing } = definition().consumers;

/** A definition that has every kind of alarm. */
function everything(alarms: PipelineDefinition['alarms']): PipelineDefinition {
  return definition({
    archive: {},
    sources: {
      github: { provider: 'github', expect: { silentAfterMinutes: 45, volume: true } },
      stripe: { provider: 'stripe' },
      shopify: { provider: 'shopify' },
      svix: { provider: 'svix' },
    },
    consumers: { orders: { ...orders, circuit: {} }, billing: { ...billing, promiseSeconds: 99 } } as never,
    alarms,
  });
}

const { monitoring: template } = templatesOf(everything({ ...thresholds, emails, endpoints }));

interface AlarmProperties {
  readonly AlarmName: string;
  readonly AlarmDescription: unknown;
  readonly AlarmActions?: unknown;
  readonly OKActions?: unknown;
  readonly AlarmRule: string;
  readonly ActionsSuppressor?: string;
  readonly Metrics?: readonly {
    readonly Expression?: string;
    readonly MetricStat?: {
      readonly Stat: string;
      readonly Period: number;
      readonly Metric: { readonly MetricName: string; readonly Dimensions?: { Name: string; Value: unknown }[] };
    };
  }[];
  readonly MetricName?: string;
  readonly [property: string]: unknown;
}

const alarmsIn = (from: Template, type = 'Alarm'): AlarmProperties[] =>
  Object.values(from.findResources(`AWS::CloudWatch::${type}`)).map(({ Properties }) => Properties as AlarmProperties);
const all = alarmsIn(template);
const composites = alarmsIn(template, 'CompositeAlarm');

function alarmOf(name: string, from = [...all, ...composites]): AlarmProperties {
  const found = from.find(({ AlarmName }) => AlarmName === `nerite-dev-${name}`);
  if (!found) throw new Error(`the template must have an alarm ${name}, has ${from.map((each) => each.AlarmName)}`);
  return found;
}

/** Statistic, metric and what of it, of the metrics that an alarm rests on. */
function metricsOf(name: string): string[] {
  const { Metrics = [] } = alarmOf(name);
  return Metrics.flatMap(({ MetricStat }) => {
    if (!MetricStat) return [];
    const { Stat, Period, Metric } = MetricStat;
    const dimensions = (Metric.Dimensions ?? []).map(({ Value }) => flat(Value)).join(' ');
    return `${Stat} ${Metric.MetricName} ${Period} of ${dimensions}`;
  });
}

const expressionOf = (name: string): string | undefined =>
  alarmOf(name).Metrics?.find(({ Expression }) => Expression !== undefined)?.Expression;

describe('for each consumer', () => {
  test.each(['orders', 'billing'])('an alarm counts each minute what waits for %s, deferred ones too', (consumer) => {
    expect(alarmOf(`${consumer} backlog`)).toMatchObject({ Threshold: 77, EvaluationPeriods: 1 });
    expect(metricsOf(`${consumer} backlog`)).toEqual([`Maximum Waiting 60 of ${consumer} watcher dev`]);
  });

  test('an alarm watches the oldest unfinished event, by the watcher and by SQS, against what the consumer promises', () => {
    expect(alarmOf('orders age').Threshold).toBe(88);
    expect(alarmOf('billing age').Threshold).toBe(99);
    expect(metricsOf('billing age')).toEqual([
      'Maximum OldestUnfinishedSeconds 60 of billing watcher dev',
      'Maximum ApproximateAgeOfOldestMessage 60 of nerite-dev-billing.fifo',
    ]);
    expect(expressionOf('billing age')).toBe('MAX([FILL(unfinished_billing, 0), FILL(queued_billing, 0)])');
    expect(alarmOf('billing age')).toMatchObject({ EvaluationPeriods: 5, DatapointsToAlarm: 1 });
  });

  test('an alarm rings well below the limit of messages in flight', () => {
    expect(alarmOf('orders in-flight').Threshold).toBe(1_100);
    expect(metricsOf('orders in-flight')).toEqual([
      'Maximum ApproximateNumberOfMessagesNotVisible 60 of nerite-dev-orders',
    ]);
    expect(alarmOf('orders in-flight', alarmsIn(templatesOf().monitoring)).Threshold).toBe(80_000);
  });

  test('an alarm tells that attempts fail, as soon as there are enough to tell', () => {
    expect(alarmOf('orders failure-rate').Threshold).toBe(33);
    expect(expressionOf('orders failure-rate')).toBe(
      'IF(attempts >= 44, 100 * (attempts - FILL(succeeded, 0)) / attempts, 0)',
    );
    expect(metricsOf('orders failure-rate')).toEqual([
      'Sum Attempts 300 of orders consumer-orders dev',
      'Sum Succeeded 300 of orders consumer-orders dev',
    ]);
  });

  test('an alarm tells of an open circuit, where there is one', () => {
    expect(alarmOf('orders circuit-open').Threshold).toBe(2);
    expect(metricsOf('orders circuit-open')).toEqual(['Maximum CircuitState 60 of orders watcher dev']);
    expect(all.filter(({ AlarmName }) => AlarmName.includes('circuit-open'))).toHaveLength(1);
  });

  test('an alarm counts what came again under another delivery id', () => {
    expect(alarmOf('orders replays').Threshold).toBe(66);
    expect(metricsOf('orders replays')).toEqual(['Sum SuspectedReplays 300 of orders consumer-orders dev']);
  });

  test.each([
    ['orders', 'nerite-dev-orders-dlq'],
    ['billing', 'nerite-dev-billing-dlq.fifo'],
    ['archive', 'nerite-dev-archive-dlq'],
  ])('an alarm rings for the first dead letter of %s, redriven or not, and again before they expire', (name, queue) => {
    expect(alarmOf(`${name} dead-letters`)).toMatchObject({
      Threshold: 1,
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    });
    expect(metricsOf(`${name} dead-letters`)).toEqual([`Maximum ApproximateNumberOfMessagesVisible 60 of ${queue}`]);
    expect(alarmOf(`${name} dead-letters-expiring`).Threshold).toBe(12 * 86_400);
    expect(metricsOf(`${name} dead-letters-expiring`)).toEqual([
      `Maximum ApproximateAgeOfOldestMessage 60 of ${queue}`,
    ]);
  });

  test('an alarm tells that its function is throttled', () => {
    expect(alarmOf('orders throttles').Threshold).toBe(22);
    expect(metricsOf('orders throttles')).toEqual(['Sum Throttles 300 of nerite-dev-orders']);
  });
});

describe('for the intake', () => {
  test('an alarm rings for answers 5xx, each counted once', () => {
    expect(alarmOf('receiver receiver-errors').Threshold).toBe(9);
    expect(metricsOf('receiver receiver-errors')).toEqual([
      'Sum 5xx 300 of <nerite-dev-stateful:ApiId>',
      'Sum Errors 300 of nerite-dev-receiver',
    ]);
  });

  test('an alarm tells what never reached the receiver', () => {
    expect(alarmOf('api turned-away').Threshold).toBe(111);
    expect(expressionOf('api turned-away')).toBe('FILL(requests, 0) - FILL(invocations, 0) - FILL(throttles, 0)');
  });

  test('requests that are counted before their invocations do not look turned away', () => {
    expect(alarmOf('api turned-away')).toMatchObject({ EvaluationPeriods: 3, DatapointsToAlarm: 2 });
  });

  test('alarms ring when the sweeper fails or does not run, and when it finds work for a quarter of an hour', () => {
    expect(expressionOf('sweeper sweeper')).toBe('IF(FILL(runs, 0) < 1, 1, FILL(errors, 0))');
    expect(metricsOf('sweeper sweeper')).toEqual([
      'Sum Invocations 300 of nerite-dev-sweeper',
      'Sum Errors 300 of nerite-dev-sweeper',
    ]);
    expect(alarmOf('sweeper sweeper').EvaluationPeriods).toBe(3);
    expect(metricsOf('spool spool')).toEqual(['Maximum SpoolObjects 300 of sweeper dev']);
    expect(alarmOf('spool spool').EvaluationPeriods).toBe(3);
  });
});

describe('for each source', () => {
  test('an alarm tells of requests that prove nothing, if they are many and a part of all that matters', () => {
    expect(alarmOf('github signature-refusals').Threshold).toBe(55);
    expect(expressionOf('github signature-refusals')).toBe(
      'IF(100 * FILL(unproved, 0) >= 15 * (FILL(unproved, 0) + FILL(received, 0)), FILL(unproved, 0), 0)',
    );
  });

  test.each([
    ['github', 5_000],
    ['shopify', 2_500],
  ])('an alarm holds the p99 of the route of %s against its platform’s own deadline', (source, milliseconds) => {
    expect(alarmOf(`${source} deadline`)).toMatchObject({
      Threshold: milliseconds,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 2,
    });
    expect(metricsOf(`${source} deadline`)).toEqual([
      `p99 Latency 300 of <nerite-dev-stateful:ApiId> POST /webhooks/${source} $default`,
    ]);
  });

  test('an alarm estimates the failures that are left, where it is known when the platform gives up', () => {
    expect(
      all.filter(({ AlarmName }) => AlarmName.endsWith('endpoint-disabling')).map(({ AlarmName }) => AlarmName),
    ).toEqual(['nerite-dev-shopify endpoint-disabling', 'nerite-dev-svix endpoint-disabling']);
    expect(alarmOf('shopify endpoint-disabling')).toMatchObject({
      Threshold: 2,
      ComparisonOperator: 'LessThanOrEqualToThreshold',
    });
    const bad = '(FILL(rejected, 0) + FILL(failed, 0))';
    expect(expressionOf('shopify endpoint-disabling')).toBe(`IF(FILL(requests, 0) > ${bad}, 8, 8 - ${bad})`);
    expect(metricsOf('shopify endpoint-disabling')[0]).toMatch(/^Sum Count 3600 /);
  });

  test('where the platform goes by time, an hour or at most a day of nothing but failures', () => {
    expect(alarmOf('svix endpoint-disabling').Threshold).toBe(96);
    expect(expressionOf('svix endpoint-disabling')).toMatch(/^IF\(\(.+\) OR \(.+ == 0\), 120, 96\)$/);
    expect(metricsOf('svix endpoint-disabling')[0]).toMatch(/^Sum Count 86400 /);
  });

  test('an alarm takes no figure for silence, where the source is expected to send', () => {
    expect(alarmOf('github silent-source')).toMatchObject({
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
    expect(metricsOf('github silent-source')).toEqual(['Sum Received 2700 of receiver github dev']);
    expect(expressionOf('github silent-source')).toBe('FILL(received, 0)');
    expect(all.filter(({ AlarmName }) => AlarmName.endsWith('silent-source'))).toHaveLength(1);
  });

  test('an alarm learns the usual volume, and rings far below it', () => {
    expect(alarmOf('github volume')).toMatchObject({
      ComparisonOperator: 'LessThanLowerThreshold',
      EvaluationPeriods: 2,
    });
    const expressions = (alarmOf('github volume').Metrics ?? []).flatMap(({ Expression }) => Expression ?? []);
    expect(expressions.toSorted()).toEqual([
      expect.stringMatching(/^ANOMALY_DETECTION_BAND\(\w+, 3\)$/),
      'FILL(received, 0)',
    ]);
    expect(alarmOf('github volume').Threshold).toBeUndefined();
  });
});

describe('for what all stand on', () => {
  test('alarms tell that DynamoDB throttles', () => {
    for (const [name, table] of [
      ['ledger', 'LedgerTable'],
      ['state', 'StateTable'],
    ] as const) {
      expect(alarmOf(`${name} ledger-throttles`).Threshold).toBe(19);
      expect(metricsOf(`${name} ledger-throttles`)).toEqual(
        ['WriteThrottleEvents', 'ReadThrottleEvents'].map(
          (metric) => `Sum ${metric} 300 of <nerite-dev-stateful:${table}>`,
        ),
      );
    }
  });

  test('alarms tell that the archive lags, and that its functions fail', () => {
    expect(alarmOf('archive archive-lag').Threshold).toBe(700);
    expect(expressionOf('archive archive-lag')).toBe('MAX([FILL(written, 0) / 1000, FILL(queued, 0)])');
    expect(metricsOf('archiver archive-errors')).toEqual(['Sum Errors 300 of nerite-dev-archiver']);
    expect(metricsOf('compactor archive-errors')).toEqual(['Sum Errors 10800 of nerite-dev-compactor']);
  });

  test('somebody watches the watcher: it is silent if it writes nothing for five minutes', () => {
    expect(alarmOf('watcher watcher-silent')).toMatchObject({
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      EvaluationPeriods: 5,
      TreatMissingData: 'breaching',
    });
    expect(metricsOf('watcher watcher-silent')).toEqual(['SampleCount Waiting 60 of orders watcher dev']);
  });

  test('an alarm estimates dollars an hour by the requests of five minutes', () => {
    expect(alarmOf('pipeline spend').Threshold).toBe(3);
    const [, dollars = ''] = /^FILL\(requests, 0\) \* (0\.\d+)$/.exec(expressionOf('pipeline spend') ?? '') ?? [];
    // Of a million events an hour, for two consumers and the archive.
    expect((Number(dollars) / 12) * 1e6).toBeGreaterThan(4);
    expect((Number(dollars) / 12) * 1e6).toBeLessThan(7);
  });
});

describe('one cause, one notice', () => {
  const ruleOf = (name: string): string[] =>
    alarmOf(name)
      .AlarmRule.split(' OR ')
      .map((part) => /^ALARM\("nerite-dev-(.+)"\)$/.exec(part)?.[1] ?? part);
  const followed = (name: string) => alarmOf(name).ActionsSuppressor?.replace('nerite-dev-', '');

  test('a consumer that fails is not reported late as well', () => {
    expect(ruleOf('orders late')).toEqual(['orders backlog', 'orders age', 'orders in-flight']);
    expect(followed('orders late')).toBe('orders failing');
    expect(ruleOf('orders failing')).toEqual(['orders failure-rate', 'orders circuit-open', 'platform trouble']);
  });

  test('no consumer is reported for what the platform does', () => {
    expect(followed('orders failing')).toBe('platform trouble');
    expect(followed('archive trouble')).toBe('platform trouble');
    expect(ruleOf('platform trouble')).toEqual([
      'ledger ledger-throttles',
      'state ledger-throttles',
      'orders throttles',
      'billing throttles',
    ]);
    expect(followed('platform trouble')).toBe('receiver throttles');
  });

  test('what comes in has one notice, which its followers wait for', () => {
    expect(ruleOf('intake trouble')).toEqual([
      'receiver receiver-errors',
      'api turned-away',
      'receiver throttles',
      'spool spool',
      'sweeper sweeper',
      'github deadline',
      'stripe deadline',
      'shopify deadline',
      'svix deadline',
    ]);
    expect(followed('intake trouble')).toBeUndefined();
    expect(['endpoints trouble', 'sources trouble'].map(followed)).toEqual(['intake trouble', 'intake trouble']);
  });

  test('every alarm gives notice itself or is part of exactly one that does', () => {
    for (const { AlarmName, AlarmActions } of all) {
      const speakers = composites.filter(({ AlarmRule }) => AlarmRule.includes(`"${AlarmName}"`));
      expect([AlarmName, speakers.length]).toEqual([AlarmName, AlarmActions ? 0 : 1]);
    }
    for (const { AlarmActions, OKActions } of composites) {
      expect(AlarmActions).toHaveLength(1);
      expect(OKActions).toEqual(AlarmActions);
    }
  });

  test('names only alarms that there are, and that are made before', () => {
    const names = new Set([...all, ...composites].map(({ AlarmName }) => AlarmName));
    for (const { AlarmRule, ActionsSuppressor } of composites) {
      for (const [, name] of AlarmRule.matchAll(/"([^"]+)"/g)) expect(names).toContain(name);
      if (ActionsSuppressor) expect(names).toContain(ActionsSuppressor);
    }
    const resources = template.findResources('AWS::CloudWatch::CompositeAlarm');
    for (const { DependsOn, Properties } of Object.values(resources)) {
      const wanted = (Properties.AlarmRule.match(/ALARM/g) ?? []).length;
      expect((DependsOn as string[]).length).toBeGreaterThanOrEqual(wanted);
    }
  });

  test('splits a rule that would have too many children, without a further notice', () => {
    const sources = Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`source${i}`, { provider: 'stripe' }]));
    const consumers = { orders: { ...orders, from: { source: 'source1' } } };
    const { monitoring } = templatesOf({ sources, consumers, alarms: { without: ['signature-refusals'] } } as never);
    const many = alarmsIn(monitoring, 'CompositeAlarm');
    expect(alarmOf('intake trouble', many).AlarmRule).toBe(
      'ALARM("nerite-dev-intake trouble 1 of 2") OR ALARM("nerite-dev-intake trouble 2 of 2")',
    );
    expect(alarmOf('intake trouble 2 of 2', many).AlarmActions).toBeUndefined();
    for (const { AlarmRule } of many) {
      expect(AlarmRule.match(/ALARM/g)?.length).toBeLessThanOrEqual(100);
      expect(AlarmRule.length).toBeLessThan(10_240);
    }
  });
});

describe('the definition turns off', () => {
  const templateFor = (alarms: PipelineDefinition['alarms']) => templatesOf(everything(alarms)).monitoring;

  test('composite alarms, and then each alarm speaks for itself', () => {
    const without = templateFor({ composite: false });
    without.resourceCountIs('AWS::CloudWatch::CompositeAlarm', 0);
    for (const { AlarmActions } of alarmsIn(without)) expect(AlarmActions).toHaveLength(1);
  });

  test('what API Gateway would count for each route', () => {
    const kinds = alarmsIn(templateFor({ routes: false })).map(({ AlarmName }) => AlarmName.split(' ').at(-1));
    expect(kinds).not.toContain('deadline');
    expect(kinds).not.toContain('endpoint-disabling');
  });

  test('kinds of alarms, also all that a composite alarm is made of', () => {
    const without = templateFor({ without: ['failure-rate', 'circuit-open', 'replays'] });
    const names = [...alarmsIn(without), ...alarmsIn(without, 'CompositeAlarm')];
    expect(names.filter(({ AlarmName }) => /failure-rate|circuit-open|replays|failing/.test(AlarmName))).toEqual([]);
    expect(alarmOf('orders late', names).ActionsSuppressor).toBe('nerite-dev-platform trouble');
  });

  test('the dashboard with its queries, and everything', () => {
    const without = templateFor({ dashboard: false });
    without.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
    without.resourceCountIs('AWS::Logs::QueryDefinition', 0);
    expect(stacksOf(everything(false)).monitoring).toBeUndefined();
  });
});

test('alarms of many consumers stand in stacks of their own, and notify the same topic', () => {
  const consumers = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`consumer${i}`, orders]));
  const { monitoring, furtherMonitoring = [] } = stacksOf({ consumers } as never);
  if (!monitoring) throw new Error('there must be a monitoring stack');
  const [second, third] = furtherMonitoring.map((stack) => Template.fromStack(stack));
  if (!second || !third) throw new Error('there must be two further stacks');
  for (const stack of furtherMonitoring) expect(stack.dependencies).toContain(monitoring);
  const late = alarmsIn(second, 'CompositeAlarm').find(({ AlarmName }) => AlarmName.endsWith('late'));
  expect(flat([late?.AlarmActions].flat()[0])).toMatch(/:nerite-dev-notices$/);
  const names = [second, third].flatMap((from) => alarmsIn(from, 'CompositeAlarm')).map(({ AlarmName }) => AlarmName);
  expect(names.filter((name) => name.endsWith(' late'))).toHaveLength(60);
});

describe('every alarm', () => {
  const everyOne = [...all, ...composites];

  test('of every kind is there', () => {
    const kinds = new Set(all.map(({ AlarmName }) => AlarmName.split(' ').at(-1)));
    expect([...kinds].sort()).toEqual([...alarmKinds].sort());
  });

  test('tells what is at stake, what to do and where to look', () => {
    for (const { AlarmDescription } of everyOne) {
      expect(flat(AlarmDescription)).toMatch(
        /^[^.]{20,}\. Runbook: README\.md#[a-z0-9-]+ Console: https:\/\/<AWS::Region>\.console\.aws\.amazon\.com\/\S+$/,
      );
      expect(flat(AlarmDescription).length).toBeLessThan(900);
    }
  });

  test('has a heading in the runbook', () => {
    const readme = readFileSync(resolve(import.meta.dirname, '../../../README.md'), 'utf8');
    const runbook = readme.slice(readme.indexOf('\n## Runbook'), readme.indexOf('\n## Commands'));
    const headings = [...runbook.matchAll(/^### (.+)$/gm)].map(([, text = '']) =>
      text.toLowerCase().replaceAll(' ', '-'),
    );
    for (const { AlarmDescription } of everyOne) {
      const [, heading] = /README\.md#([a-z-]+)/.exec(flat(AlarmDescription)) ?? [];
      expect(headings).toContain(heading);
    }
  });

  test('has a name that CloudWatch takes, with its kind last', () => {
    for (const { AlarmName } of everyOne) expect(AlarmName).toMatch(/^nerite-dev-[\w-]{1,40} [a-z-]+$/);
  });

  test('looks at no more metrics, and no longer, than CloudWatch allows', () => {
    for (const { Metrics = [], EvaluationPeriods, Period } of all) {
      const periods = Metrics.flatMap(({ MetricStat }) => MetricStat?.Period ?? []);
      expect(Metrics.length).toBeLessThanOrEqual(10);
      for (const period of [...periods, ...(Period ? [Number(Period)] : [])]) {
        expect(period % 60).toBe(0);
        expect(period * Number(EvaluationPeriods)).toBeLessThanOrEqual(86_400);
      }
    }
  });

  test('does not rest on the latest minute alone, where it takes a figure that has not come yet for 0', () => {
    const filled = all.filter(({ Metrics = [] }) => {
      const period = Math.max(...Metrics.map(({ MetricStat }) => MetricStat?.Period ?? 0));
      return period === 60 && Metrics.some(({ Expression }) => Expression?.includes('FILL'));
    });
    expect(filled.length).toBeGreaterThan(0);
    for (const { AlarmName, EvaluationPeriods, DatapointsToAlarm } of filled) {
      expect([AlarmName, Number(EvaluationPeriods) - Number(DatapointsToAlarm ?? EvaluationPeriods)]).toEqual([
        AlarmName,
        4,
      ]);
    }
  });

  test('is one that the embedded runtime understands', () => {
    for (const { Metrics = [] } of all) {
      for (const { Expression } of Metrics)
        if (Expression !== undefined) expect(() => parseMath(Expression)).not.toThrow();
    }
    for (const { AlarmRule } of composites) expect(() => parseRule(AlarmRule)).not.toThrow();
  });

  test('takes silence for calm, but where silence is the trouble', () => {
    for (const { AlarmName, TreatMissingData } of all) {
      const silence = /silent/.test(AlarmName) ? 'breaching' : 'notBreaching';
      expect([AlarmName, TreatMissingData]).toEqual([AlarmName, silence]);
    }
  });
});

describe('the topic', () => {
  test('takes notices from alarms of this account, by TLS only', () => {
    template.hasResourceProperties('AWS::SNS::TopicPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({
            Effect: 'Allow',
            Action: 'sns:Publish',
            Principal: { Service: 'cloudwatch.amazonaws.com' },
            Condition: Match.objectLike({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }),
          }),
        ]),
      },
    });
  });

  test('writes to the addresses of the definition, and to nobody by default', () => {
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'someone@example.com' });
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'https', Endpoint: endpoints[0] });
    templatesOf().monitoring.resourceCountIs('AWS::SNS::Subscription', 0);
    expect(Object.keys(template.toJSON().Outputs)).toEqual(['TopicArn']);
  });
});

describe('the dashboard', () => {
  const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  const body: { widgets: { type: string; properties: Record<string, unknown> }[] } = JSON.parse(
    flat(dashboard?.Properties.DashboardBody),
  );
  const titles = body.widgets.flatMap(({ properties }) => (properties.title ? [String(properties.title)] : []));

  test('says first how to read it, then which alarms ring, then where events go', () => {
    expect(String(body.widgets[0]?.properties.markdown)).toContain('How to read this');
    expect(titles.slice(0, 6)).toEqual([
      'Alarms',
      'Received, by source',
      'Refused, by reason',
      'Queued',
      'Processed',
      'Dead letters, by reason',
    ]);
  });

  test('has a row for each consumer', () => {
    for (const consumer of ['orders', 'billing']) {
      expect(titles.filter((title) => title.startsWith(`${consumer}: `))).toHaveLength(6);
    }
  });

  test('draws thresholds as lines', () => {
    const lines = new Map(
      body.widgets.map(({ properties }) => [
        properties.title,
        (properties.annotations as { horizontal?: { value: number }[] } | undefined)?.horizontal?.map(
          ({ value }) => value,
        ),
      ]),
    );
    expect(lines.get('Waiting, deferred ones counted in')).toEqual([77]);
    expect(lines.get('billing: oldest, seconds')).toEqual([99]);
    expect(lines.get('orders: failed, percent')).toEqual([33]);
  });

  test('asks for metrics as the functions’ telemetry names their dimensions', () => {
    const searched = JSON.stringify(body).replaceAll('\\"', '"');
    for (const [dimensions, metric] of [
      ['source,service,stage', 'Received'],
      ['reason,source,service,stage', 'Refused'],
      ['consumer,reason,service,stage', 'Deferred'],
    ]) {
      expect(searched).toContain(`SEARCH('{Nerite,${dimensions}} MetricName="${metric}" stage="dev"', 'Sum', 300)`);
    }
  });

  test('shows only alarms that there are', () => {
    const widget = body.widgets.find(({ type }) => type === 'alarm');
    const names = (widget ? (widget.properties.alarms as string[]) : []).map((arn) => arn.split(':alarm:')[1]);
    expect(names.length).toBeGreaterThan(8);
    for (const name of names) expect([...all, ...composites].map(({ AlarmName }) => AlarmName)).toContain(name);
  });
});

test('saved queries ask the functions’ own log groups for what is no metric', () => {
  const queries = Object.values(template.findResources('AWS::Logs::QueryDefinition')).map(
    ({ Properties }) => Properties,
  );
  expect(queries.map(({ Name }) => Name)).toEqual(
    [
      'top tenants',
      'top types',
      'refused by reason',
      'one event by its id',
      'slowest handlers',
      'failed attempts by reason',
    ].map((name) => `nerite-dev-logs/${name}`),
  );
  expect(queries[3]?.QueryString).toMatch(/^filter eventId like "<event id>"\n/);
  for (const { LogGroupNames } of queries) {
    for (const name of LogGroupNames) expect(name).toMatch(/^\/aws\/lambda\/nerite-dev-(receiver|orders|billing)$/);
  }
});
