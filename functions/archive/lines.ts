import { constants, crc32, createInflateRaw } from 'node:zlib';
import { messageOf } from '../core/errors.ts';

/** What could not be read of an object. */
export interface Damage {
  readonly kind: 'corrupt' | 'truncated';
  /** Offset of the gzip member concerned, in bytes. */
  readonly offset: number;
  /** What was expected and what came; never content. */
  readonly reason: string;
}

/** The longest line that is read, in bytes: SQS brings no longer message, and the rest is room for its copies. */
export const longestLineBytes = 16 * 1024 * 1024;

/** How gzip begins, deflate being its one method. */
const magic = Buffer.from([0x1f, 0x8b, 8]);
/** The same as it is written here, without flags and time: not found by chance in what is compressed. */
const written = Buffer.concat([magic, Buffer.alloc(5)]);

/**
 * Lines of a gzip object of any number of members, without their ends; those that are intact before, between and after
 * what is damaged as well. Holds a line and some 16 KB of the decompressed, however large that is.
 */
export async function* linesIn(bytes: Buffer, damaged: (damage: Damage) => void): AsyncGenerator<Buffer> {
  const splitter = new Splitter();
  let offset = 0;
  if (bytes.length === 0) damaged({ kind: 'truncated', offset, reason: 'object must be gzip, got no bytes' });
  while (offset < bytes.length) {
    const member = new Member(bytes, offset);
    try {
      for await (const chunk of member.chunks()) yield* splitter.split(chunk);
      offset = member.end;
      if (splitter.tooLong) throw new Error(`line must be at most ${longestLineBytes} bytes, got more`);
    } catch (error) {
      const kind = error instanceof CutShort ? 'truncated' : 'corrupt';
      damaged({ kind, offset: member.offset, reason: messageOf(error) });
      splitter.reset();
      // The rest of what is damaged is lost, and what begins behind it is not.
      const next = member.end > member.offset ? member.end : bytes.indexOf(written, member.offset + 1);
      offset = next < 0 ? bytes.length : next;
    }
  }
  yield* splitter.rest();
}

class CutShort extends Error {}

/** One member of a gzip object. Source: https://www.rfc-editor.org/rfc/rfc1952 */
class Member {
  readonly offset: number;
  /** Where the next one begins; {@link offset} until this one has been read whole. */
  end: number;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer, offset: number) {
    this.#bytes = bytes;
    this.offset = offset;
    this.end = offset;
  }

  async *chunks(): AsyncGenerator<Buffer> {
    const start = this.#start();
    // Flushed so, a member that is cut short gives what it has.
    const inflate = createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH });
    inflate.end(this.#bytes.subarray(start));
    let checksum = 0;
    let length = 0;
    for await (const chunk of inflate as AsyncIterable<Buffer>) {
      checksum = crc32(chunk, checksum);
      length += chunk.length;
      yield chunk;
    }
    const trailer = start + inflate.bytesWritten;
    if (trailer + 8 > this.#bytes.length) throw new CutShort('gzip member must end, got the end of the object');
    this.end = trailer + 8;
    const [wantedChecksum, wantedLength] = [this.#bytes.readUInt32LE(trailer), this.#bytes.readUInt32LE(trailer + 4)];
    if (checksum !== wantedChecksum) {
      throw new Error(`gzip member must have CRC ${wantedChecksum.toString(16)}, got ${checksum.toString(16)}`);
    }
    if (length % 2 ** 32 !== wantedLength) {
      throw new Error(`gzip member must have ${wantedLength} bytes, got ${length}`);
    }
  }

  /** Where the compressed bytes begin. */
  #start(): number {
    const bytes = this.#bytes;
    if (!bytes.subarray(this.offset, this.offset + magic.length).equals(magic)) {
      const got = bytes.subarray(this.offset, this.offset + magic.length).toString('hex');
      throw new Error(`object must be gzip, got bytes ${got}`);
    }
    const flags = bytes[this.offset + 3] ?? 0;
    let at = this.offset + 10;
    if (flags & 0x04) at += 2 + (at + 2 <= bytes.length ? bytes.readUInt16LE(at) : 0);
    for (const text of [0x08, 0x10]) {
      if (!(flags & text)) continue;
      const end = bytes.indexOf(0, at);
      at = end < 0 ? bytes.length : end + 1;
    }
    if (flags & 0x02) at += 2;
    if (at >= bytes.length) throw new CutShort('gzip header must end, got the end of the object');
    return at;
  }
}

/** Chunks into lines. */
class Splitter {
  /** Whether a line has been left out since the last {@link reset}. */
  tooLong = false;
  #parts: Buffer[] = [];
  #length = 0;

  *split(chunk: Buffer): Generator<Buffer> {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      this.#add(chunk.subarray(from, end));
      yield* this.rest();
      from = end + 1;
    }
    this.#add(chunk.subarray(from));
  }

  /** What stands behind the last end of a line; nothing else is kept. */
  *rest(): Generator<Buffer> {
    if (this.#length > 0 && this.#length <= longestLineBytes) {
      const [only] = this.#parts;
      yield this.#parts.length === 1 && only ? only : Buffer.concat(this.#parts);
    }
    this.#parts = [];
    this.#length = 0;
  }

  reset(): void {
    this.#parts = [];
    this.#length = 0;
    this.tooLong = false;
  }

  #add(part: Buffer): void {
    if (part.length === 0) return;
    this.#length += part.length;
    if (this.#length <= longestLineBytes) this.#parts.push(part);
    else {
      this.#parts = [];
      this.tooLong = true;
    }
  }
}
