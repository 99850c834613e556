import { createHash, timingSafeEqual } from 'node:crypto';

/** In constant time, as texts in a scheme's one way of writing them. Lengths are no secret. */
export function isSame(signature: Buffer, expected: Buffer): boolean {
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

/** Which of the secrets a text is, or -1. Takes as long whichever it is, and tells nothing of their lengths. */
export function indexOfSame(text: string, secrets: readonly string[]): number {
  const given = digest(text);
  let index = -1;
  for (const [at, secret] of secrets.entries()) {
    const same = timingSafeEqual(given, digest(secret));
    if (same && index < 0) index = at;
  }
  return index;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
