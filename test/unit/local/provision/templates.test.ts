import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { routesOf } from '../../../../infra/local/provision/routes.ts';
import { planTemplates } from '../../../../infra/local/provision/templates.ts';
import { templateOf } from '../../../../infra/local/template/template.ts';

const bundle = mkdtempSync(join(tmpdir(), 'bundle-'));
mkdirSync(bundle, { recursive: true });
writeFileSync(join(bundle, 'index.mjs'), 'export const handler = async () => {};');

function planned(resources: Readonly<Record<string, unknown>>, outputs: Readonly<Record<string, unknown>> = {}) {
  const template = templateOf('s', {
    Resources: resources,
    Outputs: Object.fromEntries(Object.entries(outputs).map(([name, Value]) => [name, { Value }])),
  });
  const assembly = { templates: [template], bundles: new Map([['abc.zip', bundle]]) };
  return planTemplates(assembly, { region: 'eu-west-1', account: '000000000000' });
}

const resource = (Type: string, Properties: object = {}) => ({ Type, Properties });
const queue = (properties: object = {}) => resource('AWS::SQS::Queue', { QueueName: 'orders', ...properties });
const lambda = (properties: object = {}) =>
  resource('AWS::Lambda::Function', {
    FunctionName: 'worker',
    Code: { S3Bucket: 'assets', S3Key: 'abc.zip' },
    Handler: 'index.handler',
    Runtime: 'nodejs24.x',
    ...properties,
  });
const mapping = (properties: object = {}) =>
  resource('AWS::Lambda::EventSourceMapping', {
    EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
    FunctionName: { Ref: 'Function' },
    ...properties,
  });
const schedule = (properties: object = {}) =>
  resource('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'rate(1 minute)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: { 'Fn::GetAtt': ['Function', 'Arn'] }, RoleArn: 'arn:aws:iam::000000000000:role/r' },
    ...properties,
  });
const locked = (retention: object) =>
  resource('AWS::S3::Bucket', {
    ObjectLockEnabled: true,
    ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: retention } },
  });
const table = (properties: object = {}) =>
  resource('AWS::DynamoDB::Table', {
    TableName: 'ledger',
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    ...properties,
  });

describe('planTemplates', () => {
  test('gives a queue its attributes as SQS takes them, its dead-letter queue first', () => {
    const { plan, outputs } = planned(
      {
        Queue: queue({
          FifoQueue: true,
          QueueName: 'orders.fifo',
          VisibilityTimeout: 60,
          RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 1000 },
        }),
        Dead: queue({ QueueName: 'dead.fifo', FifoQueue: 'true' }),
      },
      { Url: { Ref: 'Queue' }, Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } },
    );
    expect(plan.queues.map(({ name, attributes }) => [name, attributes])).toEqual([
      ['dead.fifo', { FifoQueue: 'true' }],
      [
        'orders.fifo',
        {
          FifoQueue: 'true',
          VisibilityTimeout: '60',
          RedrivePolicy:
            '{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:000000000000:dead.fifo","maxReceiveCount":1000}',
        },
      ],
    ]);
    expect(outputs.s).toEqual({
      Url: 'https://sqs.eu-west-1.amazonaws.com/000000000000/orders.fifo',
      Arn: 'arn:aws:sqs:eu-west-1:000000000000:orders.fifo',
    });
  });

  test('names what the template does not name, the same each time', () => {
    const names = () =>
      planned({ Queue: queue({ QueueName: undefined, FifoQueue: true }), Bucket: resource('AWS::S3::Bucket') }).plan;
    expect(names().queues[0]?.name).toBe('s-Queue.fifo');
    expect(names().buckets[0]?.name).toBe('s-bucket');
  });

  test.each([
    [{}, {}],
    [{ VersioningConfiguration: { Status: 'Enabled' } }, { versioning: 'Enabled' }],
    [{ VersioningConfiguration: { Status: 'Suspended' } }, { versioning: 'Suspended' }],
    [{ ObjectLockEnabled: true }, { versioning: 'Enabled', lock: {} }],
    [
      {
        ObjectLockEnabled: true,
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 30 } },
        },
      },
      { versioning: 'Enabled', lock: { retention: { mode: 'COMPLIANCE', days: 30 } } },
    ],
  ])('gives a bucket the versions and the lock of %j', (properties, settings) => {
    expect(planned({ B: resource('AWS::S3::Bucket', properties) }).plan.buckets[0]?.settings).toEqual(settings);
  });

  test('gives a table what CreateTable takes, and its time to live', () => {
    const { plan } = planned({
      Table: table({
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        BillingMode: 'PAY_PER_REQUEST',
        Tags: [],
      }),
    });
    expect(plan.tables[0]).toMatchObject({
      input: {
        TableName: 'ledger',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      },
      timeToLive: 'expiresAt',
    });
  });

  test('gives a table the capacity that it is provisioned with, which nothing scales here', () => {
    const ProvisionedThroughput = { ReadCapacityUnits: 5, WriteCapacityUnits: 5 };
    const { plan } = planned({
      Table: table({ ProvisionedThroughput }),
      Target: resource('AWS::ApplicationAutoScaling::ScalableTarget', {
        ResourceId: { 'Fn::Join': ['/', ['table', { Ref: 'Table' }]] },
        MaxCapacity: 10,
      }),
      Policy: resource('AWS::ApplicationAutoScaling::ScalingPolicy', {
        PolicyName: 'tracking',
        ScalingTargetId: { Ref: 'Target' },
      }),
    });
    expect(plan.tables).toMatchObject([{ input: { BillingMode: 'PROVISIONED', ProvisionedThroughput } }]);
  });

  test('takes a global table of one replica for a table', () => {
    const global = (Replicas: unknown[]) => ({ Table: { ...table({ Replicas }), Type: 'AWS::DynamoDB::GlobalTable' } });
    expect(planned(global([{ Region: 'eu-west-1' }])).plan.tables[0]?.name).toBe('ledger');
    expect(() => planned(global([{}, {}]))).toThrow(
      's: resource Table: Replicas must be one, the embedded runtime has one region, got 2',
    );
  });

  test('gives a function its bundle, environment, timeout and memory', () => {
    const { plan } = planned({
      Function: lambda({
        Environment: { Variables: { QUEUE: { Ref: 'Queue' } } },
        Timeout: 20,
        MemorySize: '256',
        ReservedConcurrentExecutions: 3,
      }),
      Queue: queue(),
    });
    expect(plan.functions).toEqual([
      {
        name: 'worker',
        place: 'stack s: resource Function',
        directory: bundle,
        handler: 'index.handler',
        environment: { QUEUE: 'https://sqs.eu-west-1.amazonaws.com/000000000000/orders' },
        timeoutMs: 20_000,
        memoryMb: 256,
        reservedConcurrency: 3,
      },
    ]);
  });

  test('gives a mapping what the template says, or what Lambda assumes', () => {
    const mappings = (properties: object) =>
      planned({ Queue: queue(), Function: lambda(), Mapping: mapping(properties) }).plan.mappings;
    expect(mappings({})).toMatchObject([
      { queue: 'orders', function: 'worker', batchSize: 10, windowMs: 0, partialResponses: false },
    ]);
    const said = {
      BatchSize: 25,
      MaximumBatchingWindowInSeconds: 2,
      ScalingConfig: { MaximumConcurrency: 7 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      FunctionName: { 'Fn::GetAtt': ['Function', 'Arn'] },
    };
    expect(mappings(said)).toMatchObject([
      { function: 'worker', batchSize: 25, windowMs: 2_000, maximumConcurrency: 7, partialResponses: true },
    ]);
    expect(mappings({ Enabled: false })).toEqual([]);
  });

  test('leads routes to their functions, each with its own throttle or that of the stage', () => {
    const { plan, outputs } = planned(
      {
        Api: resource('AWS::ApiGatewayV2::Api', { Name: 'a', ProtocolType: 'HTTP' }),
        Function: lambda(),
        Integration: resource('AWS::ApiGatewayV2::Integration', {
          ApiId: { Ref: 'Api' },
          IntegrationType: 'AWS_PROXY',
          IntegrationUri: { 'Fn::GetAtt': ['Function', 'Arn'] },
          PayloadFormatVersion: '2.0',
        }),
        ...Object.fromEntries(
          ['GET /a', 'POST /b'].map((RouteKey, nth) => [
            `Route${nth}`,
            resource('AWS::ApiGatewayV2::Route', {
              RouteKey,
              Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Integration' }]] },
            }),
          ]),
        ),
        Stage: resource('AWS::ApiGatewayV2::Stage', {
          StageName: '$default',
          DefaultRouteSettings: { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 6 },
          RouteSettings: { 'POST /b': { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 60 } },
        }),
      },
      { Url: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] }, Id: { Ref: 'Api' } },
    );
    expect(routesOf(plan)).toEqual([
      { key: 'GET /a', function: 'worker', throttle: { ratePerSecond: 5, burst: 6 } },
      { key: 'POST /b', function: 'worker', throttle: { ratePerSecond: 50, burst: 60 } },
    ]);
    expect(outputs.s?.Url).toBe(`https://${outputs.s?.Id}.execute-api.eu-west-1.amazonaws.com`);
  });

  test('takes a domain name for what it is called, since nobody finds this machine by it', () => {
    const { plan, outputs } = planned(
      {
        Api: resource('AWS::ApiGatewayV2::Api', { Name: 'a', ProtocolType: 'HTTP' }),
        Domain: resource('AWS::ApiGatewayV2::DomainName', {
          DomainName: 'hooks.example.com',
          DomainNameConfigurations: [{ EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2', CertificateArn: 'arn:…' }],
        }),
        Mapping: resource('AWS::ApiGatewayV2::ApiMapping', {
          ApiId: { Ref: 'Api' },
          DomainName: { Ref: 'Domain' },
          Stage: '$default',
        }),
      },
      {
        Name: { Ref: 'Domain' },
        Target: { 'Fn::GetAtt': ['Domain', 'RegionalDomainName'] },
        Zone: { 'Fn::GetAtt': ['Domain', 'RegionalHostedZoneId'] },
      },
    );
    expect(outputs.s).toEqual({ Name: 'hooks.example.com', Target: 'localhost', Zone: 'none' });
    expect(plan.apis).toHaveLength(1);
  });

  test('gives a schedule its interval, function and input', () => {
    const { plan } = planned({ Function: lambda(), Schedule: schedule({ Name: 'sweep' }) });
    expect(plan.schedules).toEqual([
      {
        name: 'sweep',
        place: 'stack s: resource Schedule',
        arn: 'arn:aws:scheduler:eu-west-1:000000000000:schedule/default/sweep',
        function: 'worker',
        everyMs: 60_000,
      },
    ]);
    expect(planned({ Function: lambda(), Schedule: schedule({ State: 'DISABLED' }) }).plan.schedules).toEqual([]);
  });

  test('gives what has no meaning here a name and an ARN all the same', () => {
    const { outputs } = planned(
      {
        Role: resource('AWS::IAM::Role', { AssumeRolePolicyDocument: { 'Fn::Unknown': 1 } }),
        Log: resource('AWS::Logs::LogGroup', { LogGroupName: '/aws/lambda/f' }),
        Topic: resource('AWS::SNS::Topic', { TopicName: 't' }),
        Database: resource('AWS::Glue::Database', { CatalogId: '1', DatabaseInput: { Name: 'd' } }),
        Table: resource('AWS::Glue::Table', { DatabaseName: { Ref: 'Database' }, TableInput: { Name: 'e' } }),
        WorkGroup: resource('AWS::Athena::WorkGroup', { Name: 'w' }),
        Query: resource('AWS::Athena::NamedQuery', { Name: 'q', QueryString: 'SELECT 1' }),
        Nameless: resource('AWS::Glue::Table'),
      },
      {
        Database: { Ref: 'Database' },
        Table: { Ref: 'Table' },
        WorkGroup: { Ref: 'WorkGroup' },
        Query: { 'Fn::GetAtt': ['Query', 'NamedQueryId'] },
        Nameless: { Ref: 'Nameless' },
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Log: { 'Fn::GetAtt': ['Log', 'Arn'] },
        Topic: { Ref: 'Topic' },
        TopicName: { 'Fn::GetAtt': ['Topic', 'TopicName'] },
      },
    );
    expect(outputs.s).toEqual({
      Database: 'd',
      Table: 'e',
      WorkGroup: 'w',
      Query: 'none',
      Nameless: 's-Nameless',
      Role: 'arn:aws:iam::000000000000:role/s-Role',
      Log: 'arn:aws:logs:eu-west-1:000000000000:log-group:/aws/lambda/f:*',
      Topic: 'arn:aws:sns:eu-west-1:000000000000:t',
      TopicName: 't',
    });
  });

  const wired = (properties: object) => ({
    Queue: queue({ VisibilityTimeout: 30 }),
    Function: lambda(),
    Mapping: mapping(properties),
  });
  test.each([
    [
      'a resource type',
      { Foo: resource('AWS::X::Y') },
      'stack s: resource Foo has type AWS::X::Y, which the embedded runtime does not know',
    ],
    [
      'a property',
      { Queue: queue({ Moon: 1 }) },
      'stack s: resource Queue sets Moon, which the embedded runtime does not know',
    ],
    [
      'streams of a table',
      { Table: table({ StreamSpecification: {} }) },
      'stack s: resource Table sets StreamSpecification, which',
    ],
    [
      'notifications of a bucket',
      { B: resource('AWS::S3::Bucket', { NotificationConfiguration: {} }) },
      'sets NotificationConfiguration, which',
    ],
    [
      'versions that are neither on nor off',
      { B: resource('AWS::S3::Bucket', { VersioningConfiguration: { Status: 'On' } }) },
      'B: VersioningConfiguration: Status must be Enabled or Suspended, got On',
    ],
    [
      'a lock that is not enabled',
      { B: resource('AWS::S3::Bucket', { ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled' } }) },
      'B: ObjectLockEnabled must be true with an ObjectLockConfiguration',
    ],
    [
      'a lock without versions',
      { B: resource('AWS::S3::Bucket', { ObjectLockEnabled: true, VersioningConfiguration: { Status: 'Suspended' } }) },
      'B: VersioningConfiguration must be Enabled with Object Lock',
    ],
    [
      'a lock for years',
      { B: locked({ Mode: 'COMPLIANCE', Years: 1 }) },
      'DefaultRetention sets Years, which the embedded runtime does not know',
    ],
    [
      'a lock of no mode that S3 has',
      { B: locked({ Mode: 'STRICT', Days: 1 }) },
      'DefaultRetention: Mode must be GOVERNANCE or COMPLIANCE, got STRICT',
    ],
    [
      'a lock for no days',
      { B: locked({ Mode: 'COMPLIANCE', Days: 0 }) },
      'DefaultRetention: Days must be a whole number from 1, got 0',
    ],
    [
      'a generated secret',
      { S: resource('AWS::SecretsManager::Secret', { GenerateSecretString: {} }) },
      'sets GenerateSecretString, which',
    ],
    ['layers', { Function: lambda({ Layers: ['x'] }) }, 'stack s: resource Function sets Layers, which'],
    ['a filter', wired({ FilterCriteria: {} }), 'stack s: resource Mapping sets FilterCriteria, which'],
    [
      'another runtime',
      { Function: lambda({ Runtime: 'python3.14' }) },
      'Function: Runtime must be one of Node\'s, got "python3.14"',
    ],
    [
      'inline code',
      { Function: lambda({ Code: { ZipFile: 'x' } }) },
      'stack s: resource Function: Code sets ZipFile, which',
    ],
    [
      'a bundle that is not there',
      { Function: lambda({ Code: { S3Key: 'no.zip' } }) },
      'Code must be an asset of the assembly, got "no.zip"',
    ],
    [
      'a handler that is not there',
      { Function: lambda({ Handler: 'main.run' }) },
      `Handler must name a file of ${bundle}, got "main.run"`,
    ],
    [
      'a batch size out of range',
      wired({ BatchSize: 0 }),
      'stack s: resource Mapping: BatchSize must be 1 to 10000, got 0',
    ],
    [
      'a large batch without a window',
      wired({ BatchSize: 11 }),
      'MaximumBatchingWindowInSeconds must be at least 1 where BatchSize is over 10, got 0',
    ],
    [
      'a concurrency out of range',
      wired({ ScalingConfig: { MaximumConcurrency: 1 } }),
      'MaximumConcurrency must be 2 to 1000, got 1',
    ],
    [
      'a window on a FIFO queue',
      { ...wired({ MaximumBatchingWindowInSeconds: 1 }), Queue: queue({ QueueName: 'q.fifo', FifoQueue: true }) },
      'MaximumBatchingWindowInSeconds must be 0, got 1',
    ],
    [
      'a mapping of another source',
      wired({ EventSourceArn: 'arn:aws:kinesis:eu-west-1:000000000000:stream/x' }),
      'EventSourceArn must be the ARN of a queue, got "arn:aws:kinesis',
    ],
    [
      'a queue that no stack has',
      wired({ EventSourceArn: 'arn:aws:sqs:eu-west-1:000000000000:gone' }),
      'stack s: resource Mapping refers to the queue gone, which no stack has',
    ],
    [
      'a function that no stack has',
      wired({ FunctionName: 'gone' }),
      'stack s: resource Mapping refers to the function gone, which no stack has',
    ],
    [
      'a visibility timeout below the function timeout',
      { ...wired({}), Function: lambda({ Timeout: 31 }) },
      'VisibilityTimeout of orders must be at least the 31 s of its function, got 30',
    ],
    [
      'a cron expression',
      { Function: lambda(), Schedule: schedule({ ScheduleExpression: 'cron(0 8 * * ? *)' }) },
      'stack s: resource Schedule: ScheduleExpression must be a rate',
    ],
    [
      'an input that is no JSON',
      { Function: lambda(), Schedule: schedule({ Target: { Arn: 'arn:aws:lambda:r:a:function:worker', Input: '{' } }) },
      'Target.Input must be JSON, got "{"',
    ],
    [
      'two queues of one name',
      { A: queue(), B: queue() },
      'stack s: resource B is the queue orders, as is stack s: resource A',
    ],
    [
      'an authorizer',
      {
        R: resource('AWS::ApiGatewayV2::Route', {
          RouteKey: 'GET /',
          Target: 'integrations/x',
          AuthorizationType: 'JWT',
        }),
      },
      'AuthorizationType must be "NONE", got "JWT"',
    ],
    [
      'a route without its integration',
      { R: resource('AWS::ApiGatewayV2::Route', { RouteKey: 'GET /', Target: 'integrations/x' }) },
      'resource R refers to the integration x, which no stack has',
    ],
    [
      'the older payload format',
      {
        Function: lambda(),
        I: resource('AWS::ApiGatewayV2::Integration', { IntegrationUri: { 'Fn::GetAtt': ['Function', 'Arn'] } }),
      },
      'PayloadFormatVersion must be "2.0", got none',
    ],
    [
      'a second API',
      { A: resource('AWS::ApiGatewayV2::Api'), B: resource('AWS::ApiGatewayV2::Api') },
      'stack s: resource B is a second HTTP API; the embedded runtime serves one',
    ],
    [
      'a number that is none',
      { Function: lambda({ Timeout: 'soon' }) },
      'stack s: resource Function: Timeout must be a number, got "soon"',
    ],
    [
      'an environment variable that is no text',
      { Function: lambda({ Environment: { Variables: { A: 1 } } }) },
      'Function: Environment: Variables: A must be a text, got 1',
    ],
  ])('refuses %s', (_, resources, message) => {
    expect(() => planned(resources)).toThrow(message);
  });
});
