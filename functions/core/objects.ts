/** Whole objects of the archive bucket, by key. */
export interface ObjectStore {
  /** Writes an object; the same key written twice holds the later bytes. Encrypted at rest by the bucket's default. */
  put(key: string, bytes: Uint8Array, options: { contentType: string; signal?: AbortSignal }): Promise<void>;
  /** @throws Error with `name` `NoSuchKey` where there is none. */
  get(key: string, options?: { signal?: AbortSignal }): Promise<Buffer>;
}
