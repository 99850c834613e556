/** A webhook, ready to be signed. */
export interface Unsigned {
  readonly body: Buffer;
  /** Lower-case names; what tells the event's type and the delivery's id, and the content type. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface SigningKey {
  /** What the platform signs with: the shared secret as the source's secret holds it, or a private key as PEM. */
  readonly key: string;
  /** All that the source's secret holds, where a scheme needs more than a key. @default none */
  readonly values?: readonly string[];
  /** The URL that the platform was given, with its query string. */
  readonly url: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A pair of keys of a kind, as PEM. */
export interface KeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** A secret as the platform would give it out. */
export interface MadeSecret {
  /** What the source's secret must hold: a text, or an object as Secrets Manager keeps it. */
  readonly stored: string | Readonly<Record<string, string>>;
  /** What the platform signs with. */
  readonly key: string;
}

/** One platform, played: what it sends, and how it signs that. Also what the README says of its preset. */
export interface Platform {
  /** As people write it. */
  readonly title: string;
  /** What is signed and how, in a few words. @example 'HMAC-SHA256 of `v0:{timestamp}:{body}`, hex' */
  readonly scheme: string;
  /** What to put into the source's secret, and where the platform shows it. */
  readonly secret: string;
  /** What the preset was checked against; the strongest. */
  readonly checked:
    | { readonly by: 'SDK signs' | 'SDK verifies'; readonly with: string }
    | { readonly by: 'published vector' | 'documentation only'; readonly with: string };
  /** The handshake in a few words. Default: none. */
  readonly handshake?: string;
  /** What operators and handlers must know, in one sentence. */
  readonly note?: string;
  /** Kind of key pair that the platform signs with. Default: a shared secret. */
  readonly keys?: 'ed25519' | 'ec' | 'rsa';
  /**
   * Makes up a secret.
   *
   * @param random 32 random bytes
   * @param pair of the kind that it wants
   */
  makeSecret(random: Buffer, pair: KeyPair | undefined): MadeSecret;
  /** Event types as Nerite calls them, each with a realistic event. The first is the usual one. */
  readonly events: Readonly<Record<string, (made: Making) => Unsigned>>;
  /** Signs as the platform does: answers the headers that it adds, and the body where the signature stands in it. */
  sign(
    unsigned: Unsigned,
    key: SigningKey,
  ): { readonly headers: Readonly<Record<string, string>>; readonly body?: Buffer };
}

/** What is new in each event. */
export interface Making {
  /** An id that no other event has: 32 hex digits. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A JSON event. */
export function jsonEvent(value: unknown, headers: Readonly<Record<string, string>> = {}): Unsigned {
  return { body: Buffer.from(JSON.stringify(value)), headers: { 'content-type': 'application/json', ...headers } };
}

/** A shared secret of 64 hex digits. */
export function hexSecret(random: Buffer): MadeSecret {
  const secret = random.toString('hex');
  return { stored: secret, key: secret };
}

/** An id of 32 hex digits, as UUIDs are written. */
export function uuidOf(id: string): string {
  return [id.slice(0, 8), id.slice(8, 12), id.slice(12, 16), id.slice(16, 20), id.slice(20)].join('-');
}
