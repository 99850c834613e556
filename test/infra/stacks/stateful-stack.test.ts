import { App } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { StatefulStack } from '../../../infra/stacks/stateful-stack.ts';
import { definition, domain } from '../../support/definitions.ts';
import { flat, stacksOf, templatesOf } from '../../support/stacks.ts';

const { stateful: template } = templatesOf();
const resources = Object.values(
  template.toJSON().Resources as Record<string, { Type: string; DeletionPolicy?: string }>,
);

describe('everything that outlives code', () => {
  test('is in a stack that nobody deletes by mistake', () => {
    expect(stacksOf().stateful.terminationProtection).toBe(true);
  });

  test.each([
    ['false', false],
    [false, false],
    ['no', true],
  ])('is left without protection by context terminationProtection, and by nothing but false: %j', (given, expected) => {
    const app = new App({ context: { terminationProtection: given }, analyticsReporting: false });
    const stack = new StatefulStack(app, 'stack', { stage: 'dev', definition: definition() });
    expect(stack.terminationProtection).toBe(expected);
  });

  test('is kept when it leaves the template or is replaced', () => {
    expect(resources.length).toBeGreaterThan(10);
    for (const resource of resources) {
      expect(resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    }
  });

  test('keeps its logical ids', () => {
    const ids = Object.entries(template.toJSON().Resources as Record<string, { Type: string }>);
    expect(ids.map(([id, { Type }]) => `${Type} ${id}`).sort()).toMatchSnapshot();
  });

  test('has ids that depend on neither the order nor the number of sources and consumers', () => {
    const { sources, consumers } = definition();
    const reversed = (record: object) => Object.fromEntries(Object.entries(record).reverse());
    const added = { a: { from: { source: 'a' }, handler: 'functions/handlers/release-notes.ts' } };
    const other = templatesOf({
      sources: { a: { provider: 'slack' }, ...reversed(sources) },
      consumers: { ...added, ...reversed(consumers) },
    });
    const idsOf = ({ stateful }: ReturnType<typeof templatesOf>) => Object.keys(stateful.toJSON().Resources);
    expect(idsOf(other)).toEqual(expect.arrayContaining(idsOf(templatesOf())));
  });
});

describe('a queue', () => {
  test('hides a message for six times its function’s timeout, and keeps it for 10 days', () => {
    template.hasResourceProperties('AWS::SQS::Queue', {
      QueueName: 'nerite-dev-orders',
      VisibilityTimeout: 6 * 40,
      MessageRetentionPeriod: 10 * 86_400,
      SqsManagedSseEnabled: true,
      FifoQueue: Match.absent(),
      RedrivePolicy: Match.objectLike({ maxReceiveCount: 1_000 }),
    });
  });

  test('hides it for longer where a policy may hold it, or Lambda gathers a batch', () => {
    const { orders } = definition().consumers;
    const hidden = (difference: object) => {
      const { stateful } = templatesOf({ consumers: { orders: { ...orders, ...difference } } } as object);
      const queues = Object.values(stateful.findResources('AWS::SQS::Queue'));
      return queues.find(({ Properties }) => Properties.QueueName === 'nerite-dev-orders')?.Properties
        .VisibilityTimeout;
    };
    expect(hidden({ circuit: {} })).toBe(6 * 60);
    expect(hidden({ batch: { maxEvents: 100, windowSeconds: 7 } })).toBe(6 * 40 + 7);
    expect(hidden({ coalesce: { by: () => 'key', windowSeconds: 900 } })).toBe(6 * 40);
  });

  test('of a consumer with an order is FIFO with high throughput, and so is its dead-letter queue', () => {
    for (const QueueName of ['nerite-dev-billing.fifo', 'nerite-dev-billing-dlq.fifo']) {
      template.hasResourceProperties('AWS::SQS::Queue', {
        QueueName,
        FifoQueue: true,
        DeduplicationScope: 'messageGroup',
        FifoThroughputLimit: 'perMessageGroupId',
        ContentBasedDeduplication: Match.absent(),
      });
    }
  });

  test.each([
    ['orders', 'nerite-dev-orders', 'nerite-dev-orders-dlq'],
    ['billing', 'nerite-dev-billing.fifo', 'nerite-dev-billing-dlq.fifo'],
  ])('of %s redrives into its own dead-letter queue, which lets no other in', (_, name, deadName) => {
    const queues = Object.entries(template.findResources('AWS::SQS::Queue'));
    const named = (wanted: string) => queues.find(([, { Properties }]) => Properties.QueueName === wanted) ?? ['', {}];
    const [deadId, dead] = named(deadName);
    const [, queue] = named(name);
    expect(flat(queue.Properties.RedrivePolicy.deadLetterTargetArn)).toBe(`<${deadId}.Arn>`);
    expect(dead.Properties.MessageRetentionPeriod).toBe(14 * 86_400);
    expect(dead.Properties.RedriveAllowPolicy.redrivePermission).toBe('byQueue');
    expect(dead.Properties.RedriveAllowPolicy.sourceQueueArns.map(flat)).toEqual([
      `arn:<AWS::Partition>:sqs:<AWS::Region>:<AWS::AccountId>:${name}`,
    ]);
  });

  test('refuses what does not come by TLS', () => {
    const guarded = Object.values(template.findResources('AWS::SQS::QueuePolicy')).filter(({ Properties }) =>
      Properties.PolicyDocument.Statement.some(
        (statement: { Effect: string; Action: string; Condition: object }) =>
          statement.Effect === 'Deny' &&
          statement.Action === 'sqs:*' &&
          JSON.stringify(statement.Condition) === '{"Bool":{"aws:SecureTransport":"false"}}',
      ),
    );
    expect(guarded).toHaveLength(4);
  });

  test('is another one once its consumer has an order, and the old one stays', () => {
    const { orders } = definition().consumers;
    const ordered = { orders: { ...orders, order: { by: () => 'one' } } };
    const ids = (consumers: object) =>
      Object.keys(templatesOf({ consumers } as object).stateful.findResources('AWS::SQS::Queue'));
    expect(ids({ orders }).filter((id) => ids(ordered).includes(id))).toEqual([]);
  });
});

describe('the rest', () => {
  test('a secret is created with no value, so that no deployment overwrites one', () => {
    const secrets = Object.values(template.findResources('AWS::SecretsManager::Secret'));
    expect(secrets.map(({ Properties }) => Properties.Name)).toEqual(['nerite/dev/github', 'nerite/dev/stripe']);
    for (const { Properties } of secrets) {
      expect(Properties).not.toHaveProperty('SecretString');
      expect(Properties).not.toHaveProperty('GenerateSecretString');
    }
  });

  test('the ledger can be restored, expires its records and has a sparse index of keys', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'consumer', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      DeletionProtectionEnabled: true,
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      GlobalSecondaryIndexes: [
        {
          IndexName: 'unfinished',
          KeySchema: [
            { AttributeName: 'shard', KeyType: 'HASH' },
            { AttributeName: 'failedAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    });
  });

  test('the state table has no backups', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [
        { AttributeName: 'key', KeyType: 'HASH' },
        { AttributeName: 'sort', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      PointInTimeRecoverySpecification: Match.absent(),
    });
  });

  test('the bucket is private, encrypted and versioned, and has no name that a second stage could meet', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketName: Match.absent(),
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: { Status: 'Enabled' },
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: [Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })],
      },
    });
  });

  test('the archive grows cold and expires as the definition says; the spool does neither', () => {
    const archive = { infrequentAfterDays: 31, glacierAfterDays: 100, expireAfterDays: 200 };
    const [bucket] = Object.values(templatesOf({ archive }).stateful.findResources('AWS::S3::Bucket'));
    const rules: { Prefix?: string; Transitions?: unknown; ExpirationInDays?: number }[] =
      bucket?.Properties.LifecycleConfiguration.Rules;
    const cold = [
      { StorageClass: 'STANDARD_IA', TransitionInDays: 31 },
      { StorageClass: 'GLACIER', TransitionInDays: 100 },
    ];
    expect(rules).toContainEqual(expect.objectContaining({ Prefix: 'archive/', ExpirationInDays: 200 }));
    expect(rules).toContainEqual(expect.objectContaining({ Prefix: 'archive/events/', Transitions: cold }));
    expect(rules).toContainEqual(expect.objectContaining({ Prefix: 'archive/bodies/', Transitions: cold }));
    expect(rules).toContainEqual(
      expect.objectContaining({
        NoncurrentVersionExpiration: { NoncurrentDays: 30 },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      }),
    );
    for (const rule of rules.filter(({ Transitions, ExpirationInDays }) => Transitions || ExpirationInDays)) {
      expect(rule.Prefix).toMatch(/^archive\//);
    }
  });

  test('the API has no stage of its own: its URL stays while code comes and goes', () => {
    template.hasResourceProperties('AWS::ApiGatewayV2::Api', { ProtocolType: 'HTTP', Name: 'nerite-dev-webhooks' });
    template.resourceCountIs('AWS::ApiGatewayV2::Stage', 0);
  });

  test('a domain name is answered for by TLS 1.2, and says what its DNS record must point at', () => {
    template.resourceCountIs('AWS::ApiGatewayV2::DomainName', 0);
    const { stateful } = templatesOf({ domain });
    const [[id, resource] = ['', undefined]] = Object.entries(stateful.findResources('AWS::ApiGatewayV2::DomainName'));
    expect(resource).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        DomainName: domain.name,
        DomainNameConfigurations: [
          { EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2', CertificateArn: domain.certificateArn },
        ],
      },
    });
    const { Outputs } = stateful.toJSON();
    expect(Outputs.DomainTarget).toEqual({ Value: { 'Fn::GetAtt': [id, 'RegionalDomainName'] } });
    expect(Outputs.DomainHostedZoneId).toEqual({ Value: { 'Fn::GetAtt': [id, 'RegionalHostedZoneId'] } });
  });

  test('a domain name changes nothing else of what outlives code', () => {
    const { Resources, Outputs } = templatesOf({ domain }).stateful.toJSON();
    const { DomainTarget, DomainHostedZoneId, ...outputs } = Outputs;
    const others = Object.entries(Resources as Record<string, { Type: string }>).filter(
      ([, { Type }]) => Type !== 'AWS::ApiGatewayV2::DomainName',
    );
    expect(Object.fromEntries(others)).toEqual(template.toJSON().Resources);
    expect(outputs).toEqual(template.toJSON().Outputs);
  });

  test('outputs give what operators need, and exports only what stays for ever', () => {
    const outputs: Record<string, { Value: unknown; Export?: { Name: string } }> = template.toJSON().Outputs;
    expect(Object.keys(outputs)).toEqual([
      'ApiUrl',
      'ApiId',
      'QueueUrlPrefix',
      'Sources',
      'Consumers',
      'LedgerTable',
      'StateTable',
      'Bucket',
      'SecretPrefix',
    ]);
    expect(outputs.Sources?.Value).toBe('github,stripe');
    expect(outputs.Consumers?.Value).toBe('orders,billing.fifo');
    expect(outputs.SecretPrefix?.Value).toBe('nerite/dev/');
    expect(flat(outputs.ApiUrl?.Value)).toMatch(/^<Api\w+\.ApiEndpoint>$/);
    expect(flat(outputs.QueueUrlPrefix?.Value)).toBe(
      'https://sqs.<AWS::Region>.<AWS::URLSuffix>/<AWS::AccountId>/nerite-dev-',
    );
    const exported = Object.values(outputs).flatMap(({ Export }) => Export?.Name ?? []);
    expect(exported).toEqual([
      'nerite-dev-stateful:ApiId',
      'nerite-dev-stateful:LedgerTable',
      'nerite-dev-stateful:StateTable',
      'nerite-dev-stateful:Bucket',
    ]);
  });
});
