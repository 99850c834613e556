import type { SQSRecord } from 'aws-lambda';

/** Messages that must be worked off one after the other: a group of a FIFO queue, or a single message of a standard one. */
export type Lane = readonly SQSRecord[];

/** Sorts a batch into lanes, each in its order. */
export function lanesOf(records: readonly SQSRecord[], fifo: boolean): readonly Lane[] {
  const lanes = new Map<string, SQSRecord[]>();
  for (const record of records) {
    const name = fifo ? (record.attributes.MessageGroupId ?? record.messageId) : record.messageId;
    const lane = lanes.get(name);
    if (lane) lane.push(record);
    else lanes.set(name, [record]);
  }
  return [...lanes.values()];
}
