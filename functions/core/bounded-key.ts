import { createHash } from 'node:crypto';

/** Longer keys travel, and are kept, as their digest. In characters. */
const longestKey = 256;

/** A key as we keep it: as it is, or the SHA-256 of what is too long. */
export function boundedKey(key: string): string {
  const wellFormed = key.toWellFormed();
  return wellFormed.length <= longestKey ? wellFormed : createHash('sha256').update(wellFormed).digest('hex');
}
