import type { ArchiveBucket, ListedObject } from './bucket.ts';
import { encodeManifest, type ManifestObject } from './manifest.ts';
import { manifestKey } from './object-names.ts';
import type { HourView } from './view.ts';

/** A merged object that nobody committed for so long is a crash's: no function runs longer than 15 minutes. In milliseconds. */
const orphanMs = 60 * 60 * 1000;

/** What a new manifest has that the old one had not. */
export interface Change {
  readonly objects: readonly ManifestObject[];
  /** Beside what is absorbed already. */
  readonly absorbed: readonly string[];
  /** What was absorbed and is there no more. */
  readonly gone: readonly string[];
}

/**
 * Commits what an hour consists of from now on, if nobody else has since its view was read.
 *
 * @returns whether it is committed
 */
export async function commit(bucket: ArchiveBucket, view: HourView, { objects, absorbed, gone }: Change, now: number) {
  const { hour, manifest, etag } = view;
  const counted = new Set(objects.map(({ key }) => key));
  // Once called absorbed, an orphan can be committed by nobody: whoever wrote it did so for a revision that has passed.
  const orphans = condemnedOf(view, now).filter(({ key }) => !counted.has(key));
  const all = [...(manifest?.absorbed ?? []), ...absorbed, ...orphans.map(({ key }) => key)];
  const bytes = encodeManifest({
    v: 1,
    revision: (manifest?.revision ?? 0) + 1,
    at: new Date(now).toISOString(),
    objects: objects.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
    absorbed: [...new Set(all)].filter((key) => !gone.includes(key)).sort(),
  });
  if (await bucket.writeIf(manifestKey(hour), bytes, etag)) return true;
  // Asked twice because the first answer was lost, S3 refuses what it has already done.
  return (await bucket.read(manifestKey(hour)))?.bytes.equals(bytes) ?? false;
}

/** Orphans of which nobody can be about to commit them. Without a manifest they may be all that is left of one. */
export function condemnedOf({ manifest, orphans }: HourView, now: number): readonly ListedObject[] {
  return manifest ? orphans.filter(({ modifiedAt }) => modifiedAt + orphanMs <= now) : [];
}
