import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import type { PipelineDefinition } from '../../../functions/core/definition.ts';
import { definition, domain } from '../../support/definitions.ts';
import { flat, stacksOf, templatesOf } from '../../support/stacks.ts';

const { pipeline: template } = templatesOf();
const arn = (service: string, name: string) => `arn:<AWS::Partition>:${service}:<AWS::Region>:<AWS::AccountId>:${name}`;
const settings = 'arn:<AWS::Partition>:s3:::<nerite-dev-stateful:Bucket>/settings/logs.json';
const ledger = arn('dynamodb', 'table/<nerite-dev-stateful:LedgerTable>');
const state = arn('dynamodb', 'table/<nerite-dev-stateful:StateTable>');
const objects = (prefix: string) => `arn:<AWS::Partition>:s3:::<nerite-dev-stateful:Bucket>/${prefix}*`;

/** What a function may do, as `action resource` lines, by its name; the log aside. */
function permissionsOf(functionName: string, from = template): string[] {
  const { Role } = functionOf(functionName, from);
  const role = Role['Fn::GetAtt'][0];
  const policies = Object.values(from.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
    Properties.Roles.some((each: { Ref: string }) => each.Ref === role),
  );
  return policies
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .flatMap(({ Action, Resource }) =>
      [Action].flat().flatMap((action: string) => [Resource].flat().map((each: unknown) => `${action} ${flat(each)}`)),
    )
    .filter((line) => !line.startsWith('logs:'))
    .sort();
}

function functionOf(functionName: string, from = template) {
  const found = Object.values(from.findResources('AWS::Lambda::Function')).find(
    ({ Properties }) => Properties.FunctionName === functionName,
  );
  if (!found) throw new Error(`the template must have a function ${functionName}`);
  return found.Properties;
}

describe('every function', () => {
  const functions = Object.values(template.findResources('AWS::Lambda::Function'));

  test('runs on Node 24 and ARM, and logs JSON into a group of its own that forgets', () => {
    expect(functions.map(({ Properties }) => Properties.FunctionName).sort()).toEqual([
      'nerite-dev-billing',
      'nerite-dev-orders',
      'nerite-dev-receiver',
      'nerite-dev-sweeper',
      'nerite-dev-watcher',
    ]);
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'DEBUG', SystemLogLevel: 'WARN' },
      });
      const group = template.findResources('AWS::Logs::LogGroup')[Properties.LoggingConfig.LogGroup.Ref];
      expect(group?.Properties).toMatchObject({
        LogGroupName: `/aws/lambda/${Properties.FunctionName}`,
        RetentionInDays: 30,
      });
    }
  });

  test('keeps its log for as long as the definition says, and knows what to leave out of it', () => {
    const logs = { mask: ['shoeSize'], retentionDays: 7, level: 'warn', sample: 0.1 } as const;
    const { pipeline } = templatesOf({ logs, archive: {} });
    const groups = Object.values(pipeline.findResources('AWS::Logs::LogGroup'));
    for (const { Properties } of groups.filter((group) => group.Properties.LogGroupName.startsWith('/aws/lambda/'))) {
      expect(Properties.RetentionInDays).toBe(7);
    }
    for (const { Properties } of Object.values(pipeline.findResources('AWS::Lambda::Function'))) {
      expect(Properties.Environment.Variables.LOGS).toBe('{"mask":["shoeSize"],"level":"warn","sample":0.1}');
    }
  });

  test('is recorded by X-Ray where the definition asks for it, and nowhere else', () => {
    const { pipeline } = templatesOf({ tracing: { xray: true } });
    for (const { Properties } of Object.values(pipeline.findResources('AWS::Lambda::Function'))) {
      expect(Properties.TracingConfig).toEqual({ Mode: 'Active' });
      expect(permissionsOf(Properties.FunctionName, pipeline)).toContain('xray:PutTraceSegments *');
    }
    for (const { Properties } of functions) expect(Properties).not.toHaveProperty('TracingConfig');
  });

  test('has a role of its own, without a managed policy', () => {
    const roles = functions.map(({ Properties }) => Properties.Role['Fn::GetAtt'][0]);
    expect(new Set(roles).size).toBe(functions.length);
    for (const { Properties } of Object.values(template.findResources('AWS::IAM::Role'))) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
    }
  });
});

describe('the receiver', () => {
  test('may send to the subscribed queues, read its secrets and write objects; nothing else', () => {
    expect(permissionsOf('nerite-dev-receiver')).toEqual([
      `s3:GetObject ${settings}`,
      `s3:PutObject ${objects('archive/bodies/')}`,
      `s3:PutObject ${objects('spool/')}`,
      `secretsmanager:GetSecretValue ${arn('secretsmanager', 'secret:nerite/dev/github-??????')}`,
      `secretsmanager:GetSecretValue ${arn('secretsmanager', 'secret:nerite/dev/stripe-??????')}`,
      `sqs:SendMessage ${arn('sqs', 'nerite-dev-billing.fifo')}`,
      `sqs:SendMessage ${arn('sqs', 'nerite-dev-orders')}`,
    ]);
  });

  test('finds everything by its environment', () => {
    const { Environment, Timeout } = functionOf('nerite-dev-receiver');
    expect(Object.keys(Environment.Variables).sort()).toEqual([
      'BUCKET',
      'PUBLIC_URL',
      'QUEUE_URL_PREFIX',
      'SECRET_PREFIX',
      'STAGE',
    ]);
    expect(Environment.Variables).toMatchObject({ STAGE: 'dev', SECRET_PREFIX: 'nerite/dev/' });
    expect(flat(Environment.Variables.QUEUE_URL_PREFIX)).toBe(
      'https://sqs.<AWS::Region>.<AWS::URLSuffix>/<AWS::AccountId>/nerite-dev-',
    );
    expect(Timeout).toBeLessThan(30);
  });

  test('may write the secrets of those sources alone whose platform delivers its secret', () => {
    const sources = {
      stripe: { provider: 'stripe' },
      projects: { provider: 'asana' },
      notes: { provider: 'notion' },
      meta: { provider: 'meta' },
    } as const;
    const writes = permissionsOf('nerite-dev-receiver', templatesOf({ sources }).pipeline).filter((line) =>
      line.startsWith('secretsmanager:Put'),
    );
    expect(writes).toEqual([
      `secretsmanager:PutSecretValue ${arn('secretsmanager', 'secret:nerite/dev/notes-??????')}`,
      `secretsmanager:PutSecretValue ${arn('secretsmanager', 'secret:nerite/dev/projects-??????')}`,
    ]);
  });

  test.each<[string, Partial<PipelineDefinition>, string | undefined, string]>([
    [
      'API Gateway’s own name',
      {},
      undefined,
      'https://<nerite-dev-stateful:ApiId>.execute-api.<AWS::Region>.<AWS::URLSuffix>',
    ],
    ['the domain', { domain }, undefined, 'https://hooks.example.com'],
    [
      'what the definition says',
      { publicUrl: 'https://edge.example.com/in' },
      undefined,
      'https://edge.example.com/in',
    ],
    [
      'what the definition says, whatever the domain',
      { domain, publicUrl: 'https://edge.example.com' },
      undefined,
      'https://edge.example.com',
    ],
    [
      'what the context says, whatever the definition',
      { domain, publicUrl: 'https://edge.example.com' },
      'http://127.0.0.1:3000',
      'http://127.0.0.1:3000',
    ],
  ])('knows that platforms send to %s', (_what, difference, publicUrl, expected) => {
    const { pipeline } = templatesOf(difference, 'dev', publicUrl);
    expect(flat(functionOf('nerite-dev-receiver', pipeline).Environment.Variables.PUBLIC_URL)).toBe(expected);
  });

  test('may not send to a consumer that is draining, while the sweeper may and the consumer works on', () => {
    const { orders, billing } = definition().consumers;
    const { pipeline } = templatesOf({ consumers: { orders, billing: { ...billing, draining: true } } } as object);
    const line = `sqs:SendMessage ${arn('sqs', 'nerite-dev-billing.fifo')}`;
    expect(permissionsOf('nerite-dev-receiver', pipeline)).not.toContain(line);
    expect(permissionsOf('nerite-dev-sweeper', pipeline)).toContain(line);
    pipeline.resourceCountIs('AWS::Lambda::EventSourceMapping', 2);
  });

  test('has a policy that CloudFormation takes also where every consumer is draining', () => {
    const { orders } = definition().consumers;
    const { pipeline } = templatesOf({ consumers: { orders: { ...orders, draining: true } } } as object);
    expect(permissionsOf('nerite-dev-receiver', pipeline).filter((line) => line.startsWith('sqs:'))).toEqual([]);
  });
});

describe('the sweeper', () => {
  test('may list, read, write and delete the spool alone, and send to every queue', () => {
    expect(permissionsOf('nerite-dev-sweeper')).toEqual([
      `s3:DeleteObject ${objects('spool/')}`,
      `s3:GetObject ${settings}`,
      `s3:GetObject ${objects('spool/')}`,
      's3:ListBucket arn:<AWS::Partition>:s3:::<nerite-dev-stateful:Bucket>',
      `s3:PutObject ${objects('spool/')}`,
      `sqs:SendMessage ${arn('sqs', 'nerite-dev-billing.fifo')}`,
      `sqs:SendMessage ${arn('sqs', 'nerite-dev-orders')}`,
    ]);
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: 's3:ListBucket', Condition: { StringLike: { 's3:prefix': 'spool/*' } } }),
        ]),
      },
    });
  });

  test('is run every minute, by a role that may do just that and only for this account', () => {
    const [schedule] = Object.values(template.findResources('AWS::Scheduler::Schedule'));
    expect(schedule?.Properties).toMatchObject({
      Name: 'nerite-dev-sweeper',
      ScheduleExpression: 'rate(1 minute)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { RetryPolicy: { MaximumRetryAttempts: 0 } },
    });
    const [functionId] = Object.entries(template.findResources('AWS::Lambda::Function')).find(
      ([, { Properties }]) => Properties.FunctionName === 'nerite-dev-sweeper',
    ) ?? [''];
    expect(flat(schedule?.Properties.Target.Arn)).toBe(`<${functionId}.Arn>`);
    const roleId = schedule?.Properties.Target.RoleArn['Fn::GetAtt'][0];
    const role = template.findResources('AWS::IAM::Role')[roleId];
    expect(role?.Properties.AssumeRolePolicyDocument.Statement[0]).toMatchObject({
      Principal: { Service: 'scheduler.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    });
    template.hasResourceProperties('AWS::IAM::Policy', {
      Roles: [{ Ref: roleId }],
      PolicyDocument: {
        Statement: [
          { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: { 'Fn::GetAtt': [functionId, 'Arn'] } },
        ],
      },
    });
  });
});

describe('the watcher', () => {
  const queues = ['billing-dlq.fifo', 'billing.fifo', 'orders', 'orders-dlq'].map(
    (name) => `sqs:GetQueueAttributes ${arn('sqs', `nerite-dev-${name}`)}`,
  );

  test('may ask every queue for its depth, and read what consumers share; nothing else', () => {
    expect(permissionsOf('nerite-dev-watcher')).toEqual([
      `dynamodb:Query ${state}`,
      `s3:GetObject ${settings}`,
      ...queues,
    ]);
  });

  test('may read circuits where there are any, and asks the archive’s queue where there is an archive', () => {
    const { orders, billing } = definition().consumers;
    const consumers = { orders: { ...orders, circuit: {} }, billing: { ...billing, draining: true } };
    const { pipeline } = templatesOf({ consumers, archive: {} } as object);
    expect(permissionsOf('nerite-dev-watcher', pipeline)).toEqual([
      `dynamodb:GetItem ${state}`,
      `dynamodb:Query ${state}`,
      `s3:GetObject ${settings}`,
      ...['archive', 'archive-dlq'].map((name) => `sqs:GetQueueAttributes ${arn('sqs', `nerite-dev-${name}`)}`),
      ...queues,
    ]);
  });

  test('is run every minute, and done before the next', () => {
    const schedules = Object.values(template.findResources('AWS::Scheduler::Schedule'));
    expect(schedules.find(({ Properties }) => Properties.Name === 'nerite-dev-watcher')?.Properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      Target: { RetryPolicy: { MaximumRetryAttempts: 0 } },
    });
    expect(functionOf('nerite-dev-watcher').Timeout).toBeLessThan(60);
  });
});

describe('a consumer', () => {
  test('may work off its queue, write its dead letters and its records, share state and read large bodies; nothing else', () => {
    expect(permissionsOf('nerite-dev-billing')).toEqual([
      `dynamodb:DeleteItem ${ledger}`,
      `dynamodb:GetItem ${ledger}`,
      `dynamodb:GetItem ${state}`,
      `dynamodb:UpdateItem ${ledger}`,
      `dynamodb:UpdateItem ${state}`,
      `s3:GetObject ${objects('archive/bodies/')}`,
      `s3:GetObject ${settings}`,
      `sqs:ChangeMessageVisibility ${arn('sqs', 'nerite-dev-billing.fifo')}`,
      `sqs:DeleteMessage ${arn('sqs', 'nerite-dev-billing.fifo')}`,
      `sqs:GetQueueAttributes ${arn('sqs', 'nerite-dev-billing.fifo')}`,
      `sqs:ReceiveMessage ${arn('sqs', 'nerite-dev-billing.fifo')}`,
      `sqs:SendMessage ${arn('sqs', 'nerite-dev-billing-dlq.fifo')}`,
    ]);
  });

  test('has what the definition says, and time beyond its handler’s for claiming and settling', () => {
    const { Environment, Timeout, MemorySize } = functionOf('nerite-dev-billing');
    expect({ Timeout, MemorySize }).toEqual({ Timeout: 30, MemorySize: 512 });
    const { QUEUE_URL, DEAD_LETTER_QUEUE_URL, LEDGER_TABLE, STATE_TABLE, BUCKET, ...plain } = Environment.Variables;
    expect(plain).toEqual({ STAGE: 'dev', CONSUMER: 'billing', LEDGER_CURRENCY: 'EUR' });
    const prefix = 'https://sqs.<AWS::Region>.<AWS::URLSuffix>/<AWS::AccountId>/nerite-dev-';
    expect([QUEUE_URL, DEAD_LETTER_QUEUE_URL, LEDGER_TABLE, STATE_TABLE, BUCKET].map(flat)).toEqual([
      `${prefix}billing.fifo`,
      `${prefix}billing-dlq.fifo`,
      '<nerite-dev-stateful:LedgerTable>',
      '<nerite-dev-stateful:StateTable>',
      '<nerite-dev-stateful:Bucket>',
    ]);
  });

  test('is fed in batches of which only the failures go back, by no more functions at once than it bears', () => {
    const mappings = Object.values(template.findResources('AWS::Lambda::EventSourceMapping')).map(
      ({ Properties }) => Properties,
    );
    expect(mappings.map(({ EventSourceArn }) => flat(EventSourceArn))).toEqual([
      arn('sqs', 'nerite-dev-orders'),
      arn('sqs', 'nerite-dev-billing.fifo'),
    ]);
    expect(mappings[1]).toMatchObject({
      BatchSize: 4,
      ScalingConfig: { MaximumConcurrency: 5 },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    expect(mappings[0]).toMatchObject({ BatchSize: 10, ScalingConfig: { MaximumConcurrency: 10 } });
  });
});

describe('a consumer with policies', () => {
  const by = () => 'key';
  const withPolicies = (difference: object) => {
    const { orders } = definition().consumers;
    return templatesOf({ consumers: { orders: { ...orders, ...difference } } } as object).pipeline;
  };

  test.each([
    [{}, 40],
    [{ circuit: {} }, 60],
    [{ pace: { ratePerSecond: 5 } }, 60],
    [{ fair: { maxConcurrent: 5 } }, 60],
    [{ fair: {} }, 40],
    [{ coalesce: { by, windowSeconds: 5 } }, 40],
    [{ adapt: {}, timeoutSeconds: 840 }, 870],
  ])('has time to hold its messages if it may: with %j %i s', (difference, timeout) => {
    expect(functionOf('nerite-dev-orders', withPolicies(difference)).Timeout).toBe(timeout);
  });

  test.each([
    [{}, { BatchSize: 10, MaximumBatchingWindowInSeconds: Match.absent() }],
    [{ batch: {} }, { BatchSize: 10, MaximumBatchingWindowInSeconds: Match.absent() }],
    [{ batch: { maxEvents: 11 } }, { BatchSize: 11, MaximumBatchingWindowInSeconds: 1 }],
    [{ batch: { maxEvents: 1_000, windowSeconds: 60 } }, { BatchSize: 1_000, MaximumBatchingWindowInSeconds: 60 }],
    [{ batch: { maxEvents: 5, windowSeconds: 2 } }, { BatchSize: 5, MaximumBatchingWindowInSeconds: 2 }],
    [{ order: { by } }, { BatchSize: 10, MaximumBatchingWindowInSeconds: Match.absent() }],
  ])('gets batches as it says: with %j', (difference, properties) => {
    withPolicies(difference).hasResourceProperties('AWS::Lambda::EventSourceMapping', properties);
  });
});

describe('the API', () => {
  test('has one explicit route a source', () => {
    const keys = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map(
      ({ Properties }) => Properties.RouteKey,
    );
    expect(keys).toEqual(['POST /webhooks/github', 'POST /webhooks/stripe']);
    template.hasResourceProperties('AWS::ApiGatewayV2::Integration', {
      IntegrationType: 'AWS_PROXY',
      PayloadFormatVersion: '2.0',
    });
  });

  test('throttles each route by itself', () => {
    const sources = {
      ...definition().sources,
      github: { provider: 'github', throttle: { ratePerSecond: 7, burst: 9 } },
    } as const;
    const { pipeline } = templatesOf({ sources });
    pipeline.hasResourceProperties('AWS::ApiGatewayV2::Stage', {
      StageName: '$default',
      AutoDeploy: true,
      RouteSettings: {
        'POST /webhooks/github': { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9, DetailedMetricsEnabled: true },
        'POST /webhooks/stripe': {
          ThrottlingRateLimit: 500,
          ThrottlingBurstLimit: 1_000,
          DetailedMetricsEnabled: true,
        },
      },
    });
  });

  test('counts webhooks of each source by themselves, unless the definition says not to', () => {
    const settingsIn = (alarms: PipelineDefinition['alarms']): unknown[] => {
      const { pipeline } = stacksOf({ sources: { ...definition().sources, files: { provider: 'dropbox' } }, alarms });
      const [stage] = Object.values(Template.fromStack(pipeline).findResources('AWS::ApiGatewayV2::Stage'));
      const settings: Record<string, { DetailedMetricsEnabled?: boolean }> = stage?.Properties.RouteSettings;
      return Object.keys(settings).filter((key) => settings[key]?.DetailedMetricsEnabled);
    };
    const posts = ['POST /webhooks/github', 'POST /webhooks/stripe', 'POST /webhooks/files'];
    expect(settingsIn(undefined)).toEqual(posts);
    expect(settingsIn({ routes: false })).toEqual([]);
    expect(settingsIn(false)).toEqual([]);
  });

  test('has a route for each method by which a platform shakes hands, each with the source’s throttle', () => {
    const throttle = { ratePerSecond: 7, burst: 9 };
    const sources = {
      stripe: { provider: 'stripe' },
      files: { provider: 'dropbox', throttle },
      boards: { provider: 'trello' },
      chats: { provider: 'whatsapp' },
      projects: { provider: 'asana' },
    } as const;
    const { pipeline } = templatesOf({ sources, alarms: { routes: false } });
    const routes = Object.values(pipeline.findResources('AWS::ApiGatewayV2::Route'));
    const usual = { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1_000 };
    const own = { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 };
    const expected = {
      'POST /webhooks/stripe': usual,
      'POST /webhooks/files': own,
      'GET /webhooks/files': own,
      'POST /webhooks/boards': usual,
      'HEAD /webhooks/boards': usual,
      'POST /webhooks/chats': usual,
      'GET /webhooks/chats': usual,
      'POST /webhooks/projects': usual,
    };
    expect(routes.map(({ Properties }) => Properties.RouteKey)).toEqual(Object.keys(expected));
    expect(new Set(routes.map(({ Properties }) => flat(Properties.Target))).size).toBe(1);
    const [stage] = Object.values(pipeline.findResources('AWS::ApiGatewayV2::Stage'));
    expect(stage?.Properties.RouteSettings).toEqual(expected);
    expect(stage?.DependsOn).toEqual(
      expect.arrayContaining(Object.keys(pipeline.findResources('AWS::ApiGatewayV2::Route'))),
    );
  });

  test('keeps the route of a source by which events come, whatever else is asked there', () => {
    const idsOf = (provider: 'github' | 'dropbox') => {
      const { pipeline } = templatesOf({ sources: { stripe: { provider: 'stripe' }, files: { provider } } });
      return Object.keys(pipeline.findResources('AWS::ApiGatewayV2::Route'));
    };
    expect(idsOf('dropbox')).toEqual(expect.arrayContaining(idsOf('github')));
    expect(idsOf('dropbox')).toHaveLength(3);
  });

  test('is found by a domain name of one’s own, if there is one', () => {
    template.resourceCountIs('AWS::ApiGatewayV2::ApiMapping', 0);
    const { pipeline } = templatesOf({ domain });
    const [mapping] = Object.values(pipeline.findResources('AWS::ApiGatewayV2::ApiMapping'));
    const { ApiId, ...plain } = mapping?.Properties ?? {};
    expect(plain).toEqual({ DomainName: 'hooks.example.com', Stage: '$default' });
    expect(flat(ApiId)).toBe('<nerite-dev-stateful:ApiId>');
    expect(mapping?.DependsOn).toEqual(Object.keys(pipeline.findResources('AWS::ApiGatewayV2::Stage')));
  });

  test('has its routes before the stage that throttles them', () => {
    const [stage] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'));
    expect(stage?.DependsOn).toEqual(
      expect.arrayContaining(Object.keys(template.findResources('AWS::ApiGatewayV2::Route'))),
    );
  });

  test('logs each access without query string, headers or path', () => {
    const [stage] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'));
    const format: Record<string, string> = JSON.parse(stage?.Properties.AccessLogSettings.Format);
    expect(Object.keys(format)).toEqual([
      'requestId',
      'routeKey',
      'status',
      'responseLatency',
      'integrationLatency',
      'ip',
      'error',
    ]);
    expect(JSON.stringify(format)).not.toMatch(/query|header|rawPath|authorizer/i);
    expect(flat(stage?.Properties.AccessLogSettings.DestinationArn)).toBe(
      arn('logs', 'log-group:/aws/vendedlogs/nerite-dev-webhooks'),
    );
  });

  test('alone may invoke the receiver', () => {
    const permissions = Object.values(template.findResources('AWS::Lambda::Permission'));
    expect(permissions.map(({ Properties }) => [Properties.Principal, flat(Properties.SourceArn)])).toEqual([
      ['apigateway.amazonaws.com', `${arn('execute-api', '<nerite-dev-stateful:ApiId>')}/*/*/webhooks/*`],
    ]);
  });
});
