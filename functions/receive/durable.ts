import { createHash } from 'node:crypto';
import { RefusedError } from '../core/errors.ts';
import { type Body, inlineBody, type Message } from '../core/message.ts';
import { bodyPrefix } from '../core/names.ts';
import type { ObjectStore } from '../core/objects.ts';
import { type Destination, enqueue, type Send, type Unconfirmed } from './enqueue.ts';
import { encodeSpooled, type Spooled, spoolKey } from './spool.ts';
import { within } from './within.ts';

/**
 * Puts a body where it will travel: inside the message, or beside it in the archive where it is too large for that.
 *
 * @param receivedAt RFC 3339, UTC
 * @throws RefusedError 503 where it could not be stored in time
 */
export async function placeBody(
  objects: ObjectStore,
  { source, body, receivedAt }: { readonly source: string; readonly body: Buffer; readonly receivedAt: string },
  milliseconds: () => number,
): Promise<Body> {
  const inline = inlineBody(body);
  if (inline) return inline;
  const day = receivedAt.slice(0, 10).replaceAll('-', '/');
  const dataref = `${bodyPrefix}${source}/${day}/${createHash('sha256').update(body).digest('hex')}`;
  try {
    await within(milliseconds(), (signal) =>
      objects.put(dataref, body, { contentType: 'application/octet-stream', signal }),
    );
  } catch (cause) {
    throw new RefusedError(503, 'body-not-stored', { cause });
  }
  return { dataref };
}

/** An event on its way to its queues. */
export interface Dispatch {
  readonly destinations: readonly Destination[];
  readonly message: Message;
  /** API Gateway's id of the request. */
  readonly requestId: string;
}

/** How long each way may take, counted from when it is asked. In milliseconds. */
export interface Patience {
  readonly sendMs: () => number;
  readonly spoolMs: () => number;
}

/**
 * Brings an event into every queue, or into the spool for those that did not confirm, which it answers.
 *
 * @throws RefusedError 503 where neither could be done: nobody was promised anything
 */
export async function makeDurable(
  { send, objects }: { readonly send: Send; readonly objects: ObjectStore },
  { destinations, message, requestId }: Dispatch,
  { sendMs, spoolMs }: Patience,
): Promise<readonly Unconfirmed[]> {
  const unconfirmed = await enqueue(send, destinations, message, { by: 'receive', requestId }, sendMs());
  if (unconfirmed.length === 0) return unconfirmed;
  const queues = unconfirmed.map(({ destination }) => destination);
  const spooled: Spooled = { v: 1, requestId, queues, message };
  try {
    await within(spoolMs(), (signal) =>
      objects.put(spoolKey(spooled), encodeSpooled(spooled), { contentType: 'application/json', signal }),
    );
  } catch (cause) {
    throw new RefusedError(503, 'not-enqueued', { cause });
  }
  return unconfirmed;
}
