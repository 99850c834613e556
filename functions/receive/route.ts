import { boundedKey, groupOf } from '../core/bounded-key.ts';
import { type Consumer, consumersOf, type PipelineDefinition, type Selectable } from '../core/definition.ts';
import { matchesType } from '../core/event-types.ts';
import { queueName } from '../core/names.ts';
import { selected } from '../core/selected.ts';

/** Where an event goes. */
export interface Target {
  readonly consumer: string;
  /** The queue's name without the stage's prefix. */
  readonly queue: string;
  readonly order: Consumer['order'];
  readonly fair: Consumer['fair'];
}

/** Finds who takes an event: whoever subscribes to any of its types. */
export type Route = (source: string, types: readonly string[]) => readonly Target[];

/** Routes by the definition; consumers that are draining get nothing new. */
export function routeBy(definition: PipelineDefinition): Route {
  const bySource = new Map<string, { readonly types: readonly string[]; readonly target: Target }[]>();
  for (const { name, from, fifo, order, fair, draining } of consumersOf(definition)) {
    if (draining) continue;
    const target: Target = { consumer: name, queue: queueName(name, fifo), order, fair };
    for (const source of new Set(from.map((subscription) => subscription.source))) {
      const types = from.flatMap((subscription) => (subscription.source === source ? subscription.types : []));
      bySource.set(source, [...(bySource.get(source) ?? []), { types, target }]);
    }
  }
  return (source, types) =>
    (bySource.get(source) ?? [])
      .filter(({ types: patterns }) => patterns.some((pattern) => types.some((type) => matchesType(pattern, type))))
      .map(({ target }) => target);
}

/** The part of a queue in which an event waits with its like. */
export interface Lane {
  /** SQS's message group: of events that are kept in order, or of a tenant's. */
  readonly group: string;
  /** What the consumer's order is by. */
  readonly key?: string;
}

/** A selector that did not say where an event belongs. */
export interface SelectorTrouble {
  readonly selector: 'order.by' | 'fair.by';
  /** What it did instead. */
  readonly problem: string;
}

/** Where an event waits; without a lane it waits with no other. */
export interface Place {
  readonly lane?: Lane;
  readonly trouble?: SelectorTrouble;
}

/**
 * Finds an event's place in a consumer's queue. Where order has no key the event gets a lane of its own: late is worse
 * than out of order. Where nobody knows whose it is, it is in no tenant's way.
 */
export function placeOf({ order, fair }: Pick<Target, 'order' | 'fair'>, event: Selectable): Place {
  if (order) {
    const answer = selected(order.by, event);
    if ('problem' in answer) return { lane: { group: event.event.id }, trouble: { selector: 'order.by', ...answer } };
    const key = String(answer.found);
    return { lane: { group: groupOf(key), key: boundedKey(key) } };
  }
  if (!fair) return {};
  if (!fair.by) return event.tenant === undefined ? {} : { lane: { group: groupOf(event.tenant) } };
  const answer = selected(fair.by, event);
  if ('problem' in answer) return { trouble: { selector: 'fair.by', ...answer } };
  return { lane: { group: groupOf(String(answer.found)) } };
}
