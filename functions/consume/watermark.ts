import type { SQSRecord } from 'aws-lambda';
import { messageOf } from '../core/errors.ts';
import type { Message } from '../core/message.ts';
import { watermarkKey } from '../core/shared-state.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { messageIn } from './delivery.ts';
import { type Items, number } from './items.ts';
import type { PutBack } from './outcomes.ts';
import { longestDeferralMs } from './patience.ts';
import type { Time } from './time.ts';

/**
 * Notes of what is put back how old it is, since SQS's own age soon knows nothing of it.
 *
 * For all that returns within a minute there is one mark: the least receipt among it. Whoever reads the marks of the
 * minutes to come, and of those just past, knows the oldest event that was put back. What waits longer shares a wider
 * mark, so that a consumer has about sixty at most, and a mark that outlives its events does so by a fraction of their age:
 *
 *   now ┄ 15 min: each minute │ ┄ 2 h: five minutes │ ┄ 11 h: half an hour
 *
 * A mark is only ever lowered, so a write may come twice, or late. One that is lost makes the oldest event look younger until
 * one of its minute is put back again: events are neither lost nor late by that.
 */
export interface Watermarks {
  /** Never fails, and takes half a second at most. */
  note(messages: readonly PutBack[]): Promise<void>;
}

export interface WatermarkOptions {
  /** Of the state table. */
  readonly items: Pick<Items, 'update'>;
  readonly consumer: string;
  readonly telemetry: Telemetry;
  readonly time: Time;
}

const minuteMs = 60_000;

/** How long a batch's answer may wait for its marks, in milliseconds. */
const patienceMs = 500;

/** How long a mark outlives its minute, in milliseconds; the watcher looks back for less. */
const keptMs = 60 * minuteMs;

/** The marks of a consumer in the state table. */
export function watermarksIn({ items, consumer, telemetry, time }: WatermarkOptions): Watermarks {
  /** The least that this environment has written, or writes just now, by the end of its minute. */
  const written = new Map<number, number>();

  /** The marks that these messages lower, as far as this environment knows. */
  function newsIn(messages: readonly PutBack[]): readonly (readonly [returnedBy: number, receipt: number])[] {
    const now = time.now();
    const least = new Map<number, number>();
    for (const { record, ms } of messages) {
      const receipt = receiptOf(record);
      if (receipt === undefined) continue;
      const returnedBy = markOf(ms, now);
      least.set(returnedBy, Math.min(receipt, least.get(returnedBy) ?? receipt));
    }
    for (const returnedBy of written.keys()) if (returnedBy < now) written.delete(returnedBy);
    return [...least].filter(
      ([returnedBy, receipt]) => receipt < (written.get(returnedBy) ?? Number.POSITIVE_INFINITY),
    );
  }

  async function write(returnedBy: number, receipt: number): Promise<void> {
    written.set(returnedBy, receipt);
    try {
      await items.update(watermarkKey(consumer, returnedBy), {
        set: { receivedAt: number(receipt), expiresAt: number(Math.ceil((returnedBy + keptMs) / 1000)) },
        condition: 'attribute_not_exists(#receivedAt) OR #receivedAt > :receivedAt',
      });
    } catch (error) {
      if (written.get(returnedBy) === receipt) written.delete(returnedBy);
      throw error;
    }
  }

  /** Resolves when all is written, and rejects when something was not, or not in time. */
  async function inTime(writes: readonly Promise<void>[]): Promise<void> {
    const given = new AbortController();
    const late = time.sleep(patienceMs, given.signal).then(
      () => Promise.reject(new Error(`must be written within ${patienceMs} ms`)),
      () => undefined,
    );
    try {
      await Promise.race([Promise.all(writes), late]);
    } finally {
      given.abort();
    }
  }

  return {
    async note(messages) {
      try {
        const lower = newsIn(messages);
        if (lower.length > 0) await inTime(lower.map(([returnedBy, receipt]) => write(returnedBy, receipt)));
      } catch (error) {
        telemetry.count('Trouble', { consumer });
        telemetry.log.warn('how old the events are that were put back could not be noted', {
          consumer,
          error: messageOf(error),
        });
      }
    },
  };
}

/** The end of the minute, or of the wider span, in which a message returns that is hidden for so long. */
function markOf(ms: number, now: number): number {
  const ahead = Math.min(longestDeferralMs, Math.max(0, ms));
  const width = ahead <= 15 * minuteMs ? minuteMs : ahead <= 120 * minuteMs ? 5 * minuteMs : 30 * minuteMs;
  return Math.ceil((now + ahead) / width) * width;
}

/**
 * Since when an event is to be done, in ms since 1970; `undefined` where nobody can say. What is replayed as a new run is
 * so since it was sent: its receipt may be weeks ago.
 */
function receiptOf(record: SQSRecord): number | undefined {
  let message: Message;
  try {
    message = messageIn(record);
  } catch {
    return undefined;
  }
  const sent = Number(record.attributes.SentTimestamp);
  const received = message.run > 0 ? sent : Date.parse(message.receivedAt);
  // A receiver's clock may be ahead, but nothing is received after it was sent on.
  const [receipt] = [received, sent].filter(Number.isFinite).sort((a, b) => a - b);
  return receipt;
}
