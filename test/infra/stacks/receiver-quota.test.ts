import type { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import type { QuotaDefinition } from '../../../functions/core/definition.ts';
import { flat, templatesOf } from '../../support/stacks.ts';

/** The receiver's state table by its environment, and what its role may do with DynamoDB. */
function receiverOf(quota: QuotaDefinition | undefined) {
  const { pipeline } = templatesOf({
    sources: { github: { provider: 'github' }, stripe: { provider: 'stripe', ...(quota ? { quota } : {}) } },
  });
  const { Environment, Role } = propertiesOf(pipeline, 'AWS::Lambda::Function').find(
    ({ FunctionName }) => FunctionName === 'nerite-dev-receiver',
  );
  const table = Environment.Variables.STATE_TABLE;
  const statements = propertiesOf(pipeline, 'AWS::IAM::Policy')
    .filter(({ Roles }) => Roles.some(({ Ref }: { Ref: string }) => Ref === Role['Fn::GetAtt'][0]))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  return {
    table: table && flat(table),
    dynamodb: statements
      .filter(({ Action }) => [Action].flat().some((action: string) => action.startsWith('dynamodb:')))
      .map(({ Effect, Action, Resource }) => `${Effect} ${[Action].flat().join()} ${flat(Resource)}`),
  };
}

function propertiesOf(template: Template, type: string) {
  return Object.values(template.findResources(type)).map(({ Properties }) => Properties);
}

const limit = { events: 100, perSeconds: 60 };

test.each([[{ source: limit }], [{ tenant: limit }], [{ source: limit, tenant: limit, beyond: 'refuse' } as const]])(
  'a receiver of a source with the quota %j may count in the state table, and do nothing else there',
  (quota) => {
    expect(receiverOf(quota)).toEqual({
      table: '<nerite-dev-stateful:StateTable>',
      dynamodb: [
        'Allow dynamodb:UpdateItem arn:<AWS::Partition>:dynamodb:<AWS::Region>:<AWS::AccountId>:table/<nerite-dev-stateful:StateTable>',
      ],
    });
  },
);

test('a receiver without quotas knows no table', () => {
  expect(receiverOf(undefined)).toEqual({ table: undefined, dynamodb: [] });
});
