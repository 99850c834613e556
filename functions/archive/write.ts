import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { messageOf } from '../core/errors.ts';
import type { ObjectStore } from '../core/objects.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { rawObjectOf } from './raw-object.ts';
import { type ArchiveRecord, recordOf } from './record.ts';
import type { Refuse } from './unreadable.ts';

/** What writing rests on; time included. */
export interface WriteOptions {
  readonly objects: Pick<ObjectStore, 'put'>;
  readonly refuse: Refuse;
  readonly telemetry: Telemetry;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Objects, and after them messages that cannot be read, at once. */
const atOnce = 8;
/** How long one of them may take on its way, a second attempt included. */
const sendMs = 8_000;
/** What the last that is begun leaves of the time, for the answer. */
const answerMs = 2_000;
/** So many different errors are told of a batch. */
const mostErrors = 3;

/** A record, and the id of the SQS message that brought it. */
interface Arrived extends ArchiveRecord {
  readonly messageId: string;
}

/** A step of the batch: what it is to bring to safety, and how. */
interface Step {
  readonly messageIds: readonly string[];
  run(): Promise<void>;
}

/**
 * Stores a batch: an object for each source's hour in it. A message is acknowledged when its object is stored, or when
 * it cannot be read and the dead-letter queue has it; every other is answered as failed. Should the answer be lost, the
 * messages come again and are stored again, which readers see through.
 *
 * Beside the event itself it keeps each record's time, and the compressed bytes of at most eight objects, together less
 * than one copy of the batch; lines are copied only block by block, on their way into the compression.
 */
export function writer({ objects, refuse, telemetry, now }: WriteOptions) {
  return async ({ Records }: SQSEvent, context: { getRemainingTimeInMillis(): number }): Promise<SQSBatchResponse> => {
    const { hours, unreadable, oldest } = read(Records);
    const failed = new Set<string>();
    const errors = new Set<string>();
    let archived = 0;
    let stored = 0;
    let bytes = 0;
    let refused = 0;

    /** What is begun can end, and be answered for. */
    function checkTime(): void {
      if (context.getRemainingTimeInMillis() >= sendMs + answerMs) return;
      throw new Error(`batch must have ${sendMs + answerMs} ms left wherever an object is begun, got less`);
    }

    async function store(hour: string, records: readonly Arrived[]): Promise<void> {
      checkTime();
      const object = await rawObjectOf(hour, records);
      checkTime();
      const signal = AbortSignal.timeout(sendMs);
      await objects.put(object.key, object.bytes, { contentType: 'application/gzip', signal });
      archived += records.length;
      stored += 1;
      bytes += object.bytes.length;
    }

    async function bury({ record, reason }: Unreadable): Promise<void> {
      checkTime();
      await refuse(record, { reason, at: now() }, AbortSignal.timeout(sendMs));
      refused += 1;
    }

    /** One step's trouble is its own. */
    async function settle({ messageIds, run }: Step): Promise<void> {
      try {
        await run();
      } catch (error) {
        for (const messageId of messageIds) failed.add(messageId);
        if (errors.size < mostErrors) errors.add(messageOf(error).slice(0, 200));
      }
    }

    function* steps(): Generator<Step> {
      for (const [hour, records] of hours) {
        yield { messageIds: records.map(({ messageId }) => messageId), run: () => store(hour, records) };
      }
      // Last: however many they are, they hold up nothing that can be stored.
      for (const one of unreadable) yield { messageIds: [one.record.messageId], run: () => bury(one) };
    }

    const all = steps();
    const work = async (): Promise<void> => {
      for (const step of all) await settle(step);
    };
    await Promise.all(Array.from({ length: atOnce }, work));

    if (Records.length > 0) {
      const lagMs = oldest === undefined ? undefined : Math.max(0, now() - Date.parse(oldest));
      tell(telemetry, { archived, objects: stored, bytes, unreadable: refused, failed: failed.size, lagMs }, [
        ...errors,
      ]);
    }
    return { batchItemFailures: Array.from(failed, (itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** What a batch came to: of its messages each is archived, unreadable or failed. */
interface Tally {
  readonly archived: number;
  readonly objects: number;
  /** Compressed. */
  readonly bytes: number;
  readonly unreadable: number;
  readonly failed: number;
  /** How old its oldest record is; without it, none could be read. */
  readonly lagMs: number | undefined;
}

function tell(telemetry: Telemetry, tally: Tally, errors: readonly string[]): void {
  const counts = {
    Archived: tally.archived,
    ArchiveObjects: tally.objects,
    ArchiveBytes: tally.bytes,
    ArchiveUnreadable: tally.unreadable,
    ArchiveFailed: tally.failed,
  };
  for (const [metric, value] of Object.entries(counts)) if (value > 0) telemetry.count(metric, {}, value);
  if (tally.lagMs !== undefined) telemetry.duration('ArchiveLag', {}, tally.lagMs);
  if (tally.failed > 0) telemetry.log.error('a batch was not archived whole', { ...tally, errors });
  else if (tally.unreadable > 0) telemetry.log.warn('archived what could be read of a batch', { ...tally });
  else telemetry.log.info('archived a batch', { ...tally });
  telemetry.flush();
}

/** A message that is no record. */
interface Unreadable {
  readonly record: SQSRecord;
  readonly reason: string;
}

/** Sorts a batch by hour; `oldest` is the earliest time in it. */
function read(records: readonly SQSRecord[]) {
  const hours = new Map<string, Arrived[]>();
  const unreadable: Unreadable[] = [];
  let oldest: string | undefined;
  for (const record of records) {
    let read: ArchiveRecord;
    try {
      read = recordOf(record.body);
    } catch (error) {
      unreadable.push({ record, reason: messageOf(error) });
      continue;
    }
    const arrived = { ...read, messageId: record.messageId };
    const hour = hours.get(read.hour);
    if (hour) hour.push(arrived);
    else hours.set(read.hour, [arrived]);
    if (oldest === undefined || read.receivedAt < oldest) oldest = read.receivedAt;
  }
  return { hours, unreadable, oldest };
}
