import { randomBytes } from 'node:crypto';

/**
 * An id that looks like any other and begins at random, so that nobody comes to rely on an order of ids. It ends in the
 * version's serial, so that a listing can go on after a version that has been deleted since.
 */
export function newVersionId(serial: number): string {
  const random = randomBytes(17).toString('base64url').replaceAll('-', '_').slice(0, 22);
  return random + serial.toString(36).padStart(10, '0');
}

/** The serial in an id, or `undefined` where it is none of ours. */
export function serialIn(versionId: string): number | undefined {
  return /^\w{22}[\da-z]{10}$/.test(versionId) ? Number.parseInt(versionId.slice(22), 36) : undefined;
}
