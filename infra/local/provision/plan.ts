import type { BucketSettings } from '../aws/s3/bucket-record.ts';
import type { JsonObject } from '../template/json.ts';
import type { Place } from '../template/template-error.ts';
import type { CompositeAlarm, MetricAlarm } from '../watch/alarm-plan.ts';

/** Everything that the templates ask for, with nothing left to look up; each list in the order to provision in. */
export interface Plan {
  readonly queues: QueuePlan[];
  readonly tables: TablePlan[];
  readonly buckets: BucketPlan[];
  readonly secrets: SecretPlan[];
  readonly functions: FunctionPlan[];
  readonly mappings: MappingPlan[];
  readonly apis: Planned[];
  readonly integrations: IntegrationPlan[];
  readonly routes: RoutePlan[];
  readonly stages: StagePlan[];
  readonly schedules: SchedulePlan[];
  readonly alarms: AlarmPlan[];
  readonly compositeAlarms: CompositeAlarmPlan[];
}

export function emptyPlan(): Plan {
  return {
    queues: [],
    tables: [],
    buckets: [],
    secrets: [],
    functions: [],
    mappings: [],
    apis: [],
    integrations: [],
    routes: [],
    stages: [],
    schedules: [],
    alarms: [],
    compositeAlarms: [],
  };
}

interface Planned {
  /** Physical name, or id where the resource has no name. */
  readonly name: string;
  /** Where the template asks for it. */
  readonly place: Place;
}

export interface QueuePlan extends Planned {
  /** By AWS's attribute names, as CreateQueue takes them. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface BucketPlan extends Planned {
  readonly settings: BucketSettings;
}

export interface TablePlan extends Planned {
  /** As CreateTable takes it. */
  readonly input: JsonObject & { readonly TableName: string };
  /** The attribute that holds an item's end, in epoch seconds. */
  readonly timeToLive?: string;
}

export interface SecretPlan extends Planned {
  /** Not set: the secret is there, without any value. */
  readonly value?: string;
}

export interface FunctionPlan extends Planned {
  /** Where its bundle is. */
  readonly directory: string;
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly reservedConcurrency?: number;
}

export interface MappingPlan extends Planned {
  readonly queue: string;
  readonly function: string;
  readonly batchSize: number;
  readonly windowMs: number;
  readonly maximumConcurrency?: number;
  /** Whether the function's answer says which messages failed. */
  readonly partialResponses: boolean;
}

export interface IntegrationPlan extends Planned {
  readonly function: string;
}

export interface RoutePlan extends Planned {
  /** @example 'POST /webhooks/github' */
  readonly key: string;
  readonly integration: string;
}

export interface Throttle {
  readonly ratePerSecond: number;
  readonly burst: number;
}

export interface StagePlan extends Planned {
  readonly throttle?: Throttle;
  /** By route key. */
  readonly routeThrottles: ReadonlyMap<string, Throttle>;
  /** Whether each route has metrics of its own; by route key where the stage says it for one. */
  readonly detailedMetrics: boolean;
  readonly routeDetailedMetrics: ReadonlyMap<string, boolean>;
}

export interface SchedulePlan extends Planned {
  readonly function: string;
  readonly arn: string;
  readonly everyMs: number;
  /** JSON; Scheduler's own event where it is not set. */
  readonly input?: string;
}

export interface AlarmPlan extends Planned, MetricAlarm {}

export interface CompositeAlarmPlan extends Planned, CompositeAlarm {}
