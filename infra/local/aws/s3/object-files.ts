import { Buffer } from 'node:buffer';
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectFiles } from './bucket.ts';
import type { Version } from './object-record.ts';

/** Objects that live as long as the process. */
export function memoryFiles(): ObjectFiles {
  const bodies = new Map<string, Buffer>();
  // An id has no line break.
  const nameOf = ({ key, versionId = '' }: Version) => `${versionId}\n${key}`;
  return {
    write: (version, body) => void bodies.set(nameOf(version), body),
    read: (version) => bodies.get(nameOf(version)) ?? Buffer.alloc(0),
    remove: (version) => void bodies.delete(nameOf(version)),
  };
}

/**
 * Objects in a directory that exists, a file for each version: four bytes that say how long the record is, the record,
 * the object's bytes. A file's name is a hash of the key, so that any key is safe, and the version's id where it has one.
 */
export function diskFiles(directory: string): ObjectFiles {
  const fileOf = ({ key, versionId }: Version) => {
    const hash = createHash('sha256').update(key).digest('hex');
    return join(directory, versionId === undefined ? hash : `${hash}.${versionId}`);
  };
  return {
    write: (version, body) => {
      const header = Buffer.from(JSON.stringify(version));
      const length = Buffer.alloc(headerLengthBytes);
      length.writeUInt32BE(header.length);
      writeWhole(fileOf(version), Buffer.concat([length, header, body]));
    },
    read: (version) => {
      const bytes = readFileSync(fileOf(version));
      return bytes.subarray(headerLengthBytes + bytes.readUInt32BE());
    },
    remove: (version) => rmSync(fileOf(version), { force: true }),
  };
}

/** Records of all versions in a directory; what a crash left half-written is removed. */
export function* versionsIn(directory: string): Generator<Version> {
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (name.endsWith(unfinished)) rmSync(path);
    else yield JSON.parse(readHeader(path).toString('utf8')) as Version;
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
