import { indexKey, objectNameOf } from './object-names.ts';

/** A merged object that counts. */
export interface ManifestObject {
  readonly key: string;
  /** How many records it has, one an event. */
  readonly events: number;
  /** Its size, compressed. */
  readonly bytes: number;
  /** Key of its index. */
  readonly index: string;
}

/** What counts of an hour beside the raw objects that it does not name. Written whole, conditionally: the commit point. */
export interface Manifest {
  readonly v: 1;
  /** 1 for the first, and one more each time. */
  readonly revision: number;
  /** When it was committed; RFC 3339, UTC. */
  readonly at: string;
  readonly objects: readonly ManifestObject[];
  /** Keys of raw and merged objects that the above replace; they count no more, and are deleted later. */
  readonly absorbed: readonly string[];
}

/** A manifest's content. */
export function encodeManifest({ v, revision, at, objects, absorbed }: Manifest): Buffer {
  return Buffer.from(JSON.stringify({ v, revision, at, objects, absorbed }));
}

/**
 * Reads an hour's manifest. What it names is of that hour and of the right kind: nothing else is ever read or deleted
 * by its word.
 *
 * @throws Error saying what is wrong with it
 */
export function decodeManifest(bytes: Uint8Array, hour: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new Error('manifest must be JSON', { cause });
  }
  if (!isRecord(value)) throw new Error('manifest must be a JSON object');
  const { v, revision, at, objects, absorbed } = value;
  if (v !== 1) throw wrong('v', 'must be 1', v);
  if (!isCount(revision) || revision === 0) throw wrong('revision', 'must be a whole number from 1', revision);
  if (typeof at !== 'string' || Number.isNaN(Date.parse(at))) throw wrong('at', 'must be an RFC 3339 time', at);
  if (!Array.isArray(objects)) throw wrong('objects', 'must be a list', objects);
  if (!Array.isArray(absorbed)) throw wrong('absorbed', 'must be a list', absorbed);
  const decoded: Manifest = {
    v,
    revision,
    at,
    objects: objects.map((object: unknown, at) => objectOf(object, `objects.${at}`, hour)),
    absorbed: absorbed.map((key: unknown, at) => keyOf(key, `absorbed.${at}`, ['raw', 'merged'], hour)),
  };
  const both = decoded.objects.find(({ key }) => decoded.absorbed.includes(key));
  if (both) throw wrong('absorbed', 'must name no object that counts', both.key);
  return decoded;
}

function objectOf(value: unknown, path: string, hour: string): ManifestObject {
  if (!isRecord(value)) throw wrong(path, 'must be an object', value);
  const { events, bytes, index } = value;
  const key = keyOf(value.key, `${path}.key`, ['merged'], hour);
  if (!isCount(events)) throw wrong(`${path}.events`, 'must be a whole number from 0', events);
  if (!isCount(bytes)) throw wrong(`${path}.bytes`, 'must be a whole number from 0', bytes);
  if (index !== indexKey(key)) throw wrong(`${path}.index`, `must be ${indexKey(key)}`, index);
  return { key, events, bytes, index };
}

function keyOf(value: unknown, path: string, kinds: readonly string[], hour: string): string {
  const name = typeof value === 'string' ? objectNameOf(value) : undefined;
  if (typeof value === 'string' && name?.hour === hour && kinds.includes(name.kind)) return value;
  throw wrong(path, `must be the key of a ${kinds.join(' or ')} object of ${hour}`, value);
}

function wrong(path: string, expected: string, got: unknown): Error {
  return new Error(`manifest.${path} ${expected}, got ${JSON.stringify(got ?? null).slice(0, 200)}`);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
