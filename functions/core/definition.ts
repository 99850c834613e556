import type { Message } from './message.ts';
import type { ProviderName } from './provider-names.ts';

/** Days for which a queue keeps a message that nobody acknowledges. */
export const queueRetentionDays = 10;

/**
 * Days for which the ledger remembers an event after its last write: longer than the queue's retention, the dead-letter
 * queue's and a platform's retries together, so that no copy of an event outlives its record.
 */
export const ledgerDays = 60;

/**
 * Where a value stands in a request's headers. The header's value is split at `separator` (if any), trimmed, and
 * the parts that begin with `prefix` (if any) are taken, without it.
 *
 * @example { header: 'stripe-signature', separator: ',', prefix: 'v1=' } // every v1 signature
 */
export interface HeaderField {
  /** Lower-case name; of several, the first that the request carries. */
  readonly header: string | readonly string[];
  readonly separator?: string;
  readonly prefix?: string;
}

/** A value in the headers, or in the JSON body by its path. Only the body is signed as a matter of course. */
export type Selector = { readonly header: string } | { readonly field: string };

/** A platform that signs with a shared secret (HMAC), described by data alone. */
export interface HmacScheme {
  readonly algorithm: 'sha1' | 'sha256' | 'sha512';
  readonly encoding: 'hex' | 'base64';
  /** How the secret's text becomes the key. @default { encoding: 'utf8' } */
  readonly secret?: { readonly prefix?: string; readonly encoding: 'utf8' | 'base64' | 'hex' };
  /** Where the signature stands; a request with several is accepted if any one matches. */
  readonly signature: HeaderField;
  /**
   * What is signed: a text with `{body}`, and where they are signed `{timestamp}`, `{id}`, `{method}`, and `{url}`, the
   * URL that the platform was given, with the request's own query string.
   * @example '{id}.{timestamp}.{body}'
   */
  readonly signed: string;
  /** Must stand in `signed`; a request older or newer than the tolerance is refused. */
  readonly timestamp?: HeaderField & {
    readonly unit: 's' | 'ms' | 'iso8601';
    /** @default 300 */
    readonly toleranceSeconds?: number;
  };
  /** The delivery's id, where it is signed: must stand in `signed`. Without it, events are told apart by what is signed. */
  readonly id?: HeaderField;
}

/** A source whose scheme the definition declares itself. */
export interface HmacProvider extends HmacScheme {
  /** Where the event's type stands. @default { field: 'type' } */
  readonly type?: Selector;
  /** Where the account, shop or customer stands that the event belongs to. */
  readonly tenant?: Selector;
  /** The platform's id of a delivery, for people to find it by; not trusted. */
  readonly deliveryId?: Selector;
  /** How long the platform waits for an answer. @default 5 */
  readonly deadlineSeconds?: number;
}

/** One webhook endpoint, `/webhooks/{name}`. */
export interface SourceDefinition {
  readonly provider: ProviderName | HmacProvider;
  /** Requests that API Gateway lets through to this source; beyond, it answers 429. @default 500 a second, bursts of 1,000 */
  readonly throttle?: { readonly ratePerSecond: number; readonly burst: number };
  /**
   * Addresses and CIDR ranges that may send, checked before anything else; `published` for those that the platform
   * itself publishes. Default: everybody may, since the signature decides.
   */
  readonly allowedIps?: readonly string[] | 'published';
  /** How much of what this source sends is served first. Default: all of it. */
  readonly quota?: QuotaDefinition;
  /** What is usual of it, so that an alarm can tell when it is not. Default: it may send whatever it likes. */
  readonly expect?: ExpectDefinition;
}

/** What a source usually does. */
export interface ExpectDefinition {
  /** Minutes without a single event after which it is taken for silent, 5 to 1,440. Default: it may be silent for ever. */
  readonly silentAfterMinutes?: number;
  /** Whether an alarm learns its usual volume, and tells when there is far less. @default false */
  readonly volume?: boolean;
}

/** Verified events in a window of time. */
export interface QuotaLimit {
  /** 1 to 10,000,000. */
  readonly events: number;
  /** 1 to 86,400. */
  readonly perSeconds: number;
}

/** A share of the pipeline. Only verified events count: forgeries spend nobody's. */
export interface QuotaDefinition {
  /** For the source as a whole. */
  readonly source?: QuotaLimit;
  /** For each tenant of it. */
  readonly tenant?: QuotaLimit;
  /**
   * What becomes of an event beyond: `yield` takes it and lets the others go first, `refuse` answers 429 with Retry-After,
   * for platforms that send again.
   * @default yield
   */
  readonly beyond?: 'yield' | 'refuse';
}

/** Which events a consumer takes. */
export interface Subscription<Source extends string = string> {
  readonly source: Source;
  /** Event types; `*` stands for any run of characters. @default every type */
  readonly types?: readonly string[];
}

/** What a selector sees of an event: the message without its body's place, and the body parsed if it is JSON. */
export interface Selectable extends Pick<Message, 'event' | 'headers' | 'tenant'> {
  readonly data: unknown;
}

export interface RetryPolicy {
  /** Attempts in all before the event is dead-lettered, 1 to 100. @default 8 */
  readonly attempts?: number;
  /** The first retry waits up to this long, each further one up to twice as long as the one before. @default 2 */
  readonly baseSeconds?: number;
  /** No retry waits longer than this; at most 39,600 (11 h: SQS hides a message for 12 h at most). @default 900 */
  readonly capSeconds?: number;
}

export interface FairPolicy {
  /**
   * Whom an event belongs to. Beside `items` it is asked about the whole event for its place in the queue, and about each
   * item for what else goes by tenants. @default the event's tenant, as the platform names it
   */
  readonly by?: (event: Selectable) => string;
  /** Events of one tenant that are handled at once, 1 to 1,000. Default: no limit. */
  readonly maxConcurrent?: number;
}

export interface PacePolicy {
  /** Events a second, 0.001 to 10,000. In any window of t seconds the handler begins at most ratePerSecond × t + burst. */
  readonly ratePerSecond: number;
  /** At least 2, at least a tenth of a second's rate, at most 100,000. @default a second's rate, at least 2 */
  readonly burst?: number;
  /** Whether all events share the rate, or each tenant has it for itself. @default consumer */
  readonly per?: 'consumer' | 'tenant';
}

export interface CircuitPolicy {
  /** Consumers that name the same circuit share it, and must say the same of it. @default the consumer's own name */
  readonly name?: string;
  /** Opens when so large a part of a window's calls fail, 0.01 to 1. @default 0.5 */
  readonly failureRate?: number;
  /** Calls that a window must have before the rate counts, 1 to 100,000. @default 20 */
  readonly minimumCalls?: number;
  /** 1 to 3,600. @default 30 */
  readonly windowSeconds?: number;
  /** Opens after so many failures in a row, whatever the rate, 1 to 100,000. @default 20 */
  readonly consecutiveFailures?: number;
  /** How long it stays open at first, 1 to 3,600; twice as long after each probe that fails. @default 10 */
  readonly openSeconds?: number;
  /** No longer than this at a time, 1 to 3,600. @default 300 */
  readonly maxOpenSeconds?: number;
}

export interface AdaptPolicy {
  /** Never fewer functions at once than this, 1 to `concurrency`. @default 1 */
  readonly floor?: number;
  /** Part of the events that may fail, 0.001 to 1, before there are fewer. @default 0.1 */
  readonly errorRate?: number;
  /** Mean milliseconds that a handler may take, from 1 up to its timeout. Default: latency does not matter. */
  readonly latencyMs?: number;
  /** The most that handlers may report by `context.reportLag`, in whatever unit, from 0. Default: it does not matter. */
  readonly lag?: number;
  /** Health is judged, and the limit moved, once in so many seconds, 1 to 300. @default 5 */
  readonly intervalSeconds?: number;
}

export interface CoalescePolicy {
  /** What the events are about; of events with one key the latest wins. */
  readonly by: (event: Selectable) => string;
  /** How long to wait for something newer, 1 to 900; each newer event begins it anew. */
  readonly windowSeconds: number;
  /** From a window's first event at most so long, up to 3,600. @default windowSeconds */
  readonly maxWindowSeconds?: number;
  /** The provider's version of what the event is about. @default when it was received */
  readonly version?: (event: Selectable) => number | string;
}

export interface BatchPolicy {
  /** Events that the handler takes at once, 1 to 1,000. @default 10 */
  readonly maxEvents?: number;
  /** How long to wait for a full batch, 0 to 300; needed beyond 10 events. @default 0, or 1 beyond 10 events */
  readonly windowSeconds?: number;
}

/** A subscription with a handler, a queue, a dead-letter queue and its policies. */
export interface ConsumerDefinition<Source extends string = string> {
  readonly from: Subscription<Source> | readonly Subscription<Source>[];
  /** The file that exports `handler`, from the project's root. */
  readonly handler: string;
  readonly retry?: RetryPolicy;
  /** Events of one key are handled in their order, by a FIFO queue. Default: a standard queue, no order. */
  readonly order?: { readonly by: (event: Selectable) => string };
  /** A tenant that sends much waits for itself, and not the others for it. Default: first come, first served. */
  readonly fair?: FairPolicy;
  /** How many events a second reach the downstream. Default: as many as come. */
  readonly pace?: PacePolicy;
  /** Leaves a downstream alone that is down, and tries it with one event at a time. Default: retries alone. */
  readonly circuit?: CircuitPolicy;
  /** Functions at once that follow the downstream's health. Default: always up to `concurrency`. */
  readonly adapt?: AdaptPolicy;
  /** Of a key's events within a window only the latest is handled. Default: every event is. */
  readonly coalesce?: CoalescePolicy;
  /**
   * One event carries many items, each handled and recorded by itself; what `coalesce.by` and `fair.by` see as data is the
   * item. Pure: the same items in the same order for the same event. Default: an event is one thing.
   */
  readonly items?: (event: Selectable) => readonly unknown[];
  /** The handler takes many events at once (`consumeBatch`). Default: one at a time (`consume`). */
  readonly batch?: BatchPolicy;
  /** Events that one invocation handles side by side, 1 to 1,000. Default: all that it has. */
  readonly parallelism?: number;
  /** How long the handler may take over one event, 1 to 840 seconds. @default 30 */
  readonly timeoutSeconds?: number;
  /** Functions that run at once, 2 to 1,000. @default 10 */
  readonly concurrency?: number;
  /** Messages that one invocation takes, 1 to 10. @default 10 */
  readonly batchSize?: number;
  /** MB, 128 to 10,240; more memory is more CPU. @default 256 */
  readonly memoryMb?: number;
  /** Environment variables of the handler, beside those that Nerite sets. No secrets: they stand in the template. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Seconds from receipt within which every event is to be done with; an alarm tells when one is not. @default alarms.ageSeconds */
  readonly promiseSeconds?: number;
  /** Takes no new events and works off what it has; the step before the consumer is removed. @default false */
  readonly draining?: boolean;
}

/** When what is archived grows cold, and when it goes. */
export interface RetentionDefinition {
  /** Days until objects move to Standard-IA, at least 30. @default 30 */
  readonly infrequentAfterDays?: number;
  /** Days until objects move to Glacier Flexible Retrieval. @default 180 */
  readonly glacierAfterDays?: number;
  /** Days until objects expire; never sooner than a record of the ledger that may point at them. @default 365 */
  readonly expireAfterDays?: number;
}

/**
 * S3's Object Lock: whatever is written to the bucket can be neither changed nor deleted for so many days. It holds for
 * what is written from then on. S3 never takes it off a bucket again, so a definition that has had a lock keeps one;
 * other days or another mode hold for what is written later.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 */
export interface LockDefinition {
  /** `governance`: who has `s3:BypassGovernanceRetention` may still delete; `compliance`: nobody, not even the account's root. */
  readonly mode: 'governance' | 'compliance';
  /** Days from an object's writing, 1 to 36,500; at most `expireAfterDays`, each source's own too. */
  readonly days: number;
}

export interface ArchiveDefinition<Source extends string = string> extends RetentionDefinition {
  /** Seconds for which deliveries are gathered before they are written, 1 to 300. @default 60 */
  readonly windowSeconds?: number;
  /** Sources that are kept for another time, such as a law asks for. */
  readonly sources?: { readonly [S in Source]?: RetentionDefinition };
  /** Whether the small objects of an hour are merged into few; otherwise they stay as they were written. @default true */
  readonly compact?: boolean;
  /** Whether `npm run erase` may delete out of what this pipeline keeps. @default true */
  readonly erase?: boolean;
  /** Write once, read many; only beside `compact: false` and `erase: false`. @default objects are not locked */
  readonly lock?: LockDefinition;
}

/** Capacity units that autoscaling moves between, 1 to 40,000 each; `min` at most `max`. */
export interface CapacityRange {
  /** @default 5 */
  readonly min?: number;
  /** @default 2000 */
  readonly max?: number;
}

/** A ledger that is billed by the request, and takes any load at once. */
export interface OnDemandLedger {
  readonly billing: 'on-demand';
}

/**
 * A ledger that is billed by the hour for capacity that follows the load: cheaper where the load is steady. What outruns
 * autoscaling, which takes minutes, is throttled and comes again later.
 */
export interface ProvisionedLedger {
  readonly billing: 'provisioned';
  /**
   * Writes of 1 KB a second: an event takes two for each consumer. The index of unfinished events has as many of its own:
   * in an outage each failure writes to both.
   */
  readonly writeUnits?: CapacityRange;
  /** Reads of 4 KB a second, and as many for the index: for copies, operators and replays. */
  readonly readUnits?: CapacityRange;
  /** How much of the capacity is to be in use, 20 to 90. @default 70 */
  readonly targetUtilizationPercent?: number;
}

/** Thresholds of the alarms, who hears of them, and which there are. */
export interface AlarmDefinition {
  /** Waiting messages of a consumer, deferred and delayed ones counted in. @default 10000 */
  readonly backlog?: number;
  /** Age by receipt of a consumer's oldest unfinished event, in seconds, where it promises nothing itself. @default 3600 */
  readonly ageSeconds?: number;
  /** Messages in flight, of SQS's 120,000. @default 80000 */
  readonly inFlight?: number;
  /** Age of the oldest dead letter, in days, of the 14 that it is kept. @default 10 */
  readonly deadLetterDays?: number;
  /** Percent of a consumer's attempts in five minutes that fail. @default 50 */
  readonly failurePercent?: number;
  /** Attempts in five minutes below which the failure rate does not count. @default 20 */
  readonly leastAttempts?: number;
  /** Copies of a consumer's events in five minutes that came under another delivery id. @default 10 */
  readonly replays?: number;
  /** Invocations of a function in five minutes that Lambda throttled. @default 10 */
  readonly throttles?: number;
  /** Requests in five minutes that API Gateway answered itself, by 429 for a throttle or by 404. @default 300 */
  readonly turnedAway?: number;
  /** Answers 5xx of the receiver in five minutes. @default 1 */
  readonly receiverErrors?: number;
  /** Requests of a source in five minutes whose signature proved nothing. @default 50 */
  readonly refusals?: number;
  /** Percent that these must be of the source's requests. @default 10 */
  readonly refusalPercent?: number;
  /** Part of a platform's own deadline that the p99 of its source's answers may take, 0.1 to 1. @default 0.8 */
  readonly deadlineShare?: number;
  /** Part of the failures (or hours of them) that must be left before a platform gives the endpoint up, 0.1 to 0.9. @default 0.5 */
  readonly failuresLeft?: number;
  /** Requests in five minutes of a table that DynamoDB throttled. @default 10 */
  readonly ledgerThrottles?: number;
  /** Seconds from a delivery's receipt until it is archived. @default 900 */
  readonly archiveLagSeconds?: number;
  /** Estimated dollars an hour that the events cost. @default 5 */
  readonly dollarsPerHour?: number;
  /** Alarms that there shall not be, by their kind. @default none */
  readonly without?: readonly AlarmKind[];
  /** Whether one alarm speaks for all that have one cause; otherwise each speaks for itself. @default true */
  readonly composite?: boolean;
  /**
   * Whether API Gateway counts each route by itself, for six more metrics a source. Without, nobody watches the platforms'
   * deadlines, and which endpoint they are about to give up. @default true
   */
  readonly routes?: boolean;
  /** Whether there is a dashboard. @default true */
  readonly dashboard?: boolean;
  /** Where notices go besides the topic. Each address must confirm. */
  readonly emails?: readonly string[];
  /** Further places for notices, such as PagerDuty's integration URL, which then stands in the template: https URLs. */
  readonly endpoints?: readonly string[];
}

/** What an alarm is about; the last word of its name. */
export type AlarmKind = (typeof alarmKinds)[number];

/** Every kind of alarm, in the order in which an event travels. */
export const alarmKinds = [
  'receiver-errors',
  'turned-away',
  'throttles',
  'deadline',
  'endpoint-disabling',
  'signature-refusals',
  'silent-source',
  'volume',
  'spool',
  'sweeper',
  'backlog',
  'age',
  'in-flight',
  'failure-rate',
  'circuit-open',
  'replays',
  'dead-letters',
  'dead-letters-expiring',
  'ledger-throttles',
  'archive-lag',
  'archive-errors',
  'watcher-silent',
  'spend',
] as const;

export interface LimitDefinition {
  /** Concurrent Lambda executions of the account in this region; 1,000 by default at AWS, 10 in new accounts. @default 1000 */
  readonly accountConcurrency?: number;
  /** What must be left of it for the receiver. @default 100 */
  readonly receiverConcurrency?: number;
}

/** What functions write down, and for how long that is kept. */
export interface LogDefinition {
  /**
   * Names of fields whose values no line shows, nor the reason of a dead letter, beside those of credentials and usual
   * personal data, which are masked always. `shoeSize` also stands for `shoe_size`, `Shoe-Size` and `customerShoeSize`. At most 20
   * names of 300 characters together.
   */
  readonly mask?: readonly string[];
  /** Days that CloudWatch keeps lines, one of the numbers that it offers. @default 30 */
  readonly retentionDays?: number;
  /** Share of the events, 0 to 1, about which lines tell that they went well; warnings and errors tell of all. @default 1 */
  readonly sample?: number;
  /** The least that is written; `npm run logs` changes it for a while without a deployment. @default info */
  readonly level?: 'debug' | 'info' | 'warn' | 'error';
}

/** What follows an event through the functions, beside the W3C trace that it has in any case. */
export interface TracingDefinition {
  /**
   * Whether AWS X-Ray records invocations: of each function the first of a second and 5 % of the others, for 5 dollars a million
   * recorded and half a dollar a million read, the first 100,000 and 1,000,000 a month free (list prices us-east-1, 2026).
   *
   * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
   * @default false
   */
  readonly xray?: boolean;
}

/** A domain name of one's own for the webhooks. */
export interface DomainDefinition {
  /** @example 'hooks.example.com' */
  readonly name: string;
  /** ARN of a certificate in AWS Certificate Manager, in the region of the deployment. */
  readonly certificateArn: string;
}

/** What flows where: the one thing that a user edits. */
export interface PipelineDefinition<Source extends string = string, Consumer extends string = string> {
  readonly sources: { readonly [S in Source]: SourceDefinition };
  readonly consumers: { readonly [C in Consumer]: ConsumerDefinition<NoInfer<Source>> };
  /** Default: the name that API Gateway gives. */
  readonly domain?: DomainDefinition;
  /**
   * What platforms are told to send to, where something of yours stands before API Gateway: some sign it.
   * @default the domain, else API Gateway's own URL
   */
  readonly publicUrl?: string;
  /** Every accepted delivery is kept byte for byte, unless this is `false`. */
  readonly archive?: ArchiveDefinition<NoInfer<Source>> | false;
  /** How the ledger is billed. @default { billing: 'on-demand' } */
  readonly ledger?: OnDemandLedger | ProvisionedLedger;
  /** `false` for no alarms and no dashboard at all. */
  readonly alarms?: AlarmDefinition | false;
  readonly logs?: LogDefinition;
  readonly tracing?: TracingDefinition;
  readonly limits?: LimitDefinition;
}

/** Types the definition; it is validated when the app is synthesized. */
export function definePipeline<const Source extends string, const Consumer extends string>(
  definition: PipelineDefinition<Source, Consumer>,
): PipelineDefinition<Source, Consumer> {
  return definition;
}

/** Whether accepted deliveries are archived. */
export function isArchived({ archive }: Pick<PipelineDefinition, 'archive'>): boolean {
  return archive !== false;
}

/** Whether what is archived is merged by the hour. */
export function isCompacted({ archive }: Pick<PipelineDefinition, 'archive'>): boolean {
  return archive !== false && archive?.compact !== false;
}

/** Whether what the pipeline keeps may be erased on request. */
export function isErasable({ archive }: Pick<PipelineDefinition, 'archive'>): boolean {
  return archive === false || archive?.erase !== false;
}

/** A consumer with every default filled in. */
export interface Consumer {
  readonly name: string;
  readonly from: readonly Required<Subscription>[];
  readonly handler: string;
  readonly retry: Required<RetryPolicy>;
  readonly order: ConsumerDefinition['order'];
  readonly fair: FairPolicy | undefined;
  readonly pace: Required<PacePolicy> | undefined;
  readonly circuit: Required<CircuitPolicy> | undefined;
  readonly adapt: (AdaptPolicy & Required<Pick<AdaptPolicy, 'floor' | 'errorRate' | 'intervalSeconds'>>) | undefined;
  readonly coalesce: (CoalescePolicy & { readonly maxWindowSeconds: number }) | undefined;
  readonly items: ConsumerDefinition['items'];
  /** Whether the handler takes many events at once. */
  readonly batch: boolean;
  readonly parallelism: number;
  readonly fifo: boolean;
  readonly timeoutSeconds: number;
  readonly concurrency: number;
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  /** `undefined` where `alarms.ageSeconds` holds. */
  readonly promiseSeconds: number | undefined;
  readonly draining: boolean;
}

/** Fills in a consumer's defaults; the one place where they are written. */
export function consumerOf(definition: PipelineDefinition, name: string): Consumer {
  const consumer = Object.hasOwn(definition.consumers, name) ? definition.consumers[name] : undefined;
  if (!consumer) {
    const known = Object.keys(definition.consumers).join(', ');
    throw new Error(`pipeline.consumers must have \`${name}\`, got ${known || 'none'}`);
  }
  const { from, retry = {}, order, fair, items, batch } = consumer;
  const { timeoutSeconds = 30, concurrency = 10, memoryMb = 256 } = consumer;
  const { attempts = 8, baseSeconds = 2, capSeconds = 900 } = retry;
  const batchSize = batch?.maxEvents ?? consumer.batchSize ?? 10;
  const subscriptions = Array.isArray(from) ? (from as readonly Subscription[]) : [from as Subscription];
  return {
    name,
    from: subscriptions.map(({ source, types = ['*'] }) => ({ source, types })),
    handler: consumer.handler,
    retry: { attempts, baseSeconds, capSeconds },
    order,
    fair,
    pace: consumer.pace && paceOf(consumer.pace),
    circuit: consumer.circuit && circuitOf(consumer.circuit, name),
    adapt: consumer.adapt && adaptOf(consumer.adapt),
    coalesce: consumer.coalesce && coalesceOf(consumer.coalesce),
    items,
    batch: batch !== undefined,
    parallelism: consumer.parallelism ?? 1_000,
    fifo: order !== undefined,
    timeoutSeconds,
    concurrency,
    batchSize,
    batchWindowSeconds: batch?.windowSeconds ?? (batchSize > 10 ? 1 : 0),
    memoryMb,
    environment: consumer.environment ?? {},
    promiseSeconds: consumer.promiseSeconds,
    draining: consumer.draining ?? false,
  };
}

function paceOf({ ratePerSecond, burst, per = 'consumer' }: PacePolicy): NonNullable<Consumer['pace']> {
  return { ratePerSecond, burst: burst ?? Math.max(2, Math.ceil(ratePerSecond)), per };
}

function circuitOf(policy: CircuitPolicy, consumer: string): NonNullable<Consumer['circuit']> {
  const { name = consumer, failureRate = 0.5, minimumCalls = 20, windowSeconds = 30 } = policy;
  const { consecutiveFailures = 20, openSeconds = 10, maxOpenSeconds = 300 } = policy;
  return { name, failureRate, minimumCalls, windowSeconds, consecutiveFailures, openSeconds, maxOpenSeconds };
}

function adaptOf(policy: AdaptPolicy): NonNullable<Consumer['adapt']> {
  const { floor = 1, errorRate = 0.1, intervalSeconds = 5 } = policy;
  return { ...policy, floor, errorRate, intervalSeconds };
}

function coalesceOf(policy: CoalescePolicy): NonNullable<Consumer['coalesce']> {
  const { windowSeconds, maxWindowSeconds = windowSeconds } = policy;
  return { ...policy, maxWindowSeconds };
}

/** Seconds for which an invocation may hold its messages while a policy makes them wait; 0 where none does. */
export function holdSeconds({ pace, circuit, adapt, fair }: Consumer): number {
  return pace || circuit || adapt || fair?.maxConcurrent ? 20 : 0;
}

/** Every consumer of a definition, defaults filled in, in the definition's order. */
export function consumersOf(definition: PipelineDefinition): readonly Consumer[] {
  return Object.keys(definition.consumers).map((name) => consumerOf(definition, name));
}
