import { isObject, type JsonObject } from '../template/json.ts';
import { LogLines } from './log-lines.ts';
import { Rates } from './rates.ts';
import { RecentEvents } from './recent-events.ts';

/** Namespace of the metrics that the page counts. */
const namespace = 'Nerite';

/** What a consumer's line may say of an event; other lines are about something on the way. */
const outcomes: readonly string[] = [
  'processed',
  'attempt failed',
  'asked to come later',
  'dead-lettered',
  'superseded',
  'acknowledged an erased event',
];

/** What the functions have said lately: counts, lines and events. */
export class Observed {
  readonly rates: Rates;
  readonly lines = new LogLines();
  readonly events = new RecentEvents();
  readonly #now: () => number;
  readonly #prefix: string;

  /**
   * @param now milliseconds since 1970
   * @param prefix what the names of all functions begin with, and the page leaves out
   */
  constructor(now: () => number, prefix = '') {
    this.#now = now;
    this.#prefix = prefix;
    this.rates = new Rates(now);
  }

  /** Takes a line of a function, whatever it is. */
  take(functionName: string, text: string): void {
    const at = this.#now();
    const line = parsed(text);
    const name = functionName.startsWith(this.#prefix) ? functionName.slice(this.#prefix.length) : functionName;
    if (!line) {
      this.lines.add({ at, function: name, text });
      return;
    }
    this.#count(line);
    const message = textOf(line.message);
    // A line of metrics alone says nothing that the figures do not.
    if (message === undefined && line._aws !== undefined) return;
    const { level, eventId, consumer } = textsOf(line, ['level', 'eventId', 'consumer']);
    this.lines.add({
      at,
      function: name,
      ...(level === undefined ? {} : { level }),
      ...(message === undefined ? {} : { message }),
      ...(eventId === undefined ? {} : { eventId }),
      ...(consumer === undefined ? {} : { consumer }),
      text: withoutMetrics(line, text),
    });
    if (eventId === undefined || message === undefined) return;
    if (message === 'accepted') this.#accept(eventId, line, at);
    else if (consumer !== undefined && outcomes.includes(message)) {
      const reason = textOf(line.reason);
      this.events.became(eventId, { consumer, outcome: message, ...(reason === undefined ? {} : { reason }), at });
    }
  }

  /** Sums up the values of an EMF line; durations are among them and do no harm. */
  #count(line: JsonObject): void {
    if (!isObject(line._aws) || !Array.isArray(line._aws.CloudWatchMetrics)) return;
    const facets = textsOf(line, ['source', 'consumer', 'reason']);
    for (const directive of line._aws.CloudWatchMetrics) {
      if (!isObject(directive) || directive.Namespace !== namespace || !Array.isArray(directive.Metrics)) continue;
      for (const metric of directive.Metrics) {
        const name = isObject(metric) ? textOf(metric.Name) : undefined;
        if (name !== undefined) this.rates.add(name, facets, sumOf(line[name]));
      }
    }
  }

  #accept(id: string, line: JsonObject, at: number): void {
    const { source = '', type = '', tenant, deliveryId } = textsOf(line, ['source', 'type', 'tenant', 'deliveryId']);
    this.events.accepted({
      id,
      source,
      type,
      ...(tenant === undefined ? {} : { tenant }),
      ...(deliveryId === undefined ? {} : { deliveryId }),
      at,
      consumers: listOf(line.consumers),
    });
  }
}

function parsed(text: string): JsonObject | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The line as it reads without CloudWatch's part of it. */
function withoutMetrics({ _aws, ...rest }: JsonObject, text: string): string {
  return _aws === undefined ? text : JSON.stringify(rest);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function textsOf<Name extends string>(line: JsonObject, names: readonly Name[]): { readonly [name in Name]?: string } {
  const texts: { [name in Name]?: string } = {};
  for (const name of names) {
    const text = textOf(line[name]);
    if (text !== undefined) texts[name] = text;
  }
  return texts;
}

/** A list as a logger writes it, or as a line of metrics does, which takes texts alone. */
function listOf(value: unknown): readonly string[] {
  const list = typeof value === 'string' ? listIn(value) : value;
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

function listIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function sumOf(value: unknown): number {
  const values: unknown[] = Array.isArray(value) ? value : [value];
  return values.reduce<number>((sum, one) => sum + (typeof one === 'number' ? one : 0), 0);
}
