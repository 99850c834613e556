/** One delivery of an event. */
export interface Delivery {
  /** RFC 3339, UTC, with milliseconds: its texts sort as its times do. */
  readonly receivedAt: string;
  readonly deliveryId: string;
}

/** A message's line as it travelled, and the further deliveries of its event that a merged object tells behind it. */
export interface LineWithCopies {
  readonly line: string;
  readonly copies: readonly Delivery[];
}

const mark = ',"copies":[';

/**
 * A line of a merged object: the message's own text, with its copies as a last member where there are any. A message
 * that could be taken for one with copies gets an empty list, so that {@link withoutCopies} always gives back its text.
 */
export function withCopies(line: string, copies: readonly Delivery[]): string {
  if (copies.length === 0 && withoutCopies(line).line === line) return line;
  const list = copies.map(({ receivedAt, deliveryId }) => ({ receivedAt, deliveryId }));
  const end = line.lastIndexOf('}');
  return `${line.slice(0, end)},"copies":${JSON.stringify(list)}${line.slice(end)}`;
}

/** The message's own text out of a line of a merged object. */
export function withoutCopies(text: string): LineWithCopies {
  // No text inside JSON has the mark: its quotes would be escaped.
  const at = text.lastIndexOf(mark);
  const end = text.lastIndexOf('}');
  const copies = at < 0 ? undefined : deliveriesIn(text.slice(at + mark.length - 1, end));
  return copies ? { line: text.slice(0, at) + text.slice(end), copies } : { line: text, copies: [] };
}

/** By time, then by id. */
export function compareDeliveries(one: Delivery, other: Delivery): number {
  return compareTexts(one.receivedAt, other.receivedAt) || compareTexts(one.deliveryId, other.deliveryId);
}

/** By UTF-16 units, everywhere the same. */
export function compareTexts(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function deliveriesIn(text: string): Delivery[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return Array.isArray(value) && value.every(isDelivery) ? value : undefined;
}

function isDelivery(value: unknown): value is Delivery {
  if (typeof value !== 'object' || value === null) return false;
  const { receivedAt, deliveryId } = value as Partial<Record<string, unknown>>;
  return typeof receivedAt === 'string' && typeof deliveryId === 'string';
}
