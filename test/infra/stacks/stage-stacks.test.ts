import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { definition, domain } from '../../support/definitions.ts';
import { stacksOf, templatesOf } from '../../support/stacks.ts';

const templates = Object.entries(templatesOf({ archive: {} }));

/** Every text in a template that is the name of something of the stage. */
function namesIn(stage: string): Set<string> {
  const texts = JSON.stringify(Object.values(templatesOf({ archive: {} }, stage)).map((template) => template.toJSON()));
  return new Set(texts.match(/nerite[-/][\w./:-]+/g));
}

describe('the stacks of a stage', () => {
  test('are named for it and deployed in their order', () => {
    const { stateful, pipeline, monitoring } = stacksOf({}, 'prod');
    expect([stateful, pipeline, monitoring].map((stack) => stack?.stackName)).toEqual([
      'nerite-prod-stateful',
      'nerite-prod-pipeline',
      'nerite-prod-monitoring',
    ]);
    expect(pipeline.dependencies).toEqual([stateful]);
    expect(monitoring?.dependencies).toEqual([stateful]);
  });

  test('have no name in common with those of another stage', () => {
    const dev = namesIn('dev');
    const prod = namesIn('prod');
    expect(dev.size).toBeGreaterThan(15);
    expect([...dev].filter((name) => prod.has(name))).toEqual([]);
  });

  test('fit any account and region', () => {
    for (const [, template] of templates) expect(JSON.stringify(template.toJSON())).not.toMatch(/\b\d{12}\b|us-east-1/);
  });
});

describe.each(templates)('the %s stack', (_, template) => {
  test('consists of nothing but CloudFormation’s own resources, and few enough of them', () => {
    const types = Object.values(template.toJSON().Resources as Record<string, { Type: string }>).map(
      ({ Type }) => Type,
    );
    expect(types.filter((type) => !type.startsWith('AWS::') || type === 'AWS::CloudFormation::CustomResource')).toEqual(
      [],
    );
    expect(types.length).toBeLessThan(500);
    expect(Buffer.byteLength(JSON.stringify(template.toJSON()))).toBeLessThan(1_000_000);
  });

  test('asks for no parameters, conditions or rules that an endpoint might not know', () => {
    expect(
      Object.keys(template.toJSON()).filter((key) => !['Description', 'Resources', 'Outputs'].includes(key)),
    ).toEqual([]);
  });

  test('allows no action by a wildcard, and resources only as IAM forces it', () => {
    const policies = Object.values(template.findResources('AWS::IAM::Policy'));
    const statements: { Effect: string; Action: unknown; Resource: unknown }[] = policies.flatMap(
      ({ Properties }) => Properties.PolicyDocument.Statement,
    );
    for (const { Effect, Action, Resource } of statements) {
      expect(Effect).toBe('Allow');
      expect(JSON.stringify(Action)).not.toContain('*');
      const wild = [Resource].flat().filter((resource) => JSON.stringify(resource).includes('*'));
      for (const resource of wild)
        expect(JSON.stringify(resource)).toMatch(/\/(spool|archive\/(bodies|events|manifests|indexes))\/\*"/);
    }
  });
});

test('a pipeline of seventy consumers and fifty sources still fits', () => {
  const { orders } = definition().consumers;
  const many = (count: number, prefix: string, value: unknown) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, value]));
  const sources = { stripe: { provider: 'stripe' }, ...many(49, 'source', { provider: 'slack' }) };
  const circuits = { ...orders, circuit: {} };
  const stacks = stacksOf({ archive: {}, sources, consumers: many(70, 'consumer', circuits) } as object);
  const { stateful, pipeline, monitoring, furtherMonitoring = [] } = stacks;
  expect(furtherMonitoring.map(({ stackName }) => stackName)).toEqual([
    'nerite-dev-monitoring-2',
    'nerite-dev-monitoring-3',
  ]);
  for (const stack of [stateful, pipeline, monitoring, ...furtherMonitoring]) {
    if (!stack) throw new Error('there must be a monitoring stack');
    const json = Template.fromStack(stack).toJSON();
    expect(Object.keys(json.Resources).length).toBeLessThanOrEqual(500);
    expect(Buffer.byteLength(JSON.stringify(json))).toBeLessThan(1_000_000);
  }
});

describe('cdk-nag', () => {
  test('finds nothing', () => {
    const { orders, billing } = definition().consumers;
    const consumers = { orders: { ...orders, circuit: {}, batch: { maxEvents: 100 } }, billing };
    const sources = {
      stripe: { provider: 'stripe', quota: { tenant: { events: 100, perSeconds: 60 } } },
      files: { provider: 'dropbox' },
      projects: { provider: 'asana' },
    };
    const { app } = stacksOf({ sources, consumers, domain, alarms: { emails: ['someone@example.com'] } } as object);
    app.synth();
    expect(new AwsSolutionsChecks().validateScope(app).violations).toEqual([]);
  });

  test('hears a reason for whatever is accepted', () => {
    const { app } = stacksOf();
    const reasons = app.node
      .findAll()
      .flatMap(({ node }) => node.metadata.filter(({ type }) => type.includes('acknowledged')).map(({ data }) => data))
      .flatMap((data: Record<string, { reason: string } | string>) => Object.values(data));
    expect(reasons.length).toBeGreaterThan(5);
    for (const reason of reasons) expect(JSON.stringify(reason).length).toBeGreaterThan(40);
  });
});
