/** What a source's secret holds. */
export interface SecretValue {
  /** What its scheme proves requests by: keys, public keys, tokens. Each is valid. */
  readonly values: readonly string[];
  /** What a handshake that cannot be signed must show. */
  readonly verifyTokens: readonly string[];
  /** Until when a secret is taken that a handshake delivers; milliseconds since 1970. */
  readonly armedUntil?: number;
}

const members = ['secret', 'publicKey', 'verifyToken', 'username', 'password', 'armedUntil'];

/**
 * Reads a Secrets Manager value: a plain text, a JSON list of texts of which each is valid, or a JSON object with what
 * a scheme needs beside its `secret`: a text or a list (`publicKey` means the same), `verifyToken`, or `username` and
 * `password`. Newlines at an end are not part of a secret: editors and shells put them there.
 *
 * @throws Error in words that hold nothing of the value
 */
export function secretValueOf(text: string): SecretValue {
  const trimmed = text.replace(/[\r\n]+$/, '');
  const value = jsonOf(trimmed);
  if (value === undefined) return { values: usable([trimmed]), verifyTokens: [] };
  if (Array.isArray(value)) return { values: textsOf(value, 'secret'), verifyTokens: [] };
  const object = value as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(object).filter((name) => !members.includes(name));
  if (unknown.length > 0) {
    throw new Error(
      `secret must be a text, a list of texts, or an object of ${members.join(', ')}; it has other members`,
    );
  }
  const { username, password, armedUntil } = object;
  const values = ['secret', 'publicKey'].flatMap((name) => textsOf(object[name], `secret.${name}`));
  if (username !== undefined || password !== undefined) {
    const passwords = Array.isArray(password) ? password : [password];
    if (typeof username !== 'string' || !passwords.every((one) => typeof one === 'string')) {
      throw new Error('secret.username must be a text, and secret.password a text or a list of texts');
    }
    values.push(...passwords.map((one) => `${username}:${one}`));
  }
  return {
    values,
    verifyTokens: textsOf(object.verifyToken, 'secret.verifyToken'),
    ...(armedUntil === undefined ? {} : { armedUntil: instant(armedUntil) }),
  };
}

function textsOf(value: unknown, path: string): string[] {
  if (value === undefined) return [];
  const list = Array.isArray(value) ? value : [value];
  if (!list.every((item) => typeof item === 'string')) throw new Error(`${path} must be a text or a list of texts`);
  return usable(list);
}

function usable(texts: readonly string[]): string[] {
  return texts.map((item) => item.replace(/[\r\n]+$/, '')).filter((item) => item.trim() !== '');
}

function instant(value: unknown): number {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) throw new Error('secret.armedUntil must be a time such as 2026-11-21T12:15:00Z');
  return at;
}

/** A list or an object; everything else is a plain text. */
function jsonOf(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
