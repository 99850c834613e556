import { createHash } from 'node:crypto';
import { type Consumer, consumersOf, type PipelineDefinition, type Selectable } from '../core/definition.ts';
import { matchesType } from '../core/event-types.ts';
import { queueName } from '../core/names.ts';

/** Where an event goes. */
export interface Target {
  readonly consumer: string;
  /** The queue's name without the stage's prefix. */
  readonly queue: string;
  readonly order: Consumer['order'];
}

/** Finds who takes an event. */
export type Route = (source: string, type: string) => readonly Target[];

/** Routes by the definition; consumers that are draining get nothing new. */
export function routeBy(definition: PipelineDefinition): Route {
  const bySource = new Map<string, { readonly types: readonly string[]; readonly target: Target }[]>();
  for (const { name, from, fifo, order, draining } of consumersOf(definition)) {
    if (draining) continue;
    const target: Target = { consumer: name, queue: queueName(name, fifo), order };
    for (const source of new Set(from.map((subscription) => subscription.source))) {
      const types = from.flatMap((subscription) => (subscription.source === source ? subscription.types : []));
      bySource.set(source, [...(bySource.get(source) ?? []), { types, target }]);
    }
  }
  return (source, type) =>
    (bySource.get(source) ?? [])
      .filter(({ types }) => types.some((pattern) => matchesType(pattern, type)))
      .map(({ target }) => target);
}

/** A place in a queue that keeps an order. */
export interface Lane {
  /** SQS's message group. */
  readonly group: string;
  /** What the consumer's selector found. */
  readonly key?: string;
}

/** Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const groupPattern = /^[!-~]{1,128}$/;
/** Longer keys travel as their digest. */
const longestKey = 256;

/**
 * The lane of an event in a consumer's FIFO queue. Without a key the event gets a lane of its own: late is worse than
 * out of order.
 */
export function laneOf(by: NonNullable<Consumer['order']>['by'], event: Selectable): Lane {
  const key = selected(by, event);
  if (key === undefined) return { group: event.event.id };
  const digest = (): string => createHash('sha256').update(key).digest('hex');
  return { group: groupPattern.test(key) ? key : digest(), key: key.length <= longestKey ? key : digest() };
}

/** A selector is somebody's code, and meets whatever a platform sends. */
function selected(by: (event: Selectable) => unknown, event: Selectable): string | undefined {
  try {
    const key = by(event);
    return (typeof key === 'string' || typeof key === 'number') && key !== '' ? String(key).toWellFormed() : undefined;
  } catch {
    return undefined;
  }
}
