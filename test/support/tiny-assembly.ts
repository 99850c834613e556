import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A cloud assembly as `cdk synth` writes it, made by hand: a source `hook`, whose receiver answers with its secret or
 * sends the body to a queue, and a consumer `work`, which fails every message whose body says so.
 */
export interface TinyAssembly {
  /** Bundles by the names `receiver`, `worker` and `ticker`; the source text of `index.mjs`. */
  readonly bundles?: Readonly<Record<string, string>>;
  /** Further resources of the stack that has the functions. */
  readonly resources?: Readonly<Record<string, unknown>>;
  /** @default 1 */
  readonly visibilitySeconds?: number;
}

/** Calls AWS as an SDK would, for functions that must do without one. */
const aws = `
const aws = async (target, input) => {
  const response = await fetch(process.env.AWS_ENDPOINT_URL, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.' + (target.startsWith('AmazonSQS') ? '0' : '1'), 'x-amz-target': target },
    body: JSON.stringify(input),
  });
  const output = await response.json();
  if (!response.ok) throw new Error(output.message ?? output.__type);
  return output;
};
const send = (body) => aws('AmazonSQS.SendMessage', { QueueUrl: process.env.QUEUE_URL, MessageBody: body });
`;

const tinyBundles = {
  receiver: `${aws}
export const handler = async ({ rawPath, body, isBase64Encoded }) => {
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString() : body;
  if (text === 'secret') return aws('secretsmanager.GetSecretValue', { SecretId: process.env.SECRET_PREFIX + rawPath.split('/').at(-1) });
  await send(text);
  return { statusCode: 202 };
};`,
  worker: `
export const handler = async ({ Records: records }) => {
  for (const { body } of records) console.log('worked on ' + body);
  if (records.some(({ body }) => body === 'slow')) await new Promise((resolve) => setTimeout(resolve, 500));
  const failed = records.filter(({ body }) => body.startsWith('fail'));
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};`,
  ticker: `${aws}
export const handler = async ({ source }) => send('ticked by ' + source);`,
};

/** Writes the assembly and answers its directory. */
export function tinyAssembly({ bundles = {}, resources = {}, visibilitySeconds = 1 }: TinyAssembly = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'assembly-'));
  const files: Record<string, unknown> = {};
  for (const [name, source] of Object.entries({ ...tinyBundles, ...bundles })) {
    mkdirSync(join(directory, `asset.${name}`));
    writeFileSync(join(directory, `asset.${name}`, 'index.mjs'), source);
    files[name] = {
      source: { path: `asset.${name}`, packaging: 'zip' },
      destinations: { current: { bucketName: 'assets', objectKey: `${name}.zip` } },
    };
  }
  const write = (name: string, content: unknown) => writeFileSync(join(directory, name), JSON.stringify(content));
  write('manifest.json', {
    artifacts: {
      'tiny-code.assets': { type: 'cdk:asset-manifest', properties: { file: 'tiny-code.assets.json' } },
      'tiny-code': stackArtifact('tiny-code', ['tiny-state', 'tiny-code.assets']),
      'tiny-state': stackArtifact('tiny-state', []),
    },
  });
  write('tiny-code.assets.json', { files });
  write('tiny-state.template.json', stateTemplate(visibilitySeconds));
  write('tiny-code.template.json', { Resources: { ...codeResources, ...resources } });
  return directory;
}

const stackArtifact = (name: string, dependencies: readonly string[]) => ({
  type: 'aws:cloudformation:stack',
  dependencies,
  properties: { templateFile: `${name}.template.json` },
});

const queueUrlPrefix = {
  'Fn::Join': [
    '',
    ['https://sqs.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }, '/', { Ref: 'AWS::AccountId' }, '/tiny-'],
  ],
};
const queueArn = (name: string) => ({
  'Fn::Join': ['', ['arn:aws:sqs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, `:${name}`]],
});

const stateTemplate = (visibilitySeconds: number) => ({
  Resources: {
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'tiny', ProtocolType: 'HTTP' } },
    Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'tiny/hook' } },
    Queue: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: 'tiny-work',
        VisibilityTimeout: visibilitySeconds,
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 2 },
      },
    },
    Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'tiny-work-dlq' } },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: 'tiny-ledger',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      },
    },
    Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'tiny-archive' } },
    Policy: { Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: [{ Ref: 'Queue' }] } },
  },
  Outputs: {
    ApiUrl: { Value: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] } },
    ApiRef: { Value: { Ref: 'Api' }, Export: { Name: 'tiny-state:Api' } },
    QueueUrlPrefix: { Value: queueUrlPrefix },
    Sources: { Value: 'hook' },
    Consumers: { Value: 'work' },
    LedgerTable: { Value: { Ref: 'Table' } },
    Bucket: { Value: { Ref: 'Bucket' } },
    SecretPrefix: { Value: 'tiny/' },
  },
});

const lambda = (name: string, variables: Readonly<Record<string, unknown>> = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    FunctionName: `tiny-${name}`,
    Code: { S3Bucket: 'assets', S3Key: `${name}.zip` },
    Handler: 'index.handler',
    Runtime: 'nodejs24.x',
    Timeout: 1,
    Environment: { Variables: variables },
  },
});
const queueUrl = { QUEUE_URL: { 'Fn::Join': ['', [queueUrlPrefix, 'work']] } };

const codeResources = {
  Receiver: lambda('receiver', { ...queueUrl, SECRET_PREFIX: 'tiny/' }),
  Worker: lambda('worker'),
  Ticker: lambda('ticker', queueUrl),
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: queueArn('tiny-work'),
      FunctionName: { Ref: 'Worker' },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    },
  },
  Integration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId: { 'Fn::ImportValue': 'tiny-state:Api' },
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: { 'Fn::GetAtt': ['Receiver', 'Arn'] },
      PayloadFormatVersion: '2.0',
    },
  },
  Route: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      RouteKey: 'POST /webhooks/hook',
      Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Integration' }]] },
    },
  },
  Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { StageName: '$default', AutoDeploy: true } },
  Schedule: {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: { 'Fn::GetAtt': ['Ticker', 'Arn'] }, RoleArn: 'arn:aws:iam::000000000000:role/tick' },
    },
  },
};
