import { Buffer } from 'node:buffer';
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectFiles } from './bucket.ts';
import type { ObjectRecord, StoredObject } from './object-record.ts';

/** Objects that live as long as the process. */
export function memoryFiles(): ObjectFiles {
  const objects = new Map<string, StoredObject>();
  return {
    write: (record, body) => void objects.set(record.key, { record, body }),
    read: (key) => objects.get(key),
    remove: (key) => void objects.delete(key),
  };
}

/**
 * Objects in a directory that exists, one file each: four bytes that say how long the record is, the record, the
 * object's bytes. A file's name is a hash of the key, so that any key is safe.
 */
export function diskFiles(directory: string): ObjectFiles {
  const fileOf = (key: string) => join(directory, createHash('sha256').update(key).digest('hex'));
  return {
    write: (record, body) => {
      const header = Buffer.from(JSON.stringify(record));
      const length = Buffer.alloc(headerLengthBytes);
      length.writeUInt32BE(header.length);
      writeWhole(fileOf(record.key), Buffer.concat([length, header, body]));
    },
    read: (key) => {
      const bytes = readFileSync(fileOf(key));
      const bodyAt = headerLengthBytes + bytes.readUInt32BE();
      return { record: recordOf(bytes.subarray(headerLengthBytes, bodyAt)), body: bytes.subarray(bodyAt) };
    },
    remove: (key) => rmSync(fileOf(key), { force: true }),
  };
}

/** Records of all objects in a directory; what a crash left half-written is removed. */
export function* recordsIn(directory: string): Generator<ObjectRecord> {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (name.endsWith(unfinished)) rmSync(path);
    else yield recordOf(readHeader(path));
  }
}

/** Replaces a file as a whole or not at all, also where the process dies in between. */
export function writeWhole(path: string, bytes: string | Buffer): void {
  const temporary = `${path}.${randomUUID()}${unfinished}`;
  writeFileSync(temporary, bytes);
  renameSync(temporary, path);
}

const headerLengthBytes = 4;
const unfinished = '.tmp';

function recordOf(header: Buffer): ObjectRecord {
  return JSON.parse(header.toString('utf8')) as ObjectRecord;
}

function readHeader(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const length = Buffer.alloc(headerLengthBytes);
    readSync(file, length, 0, headerLengthBytes, 0);
    const header = Buffer.alloc(length.readUInt32BE());
    readSync(file, header, 0, header.length, headerLengthBytes);
    return header;
  } finally {
    closeSync(file);
  }
}
