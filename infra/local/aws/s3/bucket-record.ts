import type { RetentionMode } from './object-lock.ts';

/** Whether a bucket keeps versions, or once did. */
export type Versioning = 'Enabled' | 'Suspended';

/** A bucket's Object Lock. JSON-able. */
export interface BucketLock {
  /** How a new version is locked whose writer says nothing about it. @default not at all */
  readonly retention?: { readonly mode: RetentionMode; readonly days: number };
}

/** What a template can say of a bucket. */
export interface BucketSettings {
  /** @default the bucket never kept versions */
  readonly versioning?: Versioning | undefined;
  /** @default no Object Lock */
  readonly lock?: BucketLock | undefined;
}

/** What is said of a bucket beside its objects. JSON-able. */
export interface BucketRecord extends BucketSettings {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  /** The lifecycle configuration as it was put, XML. */
  readonly lifecycle?: string | undefined;
}
