import { decodeMessage } from '../core/message.ts';
import { hourIn, hourPath } from './hour.ts';

/** A delivery as the archive keeps it. */
export interface ArchiveRecord {
  /** The source's hour that it belongs to. */
  readonly hour: string;
  /** RFC 3339, UTC, with milliseconds: its texts sort as its times do. */
  readonly receivedAt: string;
  /** The message's JSON as it travelled, without a line's end. */
  readonly line: string;
}

/**
 * Reads a record out of an SQS body.
 *
 * @throws Error saying what is wrong with it; it can quote a source and a time, nothing else that was received
 */
export function recordOf(body: string): ArchiveRecord {
  const { event, receivedAt } = decodeMessage(body);
  if (!isInstant(receivedAt)) {
    throw new Error(`message.receivedAt must be RFC 3339 in UTC with milliseconds, got ${shown(receivedAt)}`);
  }
  const hour = hourPath({ source: event.source, receivedAt });
  // What readers could not find again is not written.
  if (!hourIn(hour)) {
    throw new Error(
      `message.event.source must be 1 to 40 lower-case letters, digits and hyphens, a letter first, got ${shown(event.source)}`,
    );
  }
  // Hadoop's readers, and so Athena's, end a line at either.
  if (/[\n\r]/.test(body)) throw new Error('message must be JSON in one line');
  if (!body.isWellFormed()) throw new Error('message must be text that UTF-8 can write');
  return { hour, receivedAt, line: body };
}

function isInstant(text: string): boolean {
  const at = Date.parse(text);
  return text.length === '2026-11-21T12:00:00.000Z'.length && !Number.isNaN(at) && new Date(at).toISOString() === text;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
