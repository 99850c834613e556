import { decodeMessage, encodeMessage, type Message } from '../core/message.ts';
import { spoolPrefix } from '../core/names.ts';
import type { Destination } from './enqueue.ts';

/** An accepted event that some of its queues have not confirmed, as it waits in the bucket. */
export interface Spooled {
  readonly v: 1;
  /** API Gateway's id of the request that brought it. */
  readonly requestId: string;
  /** The queues that are still outstanding. */
  readonly queues: readonly Destination[];
  readonly message: Message;
}

/** Sorts by time, and is another one for each delivery. */
export function spoolKey({ message: { receivedAt, event }, requestId }: Spooled): string {
  return `${spoolPrefix}${receivedAt}-${event.id}-${requestId.replace(/[^\w.=-]/g, '_')}.json`;
}

/** When what has this key was received, in ms since 1970; NaN where the key is none of ours. */
export function spooledAt(key: string): number {
  return Date.parse(key.slice(spoolPrefix.length, spoolPrefix.length + '2026-11-21T12:00:00.000Z'.length));
}

/** An object's content. */
export function encodeSpooled({ message, ...rest }: Spooled): Buffer {
  return Buffer.from(`${JSON.stringify(rest).slice(0, -1)},"message":${encodeMessage(message)}}`);
}

/**
 * Reads an object's content.
 *
 * @throws Error saying what is wrong with it, without quoting it
 */
export function decodeSpooled(text: string): Spooled {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('spooled event must be JSON');
  }
  if (!isRecord(value) || value.v !== 1) throw new Error('spooled event must be a JSON object with v 1');
  const { requestId, queues, message } = value;
  if (typeof requestId !== 'string') throw new Error('spooled event must have a requestId');
  if (!Array.isArray(queues) || !queues.every(isDestination)) throw new Error('spooled event must name its queues');
  return { v: 1, requestId, queues, message: decodeMessage(JSON.stringify(message ?? null)) };
}

function isDestination(value: unknown): value is Destination {
  if (!isRecord(value) || typeof value.queue !== 'string') return false;
  const { queue, lane } = value;
  // Names of our own queues, and nothing that could lead a URL elsewhere.
  if (!/^[A-Za-z0-9_-]{1,80}(?:\.fifo)?$/.test(queue)) return false;
  // A FIFO queue takes nothing without a group; a standard one has groups where its consumer is fair.
  if (lane === undefined) return !queue.endsWith('.fifo');
  return isRecord(lane) && typeof lane.group === 'string';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
