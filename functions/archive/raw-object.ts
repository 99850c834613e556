import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { rawKey } from './object-names.ts';
import type { ArchiveRecord } from './record.ts';

/** What one batch had of a source's hour, as it is stored. */
export interface RawObject {
  readonly key: string;
  /** NDJSON, compressed. */
  readonly bytes: Buffer;
}

/** Characters that are compressed at a time: many lines, so that it costs little, and never the batch. */
const blockLength = 128 * 1024;

/**
 * Makes an object of an hour's records, of which there is at least one. The same records make the same object, in
 * whatever order they come. Takes no more memory than the compressed bytes, and a block.
 */
export async function rawObjectOf(hour: string, records: readonly ArchiveRecord[]): Promise<RawObject> {
  const sorted = records.toSorted(byTime);
  const hash = createHash('sha256');
  const blocks = Readable.from(blocksOf(sorted, (block) => hash.update(block)));
  const bytes = await pipeline(blocks, createGzip(), buffer);
  const firstReceivedAt = sorted[0]?.receivedAt ?? '';
  return { key: rawKey({ hour, firstReceivedAt, hash: hash.digest('hex') }), bytes };
}

function byTime(one: ArchiveRecord, other: ArchiveRecord): number {
  return compared(one.receivedAt, other.receivedAt) || compared(one.line, other.line);
}

function compared(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

function* blocksOf(records: readonly ArchiveRecord[], see: (block: Buffer) => void): Generator<Buffer> {
  let text = '';
  for (const [at, { line }] of records.entries()) {
    text += `${line}\n`;
    if (text.length < blockLength && at < records.length - 1) continue;
    const block = Buffer.from(text);
    text = '';
    see(block);
    yield block;
  }
}
