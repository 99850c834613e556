// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is how Fn::Sub writes its variables
import { describe, expect, test } from 'vitest';
import { evaluate, noValue, resolve, type Scope } from '../../../../infra/local/template/intrinsics.ts';

const scope: Scope = {
  region: 'eu-west-1',
  ref: (name) =>
    ({ 'AWS::Region': 'eu-west-1', 'AWS::NoValue': noValue, Queue: 'https://queue', Count: 3, List: ['a', 'b'] })[name],
  attribute: (id, name) => `${id}/${name}`,
  condition: (name) => name === 'Yes',
  importValue: (name) => `imported ${name}`,
  mapped: (...keys) => keys.slice(0, 3).join('.'),
};
const resolved = (value: unknown) => resolve(value, scope, 'stack s: resource R');
const evaluated = (value: unknown) => evaluate(value, scope, 'stack s: condition C');

describe('resolve', () => {
  test.each([
    ['texts, numbers and truth values stay', { a: 'x', b: [1, true, null] }, { a: 'x', b: [1, true, null] }],
    ['Ref', { Ref: 'Queue' }, 'https://queue'],
    ['Fn::GetAtt as a list', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'Queue/Arn'],
    ['Fn::GetAtt as a text, dots in the attribute', { 'Fn::GetAtt': 'Table.Stream.Arn' }, 'Table/Stream.Arn'],
    ['Fn::Sub', { 'Fn::Sub': 'q-${AWS::Region}-${Queue.Arn}-${Count}-${!Kept}' }, 'q-eu-west-1-Queue/Arn-3-${Kept}'],
    [
      'Fn::Sub with variables of its own',
      { 'Fn::Sub': ['${Own}:${Queue}', { Own: { 'Fn::Join': ['+', [1, 2]] } }] },
      '1+2:https://queue',
    ],
    ['Fn::Join, with a list that must be resolved', { 'Fn::Join': ['-', { Ref: 'List' }] }, 'a-b'],
    ['Fn::Split and Fn::Select', { 'Fn::Select': ['1', { 'Fn::Split': ['/', 'a/b/c'] }] }, 'b'],
    ['Fn::ImportValue', { 'Fn::ImportValue': { 'Fn::Sub': '${AWS::Region}-x' } }, 'imported eu-west-1-x'],
    ['Fn::FindInMap', { 'Fn::FindInMap': ['M', { Ref: 'AWS::Region' }, 'k'] }, 'M.eu-west-1.k'],
    ['Fn::If, where it holds', { 'Fn::If': ['Yes', 'a', { 'Fn::Unknown': 1 }] }, 'a'],
    ['Fn::If, where it does not', { 'Fn::If': ['No', { 'Fn::Unknown': 1 }, 'b'] }, 'b'],
    ['Fn::Base64', { 'Fn::Base64': 'héllo' }, 'aMOpbGxv'],
    ['Fn::GetAZs', { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, 'eu-west-1a'],
    [
      'AWS::NoValue takes its property away',
      { a: { Ref: 'AWS::NoValue' }, b: [1, { Ref: 'AWS::NoValue' }] },
      { b: [1] },
    ],
    ['Condition of a policy is no function', { Condition: { Bool: 'x' } }, { Condition: { Bool: 'x' } }],
  ])('%s', (_, value, expected) => {
    expect(resolved(value)).toEqual(expected);
  });

  test.each([
    [
      'an unknown function',
      { a: [{ 'Fn::Cidr': [] }] },
      'stack s: resource R uses Fn::Cidr, which the embedded runtime does not know',
    ],
    ['a transform', { 'Fn::Transform': {} }, 'uses Fn::Transform, which'],
    ['a dynamic reference', '{{resolve:ssm:/x}}', 'uses the dynamic reference "{{resolve:ssm:/x}}", which'],
    ['an index beyond the list', { 'Fn::Select': [2, ['a', 'b']] }, 'Fn::Select must get an index from 0 to 1, got 2'],
    [
      'a join of what is no text',
      { 'Fn::Join': ['', [{ x: { y: 1 } }]] },
      'Fn::Join must get a text, got {"x":{"y":1}}',
    ],
    ['too few items', { 'Fn::If': ['Yes', 'a'] }, 'Fn::If must get 3 items, got 2'],
  ])('refuses %s', (_, value, message) => {
    expect(() => resolved(value)).toThrow(message);
  });
});

describe('evaluate', () => {
  const yes = { Condition: 'Yes' };
  const no = { Condition: 'No' };
  test.each([
    [yes, true],
    [no, false],
    [{ 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] }, true],
    [{ 'Fn::Equals': ['a', 'b'] }, false],
    [{ 'Fn::And': [yes, no] }, false],
    [{ 'Fn::And': [yes, yes] }, true],
    [{ 'Fn::Or': [no, yes] }, true],
    [{ 'Fn::Or': [no, no] }, false],
    [{ 'Fn::Not': [no] }, true],
  ])('%j is %s', (condition, expected) => {
    expect(evaluated(condition)).toBe(expected);
  });

  test('refuses what is no condition', () => {
    expect(() => evaluated({ 'Fn::Contains': [] })).toThrow('stack s: condition C uses Fn::Contains, which');
    expect(() => evaluated('true')).toThrow('stack s: condition C must be a condition function, got "true"');
  });
});
