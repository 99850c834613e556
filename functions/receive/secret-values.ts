/**
 * The secrets that a Secrets Manager value holds: a plain text, or a JSON list of texts, of which each is valid.
 * Newlines at an end are not part of a secret: editors and shells put them there.
 *
 * @throws Error in words that hold nothing of the value
 */
export function secretValuesOf(text: string): readonly string[] {
  const trimmed = text.replace(/[\r\n]+$/, '');
  const value = jsonOf(trimmed);
  if (value === undefined) {
    return trimmed.trim() === '' ? [] : [trimmed];
  }
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw new Error('secret must be a plain text or a JSON list of texts, got other JSON');
  }
  return value.map((item) => item.replace(/[\r\n]+$/, '')).filter((item) => item.trim() !== '');
}

/** A list, or an object as the console of Secrets Manager writes one; everything else is a plain text. */
function jsonOf(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
