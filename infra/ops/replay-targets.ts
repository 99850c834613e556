import { type Consumer, consumersOf, type PipelineDefinition } from '../../functions/core/definition.ts';
import { ConfigurationError } from '../../functions/core/errors.ts';
import type { Message } from '../../functions/core/message.ts';
import { mixedType, typesOf } from '../../functions/receive/event-of.ts';
import { providerOf } from '../../functions/receive/providers/of-source.ts';
import { type Lane, placeOf, type Route, routeBy, type Target } from '../../functions/receive/route.ts';
import { type Webhook, webhookOf } from '../../functions/receive/webhook.ts';
import type { ReplayOptions } from './replay-options.ts';

/** Reads a message's body, wherever it is. */
export type BodyOf = (message: Message) => Promise<Buffer>;

/** The consumers of a replay, and the sources that they subscribe to. */
export interface Chosen {
  readonly consumers: readonly Consumer[];
  readonly sources: readonly string[];
}

/**
 * Who is to get events again.
 *
 * @throws ConfigurationError naming each source and consumer that cannot be meant
 */
export function chosenOf(
  definition: PipelineDefinition,
  { consumers: named, sources }: Pick<ReplayOptions, 'consumers' | 'sources'>,
): Chosen {
  const problems: string[] = [];
  const known = Object.keys(definition.sources);
  for (const source of sources) {
    if (!known.includes(source)) problems.push(`--source must be one of ${known.join(', ') || 'none'}, got ${source}`);
  }
  const all = consumersOf(definition);
  const subscribes = ({ from }: Consumer): boolean =>
    sources.length === 0 || from.some(({ source }) => sources.includes(source));
  for (const name of named) {
    const consumer = all.find((each) => each.name === name);
    const names = all.map((each) => each.name).join(', ') || 'none';
    if (!consumer) problems.push(`--consumer must be one of the pipeline's (${names}), got ${name}`);
    else if (consumer.draining)
      problems.push(`--consumer must be one that takes events, got ${name}, which is draining`);
    else if (!subscribes(consumer)) {
      problems.push(`--consumer must subscribe to ${sources.join(' or ')}, got ${name}, which does not`);
    }
  }
  const consumers = all.filter(
    (each) => !each.draining && subscribes(each) && (named.length === 0 || named.includes(each.name)),
  );
  if (problems.length === 0 && consumers.length === 0) {
    problems.push(`a consumer must subscribe to ${sources.join(' or ') || 'a source'}, got none that takes events`);
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  const subscribed = consumers.flatMap(({ from }) => from.map(({ source }) => source));
  const read = [...new Set(subscribed)].filter((source) => sources.length === 0 || sources.includes(source));
  return { consumers, sources: read };
}

/** Finds who takes an archived event, and where it waits, as the receiver does. */
export class Targets {
  readonly #definition: PipelineDefinition;
  readonly #names: ReadonlySet<string>;
  readonly #route: Route;
  readonly #bodyOf: BodyOf;
  #unsorted = 0;

  constructor(definition: PipelineDefinition, consumers: readonly Consumer[], bodyOf: BodyOf) {
    this.#definition = definition;
    this.#names = new Set(consumers.map(({ name }) => name));
    this.#route = routeBy(definition);
    this.#bodyOf = bodyOf;
  }

  /** Events of the type mixed whose content no longer says what they hold: only who takes every type gets them. */
  get unsorted(): number {
    return this.#unsorted;
  }

  /** @throws Error where the body must be read for that and cannot be */
  async of(message: Message): Promise<readonly Target[]> {
    const { source, type } = message.event;
    const types = type === mixedType ? await this.#typesIn(message) : [];
    return this.#route(source, [...types, type]).filter(({ consumer }) => this.#names.has(consumer));
  }

  /** @throws Error where the body must be read for that and cannot be */
  async placeIn(target: Target, message: Message): Promise<Lane | undefined> {
    if (!target.order && !target.fair) return undefined;
    const { event, headers, tenant } = message;
    const reads = target.order ?? target.fair?.by;
    const data = reads ? (await this.#webhookOf(message)).data : undefined;
    return placeOf(target, { event, headers, ...(tenant === undefined ? {} : { tenant }), data }).lane;
  }

  /** Types are not archived beside an event's one; what they were found in is. */
  async #typesIn(message: Message): Promise<readonly string[]> {
    const source = this.#definition.sources[message.event.source];
    const types = source ? typesOf(providerOf(source), await this.#webhookOf(message)) : [];
    if (types.length > 1) return types;
    this.#unsorted += 1;
    return [];
  }

  async #webhookOf(message: Message): Promise<Webhook> {
    return webhookOf({ url: '', headers: new Map(Object.entries(message.headers)), body: await this.#bodyOf(message) });
  }
}
