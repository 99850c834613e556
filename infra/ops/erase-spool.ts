import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Message } from '../../functions/core/message.ts';
import { spoolPrefix } from '../../functions/core/names.ts';
import { decodeSpooled } from '../../functions/receive/spool.ts';
import { refusalOf } from './archive-access.ts';
import { type ListedVersion, removeVersions, versionsOf } from './object-versions.ts';

/** What erasing in the spool rests on. */
export interface EraseSpoolOptions {
  readonly client: S3Client;
  readonly bucket: string;
  readonly isErased: (message: Message) => boolean | Promise<boolean>;
  /** Without it, nothing is deleted. */
  readonly go: boolean;
}

/** What was erased in the spool, or is to be. */
export interface ErasedSpool {
  /** Spooled deliveries that are there, or were and can be brought back. */
  readonly read: number;
  /** Of these, those that are to go. */
  readonly matched: number;
  /** The versions of these, markers included. */
  readonly versions: number;
  /** Deliveries of which no version can be read as one: they stay. */
  readonly unreadable: number;
}

/** Deliveries that are read at the same time; as many are held. */
const readAtOnce = 16;

/**
 * Deletes spooled deliveries of erased events for good: those that still wait, and what is kept for a while of those that
 * were sent on. Can be done again at any time. A sweeper that is sending one just then may write it once more; so do it
 * again when nothing can be under way any more.
 *
 * @throws AccessError where the bucket cannot be listed or read, or something is still there
 */
export async function eraseSpool(options: EraseSpoolOptions): Promise<ErasedSpool> {
  const { client, bucket, go } = options;
  const sum = { read: 0, matched: 0, versions: 0, unreadable: 0 };
  const judge = async (some: readonly (readonly ListedVersion[])[]): Promise<void> => {
    const verdicts = await Promise.all(some.map((versions) => verdictOn(options, versions)));
    const matching = some.filter((_, place) => verdicts[place] === 'erased').flat();
    if (go) await removeVersions(client, bucket, matching);
    sum.versions += matching.length;
    for (const verdict of verdicts) {
      if (verdict !== 'gone') sum.read += 1;
      if (verdict === 'erased') sum.matched += 1;
      if (verdict === 'unreadable') sum.unreadable += 1;
    }
  };
  let waiting: (readonly ListedVersion[])[] = [];
  for await (const versions of byKey(versionsOf(client, bucket, spoolPrefix))) {
    waiting.push(versions);
    if (waiting.length < readAtOnce) continue;
    await judge(waiting);
    waiting = [];
  }
  await judge(waiting);
  return sum;
}

/** A key is of one delivery, which is written again as its queues confirm it: any version says which. */
async function verdictOn(
  { client, bucket, isErased }: EraseSpoolOptions,
  versions: readonly ListedVersion[],
): Promise<'erased' | 'kept' | 'unreadable' | 'gone'> {
  let verdict: 'unreadable' | 'gone' = 'gone';
  for (const version of versions) {
    if (version.isMarker) continue;
    const text = await textOf(client, bucket, version);
    if (text === undefined) continue;
    let message: Message;
    try {
      message = decodeSpooled(text).message;
    } catch {
      verdict = 'unreadable';
      continue;
    }
    return (await isErased(message)) ? 'erased' : 'kept';
  }
  return verdict;
}

/** `undefined` where it is not there any more. */
async function textOf(
  client: S3Client,
  bucket: string,
  { key, versionId }: ListedVersion,
): Promise<string | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
    return await Body?.transformToString();
  } catch (error) {
    if (error instanceof Error && (error.name === 'NoSuchKey' || error.name === 'NoSuchVersion')) return undefined;
    throw refusalOf(error, bucket, 'let the caller read its versions (s3:GetObjectVersion)');
  }
}

/** The versions of each key, wherever pages end. */
async function* byKey(pages: AsyncIterable<readonly ListedVersion[]>): AsyncGenerator<readonly ListedVersion[]> {
  let some: ListedVersion[] = [];
  for await (const page of pages) {
    for (const version of page) {
      if (some[0] && some[0].key !== version.key) {
        yield some;
        some = [];
      }
      some.push(version);
    }
  }
  if (some.length > 0) yield some;
}
