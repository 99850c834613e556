import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { withCopies } from './copies.ts';
import type { FoundRecord } from './found-record.ts';
import { indexKey, mergedKey } from './object-names.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

/** Where a record is: the gzip member's offset and length in bytes, and its line in there from 0. */
export type Place = readonly [memberOffset: number, memberLength: number, lineInMember: number];

/** Where each event of a merged object is. */
export interface MergedIndex {
  readonly v: 1;
  /** Key of the object. */
  readonly object: string;
  /** By event id. */
  readonly events: Readonly<Record<string, Place>>;
}

/** An object that the compactor is about to write, with its index. */
export interface MergedObject {
  readonly key: string;
  readonly bytes: Buffer;
  readonly events: number;
  readonly index: { readonly key: string; readonly bytes: Buffer };
}

/** How large what is written may become, in bytes of lines; each ends with the line that reaches it. */
export interface MergedSizes {
  /** What one range request has to read for one record. @default 1 MiB */
  readonly memberBytes?: number;
  /** What one object has. @default 64 MiB */
  readonly objectBytes?: number;
}

/**
 * Makes objects of an hour's records, in their order, one at a time: holds one compressed, and its index. Each is named
 * for the revision and all of its bytes: the same work done again writes the same object, no later work ever does,
 * and an index fits whatever bytes are under its object's key.
 */
export async function* mergedObjects(
  records: AsyncIterable<FoundRecord>,
  { hour, revision }: { readonly hour: string; readonly revision: number },
  { memberBytes = 1024 * 1024, objectBytes = 64 * 1024 * 1024 }: MergedSizes = {},
): AsyncGenerator<MergedObject> {
  let draft: Draft | undefined;
  for await (const record of records) {
    draft ??= new Draft(hour, revision, record.receivedAt);
    draft.add(record);
    if (draft.memberBytes >= memberBytes) await draft.endMember();
    if (draft.bytes < objectBytes) continue;
    yield await draft.object();
    draft = undefined;
  }
  if (draft) yield await draft.object();
}

/**
 * Reads an index.
 *
 * @throws Error saying what is wrong with it
 */
export async function decodeIndex(bytes: Uint8Array): Promise<MergedIndex> {
  const value: unknown = JSON.parse((await decompress(bytes)).toString('utf8'));
  const { v, object, events } = (value ?? {}) as Partial<Record<string, unknown>>;
  if (v !== 1) throw new Error(`index.v must be 1, got ${JSON.stringify(v ?? null)}`);
  if (typeof object !== 'string') throw new Error('index.object must be a key');
  if (typeof events !== 'object' || events === null) throw new Error('index.events must be an object');
  for (const place of Object.values(events)) {
    const numbers = Array.isArray(place) && place.length === 3 && place.every((n) => Number.isSafeInteger(n) && n >= 0);
    if (!numbers) throw new Error(`index.events must have three whole numbers each, got ${JSON.stringify(place)}`);
  }
  return value as MergedIndex;
}

/** An object while it is made. */
class Draft {
  /** Lines so far, uncompressed. */
  bytes = 0;
  /** Lines of the member so far. */
  memberBytes = 0;
  readonly #name: { readonly hour: string; readonly firstReceivedAt: string };
  readonly #hash = createHash('sha256');
  readonly #members: Buffer[] = [];
  readonly #places: (readonly [string, Place])[] = [];
  #offset = 0;
  #lines: string[] = [];
  #ids: string[] = [];

  constructor(hour: string, revision: number, firstReceivedAt: string) {
    this.#name = { hour, firstReceivedAt };
    this.#hash.update(`${revision}\n`);
  }

  add({ id, line, copies }: FoundRecord): void {
    const text = `${withCopies(line, copies)}\n`;
    const size = Buffer.byteLength(text);
    this.#lines.push(text);
    this.#ids.push(id);
    this.memberBytes += size;
    this.bytes += size;
  }

  async endMember(): Promise<void> {
    if (this.#ids.length === 0) return;
    const member = await compress(this.#lines.join(''));
    for (const [line, id] of this.#ids.entries()) this.#places.push([id, [this.#offset, member.length, line]]);
    this.#hash.update(member);
    this.#members.push(member);
    this.#offset += member.length;
    this.#lines = [];
    this.#ids = [];
    this.memberBytes = 0;
  }

  async object(): Promise<MergedObject> {
    await this.endMember();
    const key = mergedKey({ ...this.#name, hash: this.#hash.digest('hex') });
    const index: MergedIndex = { v: 1, object: key, events: Object.fromEntries(this.#places) };
    return {
      key,
      bytes: Buffer.concat(this.#members),
      events: this.#places.length,
      index: { key: indexKey(key), bytes: await compress(JSON.stringify(index)) },
    };
  }
}
