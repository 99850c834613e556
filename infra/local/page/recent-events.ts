/** What came of an event at one consumer, as far as its function's log has told. */
export interface Outcome {
  readonly consumer: string;
  /** In the log's own words: `processed`, `attempt failed`, `dead-lettered`; `queued` until there is another. */
  readonly outcome: string;
  readonly reason?: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** An event that was accepted lately. */
export interface RecentEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly tenant?: string;
  readonly deliveryId?: string;
  /** When it was accepted first, in milliseconds since 1970. */
  readonly at: number;
  /** How often it was delivered. */
  readonly deliveries: number;
  /** By consumer. */
  readonly outcomes: readonly Outcome[];
}

interface Kept extends Omit<RecentEvent, 'deliveries' | 'outcomes'> {
  deliveries: number;
  readonly outcomes: Map<string, Outcome>;
}

/** What the receiver says of an event that it accepted. */
export interface Accepted extends Pick<RecentEvent, 'id' | 'source' | 'type' | 'tenant' | 'deliveryId' | 'at'> {
  readonly consumers: readonly string[];
}

const mostEvents = 1_000;

/** The events that were accepted last, by what the functions' logs say of them. */
export class RecentEvents {
  readonly #events = new Map<string, Kept>();

  accepted({ consumers, ...event }: Accepted): void {
    const known = this.#events.get(event.id);
    if (known) {
      known.deliveries += 1;
      return;
    }
    const outcomes = new Map(consumers.map((consumer) => [consumer, { consumer, outcome: 'queued', at: event.at }]));
    this.#events.set(event.id, { ...event, deliveries: 1, outcomes });
    for (const id of this.#events.keys()) {
      if (this.#events.size <= mostEvents) break;
      this.#events.delete(id);
    }
  }

  /** Later outcomes of a consumer replace earlier ones. */
  became(id: string, outcome: Outcome): void {
    this.#events.get(id)?.outcomes.set(outcome.consumer, outcome);
  }

  get(id: string): RecentEvent | undefined {
    const event = this.#events.get(id);
    return event && shownOf(event);
  }

  /** The newest first. */
  latest(limit: number): readonly RecentEvent[] {
    return [...this.#events.values()].slice(-limit).reverse().map(shownOf);
  }
}

function shownOf({ outcomes, ...event }: Kept): RecentEvent {
  return { ...event, outcomes: [...outcomes.values()] };
}
