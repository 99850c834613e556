import type { Message } from './message.ts';

/** Days for which a queue keeps a message that nobody acknowledges. */
export const queueRetentionDays = 10;

/**
 * Days for which the ledger remembers an event after its last write: longer than the queue's retention, the dead-letter
 * queue's and a platform's retries together, so that no copy of an event outlives its record.
 */
export const ledgerDays = 45;

/** The platforms whose webhooks Nerite understands without further description. */
export const providers = ['github', 'stripe', 'shopify', 'slack', 'standard-webhooks'] as const;
export type ProviderName = (typeof providers)[number];

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
   * What is signed: a text with `{body}`, and where they are signed `{timestamp}` and `{id}`.
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

/** A subscription with a handler, a queue, a dead-letter queue and its policies. */
export interface ConsumerDefinition<Source extends string = string> {
  readonly from: Subscription<Source> | readonly Subscription<Source>[];
  /** The file that exports `handler`, from the project's root. */
  readonly handler: string;
  readonly retry?: RetryPolicy;
  /** Events of one key are handled in their order, by a FIFO queue. Default: a standard queue, no order. */
  readonly order?: { readonly by: (event: Selectable) => string };
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
  /** Takes no new events and works off what it has; the step before the consumer is removed. @default false */
  readonly draining?: boolean;
}

export interface ArchiveDefinition {
  /** Days until objects move to Standard-IA, at least 30. @default 30 */
  readonly infrequentAfterDays?: number;
  /** Days until objects move to Glacier Flexible Retrieval. @default 180 */
  readonly glacierAfterDays?: number;
  /** Days until objects expire; never sooner than a record of the ledger that may point at them. @default 365 */
  readonly expireAfterDays?: number;
}

export interface AlarmDefinition {
  /** Waiting messages of a queue, deferred and delayed ones counted in. @default 10000 */
  readonly backlog?: number;
  /** Age of a queue's oldest message, in seconds. @default 3600 */
  readonly ageSeconds?: number;
  /** Answers 5xx of the receiver in five minutes. @default 1 */
  readonly receiverErrors?: number;
  /** Where notices go besides the topic. Each address must confirm. */
  readonly emails?: readonly string[];
}

export interface LimitDefinition {
  /** Concurrent Lambda executions of the account in this region; 1,000 by default at AWS, 10 in new accounts. @default 1000 */
  readonly accountConcurrency?: number;
  /** What must be left of it for the receiver. @default 100 */
  readonly receiverConcurrency?: number;
}

/** What flows where: the one thing that a user edits. */
export interface PipelineDefinition<Source extends string = string, Consumer extends string = string> {
  readonly sources: { readonly [S in Source]: SourceDefinition };
  readonly consumers: { readonly [C in Consumer]: ConsumerDefinition<NoInfer<Source>> };
  readonly archive?: ArchiveDefinition;
  readonly alarms?: AlarmDefinition;
  readonly limits?: LimitDefinition;
}

/** Types the definition; it is validated when the app is synthesized. */
export function definePipeline<const Source extends string, const Consumer extends string>(
  definition: PipelineDefinition<Source, Consumer>,
): PipelineDefinition<Source, Consumer> {
  return definition;
}

/** A consumer with every default filled in. */
export interface Consumer {
  readonly name: string;
  readonly from: readonly Required<Subscription>[];
  readonly handler: string;
  readonly retry: Required<RetryPolicy>;
  readonly order: ConsumerDefinition['order'];
  readonly fifo: boolean;
  readonly timeoutSeconds: number;
  readonly concurrency: number;
  readonly batchSize: number;
  readonly memoryMb: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly draining: boolean;
}

/** Fills in a consumer's defaults; the one place where they are written. */
export function consumerOf(definition: PipelineDefinition, name: string): Consumer {
  const consumer = Object.hasOwn(definition.consumers, name) ? definition.consumers[name] : undefined;
  if (!consumer) {
    const known = Object.keys(definition.consumers).join(', ');
    throw new Error(`pipeline.consumers must have \`${name}\`, got ${known || 'none'}`);
  }
  const { from, retry = {}, order, timeoutSeconds = 30, concurrency = 10, batchSize = 10, memoryMb = 256 } = consumer;
  const { attempts = 8, baseSeconds = 2, capSeconds = 900 } = retry;
  const subscriptions = Array.isArray(from) ? (from as readonly Subscription[]) : [from as Subscription];
  return {
    name,
    from: subscriptions.map(({ source, types = ['*'] }) => ({ source, types })),
    handler: consumer.handler,
    retry: { attempts, baseSeconds, capSeconds },
    order,
    fifo: order !== undefined,
    timeoutSeconds,
    concurrency,
    batchSize,
    memoryMb,
    environment: consumer.environment ?? {},
    draining: consumer.draining ?? false,
  };
}

/** Every consumer of a definition, defaults filled in, in the definition's order. */
export function consumersOf(definition: PipelineDefinition): readonly Consumer[] {
  return Object.keys(definition.consumers).map((name) => consumerOf(definition, name));
}
