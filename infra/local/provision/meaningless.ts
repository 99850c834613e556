import { isObject } from '../template/json.ts';
import type { PendingResource, ResolvedResource } from '../template/stack.ts';
import { generatedName, type Surroundings } from './resource.ts';

interface Meaningless {
  /** Why the runtime can do without it. */
  readonly because: string;
  /** The property that holds its name; one within another by its path. */
  readonly nameIn?: string;
  /** Its ARN after the account, with `*` for its name. */
  readonly arn?: string;
  readonly service?: string;
  /** What `Ref` gives. @default the name */
  readonly ref?: 'arn';
  /** Further attributes that hold its ARN. */
  readonly arnAttributes?: readonly string[];
  /** Further attributes that hold its name. */
  readonly nameAttributes?: readonly string[];
  /** Further attributes, of which nothing here depends on what they hold. */
  readonly otherAttributes?: Readonly<Record<string, string>>;
}

const permissions = 'nobody else is on this machine: permissions are checked by AWS alone';
const monitoring = 'nobody looks at it here, and logs are not kept';
const domains = 'nobody asks the DNS for this machine';
const capacity = 'tables here have no capacity that could be used up';
const queries = 'what is archived here is read without Athena';

/** Resource types that are in the templates but have nothing to do on one machine. */
const meaningless: Readonly<Record<string, Meaningless>> = {
  'AWS::ApiGatewayV2::ApiMapping': { because: domains },
  'AWS::ApiGatewayV2::DomainName': {
    because: domains,
    nameIn: 'DomainName',
    otherAttributes: { RegionalDomainName: 'localhost', RegionalHostedZoneId: 'none' },
  },
  'AWS::ApplicationAutoScaling::ScalableTarget': { because: capacity },
  'AWS::ApplicationAutoScaling::ScalingPolicy': { because: capacity, nameIn: 'PolicyName' },
  'AWS::Athena::NamedQuery': { because: queries, nameIn: 'Name', otherAttributes: { NamedQueryId: 'none' } },
  'AWS::Athena::WorkGroup': { because: queries, nameIn: 'Name' },
  'AWS::CDK::Metadata': { because: 'it tells AWS which CDK constructs are used' },
  'AWS::CloudWatch::Dashboard': { because: monitoring, nameIn: 'DashboardName' },
  'AWS::Glue::Database': { because: queries, nameIn: 'DatabaseInput.Name' },
  'AWS::Glue::Table': { because: queries, nameIn: 'TableInput.Name' },
  'AWS::IAM::ManagedPolicy': {
    because: permissions,
    nameIn: 'ManagedPolicyName',
    service: 'iam',
    arn: 'policy/*',
    ref: 'arn',
  },
  'AWS::IAM::Policy': { because: permissions, nameIn: 'PolicyName' },
  'AWS::IAM::Role': { because: permissions, nameIn: 'RoleName', service: 'iam', arn: 'role/*' },
  'AWS::Lambda::Permission': { because: permissions },
  'AWS::Logs::LogGroup': {
    because: 'functions log to the console',
    nameIn: 'LogGroupName',
    service: 'logs',
    arn: 'log-group:*:*',
  },
  'AWS::Logs::MetricFilter': { because: monitoring, nameIn: 'FilterName' },
  'AWS::Logs::QueryDefinition': { because: monitoring },
  'AWS::S3::BucketPolicy': { because: permissions },
  'AWS::SNS::Subscription': { because: 'nobody is notified from here', ref: 'arn', service: 'sns', arn: '*' },
  'AWS::SNS::Topic': {
    because: 'nobody is notified from here',
    nameIn: 'TopicName',
    service: 'sns',
    arn: '*',
    ref: 'arn',
    arnAttributes: ['TopicArn'],
    nameAttributes: ['TopicName'],
  },
  'AWS::SNS::TopicPolicy': { because: permissions },
  'AWS::SQS::QueuePolicy': { because: permissions },
  'AWS::Scheduler::ScheduleGroup': {
    because: 'a schedule fires in any group',
    nameIn: 'Name',
    service: 'scheduler',
    arn: 'schedule-group/*',
  },
};

export function isMeaningless(type: string): boolean {
  return Object.hasOwn(meaningless, type);
}

/** What a resource without meaning here is to the rest of its template. */
export function planMeaningless(resource: PendingResource, { region, account }: Surroundings): ResolvedResource {
  const type: Partial<Meaningless> = meaningless[resource.type] ?? {};
  const { nameIn, arn, service, ref, arnAttributes = [], nameAttributes = [], otherAttributes = {} } = type;
  const named = nameIn === undefined ? undefined : propertyAt(resource, nameIn);
  const name = typeof named === 'string' ? named : generatedName(resource);
  if (arn === undefined) return { ref: name, attributes: otherAttributes };
  const place = service === 'iam' ? `iam::${account}` : `${service}:${region}:${account}`;
  const whole = `arn:aws:${place}:${arn.replace('*', name)}`;
  return {
    ref: ref === 'arn' ? whole : name,
    attributes: {
      Arn: whole,
      ...Object.fromEntries(arnAttributes.map((attribute) => [attribute, whole])),
      ...Object.fromEntries(nameAttributes.map((attribute) => [attribute, name])),
    },
  };
}

function propertyAt(resource: PendingResource, path: string): unknown {
  const [name = '', ...rest] = path.split('.');
  return rest.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), resource.property(name));
}
