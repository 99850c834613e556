// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is how Fn::Sub writes its variables
import { describe, expect, test } from 'vitest';
import { type PendingResource, resolveStack } from '../../../../infra/local/template/stack.ts';
import { templateOf } from '../../../../infra/local/template/template.ts';

/** Resolves a template whose resources are what they are called, and answers what was planned. */
function resolved(json: unknown, exports = new Map<string, string>()) {
  const planned: { id: string; properties: unknown }[] = [];
  const plan = (resource: PendingResource) => {
    planned.push({ id: resource.logicalId, properties: resource.properties() });
    return { ref: `ref-${resource.logicalId}`, attributes: { Arn: `arn-${resource.logicalId}` } };
  };
  const outputs = resolveStack(templateOf('s', json), { region: 'us-east-1', account: '000000000000', exports, plan });
  return { planned, outputs, exports, order: planned.map(({ id }) => id) };
}

const resource = (properties: object = {}, more: object = {}) => ({ Type: 'T', Properties: properties, ...more });

describe('resolveStack', () => {
  test('plans what a resource depends on before it, whatever the template writes first', () => {
    const { order, planned } = resolved({
      Resources: {
        A: resource({ x: { Ref: 'C' } }),
        B: resource({}, { DependsOn: ['D'] }),
        C: resource({ y: { 'Fn::Sub': '${D.Arn}' } }),
        D: resource(),
      },
    });
    expect(order.indexOf('D')).toBeLessThan(order.indexOf('C'));
    // A resource is noted when its properties are read, and those of A wait for C's.
    expect(planned.find(({ id }) => id === 'A')?.properties).toEqual({ x: 'ref-C' });
    expect(order.indexOf('D')).toBeLessThan(order.indexOf('B'));
    expect(order.toSorted()).toEqual(['A', 'B', 'C', 'D']);
  });

  test('names the resources that depend on each other', () => {
    const json = {
      Resources: {
        A: resource({ x: { Ref: 'B' } }),
        B: resource({}, { DependsOn: 'C' }),
        C: resource({ x: { Ref: 'A' } }),
      },
    };
    expect(() => resolved(json)).toThrow('stack s: resources depend on each other: A → B → C → A');
  });

  test('leaves out what stands under a condition that does not hold', () => {
    const { order, outputs } = resolved({
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] }, Always: { 'Fn::Not': [{ Condition: 'Never' }] } },
      Resources: { A: resource({}, { Condition: 'Never' }), B: resource({}, { Condition: 'Always' }) },
      Outputs: { X: { Value: { Ref: 'A' }, Condition: 'Never' }, Y: { Value: { Ref: 'B' } } },
    });
    expect(order).toEqual(['B']);
    expect(outputs).toEqual({ Y: 'ref-B' });
  });

  test('gives parameters by their defaults, and never asks for one that nobody uses', () => {
    const { outputs } = resolved({
      Parameters: {
        Size: { Type: 'Number', Default: '5' },
        BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/version' },
      },
      Resources: {},
      Outputs: { Size: { Value: { Ref: 'Size' } } },
    });
    expect(outputs).toEqual({ Size: '5' });
  });

  test('knows the pseudo parameters', () => {
    const values = {
      'Fn::Sub': '${AWS::Partition} ${AWS::Region} ${AWS::AccountId} ${AWS::URLSuffix} ${AWS::StackName}',
    };
    const { outputs } = resolved({ Resources: {}, Outputs: { All: { Value: values } } });
    expect(outputs.All).toBe('aws us-east-1 000000000000 amazonaws.com s');
  });

  test('hands exports on to the stacks that follow', () => {
    const exports = new Map<string, string>();
    resolved(
      {
        Resources: { A: resource() },
        Outputs: { X: { Value: { 'Fn::GetAtt': ['A', 'Arn'] }, Export: { Name: 's:A' } } },
      },
      exports,
    );
    expect(
      resolved({ Resources: {}, Outputs: { Y: { Value: { 'Fn::ImportValue': 's:A' } } } }, exports).outputs,
    ).toEqual({ Y: 'arn-A' });
  });

  test.each([
    [
      'a resource that is not there',
      { Resources: { A: resource({ x: { Ref: 'Gone' } }) } },
      'stack s: resource A refers to Gone, which the template does not have',
    ],
    [
      'an attribute that is not known',
      { Resources: { A: resource(), B: resource({ x: { 'Fn::GetAtt': ['A', 'Moon'] } }) } },
      'stack s: resource B uses the attribute Moon of A (T), which',
    ],
    [
      'an import that nobody exports',
      { Resources: { A: resource({ x: { 'Fn::ImportValue': 'n' } }) } },
      'stack s: resource A imports n, which no stack before it exports',
    ],
    [
      'an unknown pseudo parameter',
      { Resources: { A: resource({ x: { Ref: 'AWS::Moon' } }) } },
      'stack s: resource A uses AWS::Moon, which',
    ],
    [
      'a parameter without a default',
      { Parameters: { P: { Type: 'String' } }, Resources: { A: resource({ x: { Ref: 'P' } }) } },
      'the parameter P, which must have a default, got none',
    ],
    [
      'a condition that is not there',
      { Resources: { A: resource({}, { Condition: 'C' }) } },
      'stack s: resource A refers to the condition C, which the template does not have',
    ],
    [
      'conditions in a circle',
      { Conditions: { C: { Condition: 'C' } }, Resources: { A: resource({}, { Condition: 'C' }) } },
      'stack s: conditions depend on each other: C → C',
    ],
    [
      'a row that is not mapped',
      { Mappings: { M: { a: {} } }, Resources: { A: resource({ x: { 'Fn::FindInMap': ['M', 'a', 'b'] } }) } },
      'looks up M.a.b, which the template does not have',
    ],
    [
      'a section that is not known',
      { Transform: 'AWS::LanguageExtensions', Resources: {} },
      'stack s: the template has the section Transform, which',
    ],
    [
      'an attribute of a resource that is not known',
      { Resources: { A: { Type: 'T', CreationPolicy: {} } } },
      'stack s: resource A has the attribute CreationPolicy, which',
    ],
  ])('refuses %s', (_, json, message) => {
    expect(() => resolved(json)).toThrow(message);
  });
});
