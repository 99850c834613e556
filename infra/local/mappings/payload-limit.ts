import type { SQSRecord } from 'aws-lambda';

/** Largest event of a synchronous invocation, in bytes. Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const payloadLimitBytes = 6 * 1024 * 1024;

/** Room for `{"Records":[]}`. */
const envelopeBytes = 14;

/** What a record takes of an event, its comma included. */
export function recordBytes(record: SQSRecord): number {
  return Buffer.byteLength(JSON.stringify(record)) + 1;
}

/** Cuts a batch, its order kept, into events of which none is larger than Lambda takes. */
export function eventsOf(records: readonly SQSRecord[], limitBytes = payloadLimitBytes): SQSRecord[][] {
  const events: SQSRecord[][] = [];
  let room = 0;
  for (const record of records) {
    const bytes = recordBytes(record);
    const event = events.at(-1);
    if (event && bytes <= room) {
      event.push(record);
      room -= bytes;
    } else {
      events.push([record]);
      room = limitBytes - envelopeBytes - bytes;
    }
  }
  return events;
}
