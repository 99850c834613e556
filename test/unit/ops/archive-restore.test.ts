import {
  type ArchiveStatus,
  HeadObjectCommand,
  RestoreObjectCommand,
  S3Client,
  type StorageClass,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, test } from 'vitest';
import { AccessError, archiveAccess } from '../../../infra/ops/archive-access.ts';
import type { ColdObject } from '../../../infra/ops/archive-cold.ts';
import { type Request, RestoreTally, restorerOf, survey } from '../../../infra/ops/archive-restore.ts';

const client = new S3Client({ region: 'us-east-1' });
const s3 = mockClient(client);
beforeEach(() => s3.reset());

const restorer = restorerOf(client, 'b');
const bulk: Request = { tier: 'bulk', days: 7 };

/** What S3 answers where it does not do what it is asked. */
function refusal(name: string, status: number, message = 'no'): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

function anObject(key: string, more: Partial<ColdObject> = {}): ColdObject {
  return { key, size: 10, storageClass: 'GLACIER', kind: 'records', ...more };
}

describe('asking for a copy', () => {
  test('names tier and days', async () => {
    s3.on(RestoreObjectCommand).resolves({});
    expect(await restorer.ask('k', { tier: 'standard', days: 3 })).toEqual({ state: 'asked' });
    expect(s3.commandCalls(RestoreObjectCommand)[0]?.args[0].input).toEqual({
      Bucket: 'b',
      Key: 'k',
      RestoreRequest: { Days: 3, GlacierJobParameters: { Tier: 'Standard' } },
    });
  });

  test('that somebody has asked for meanwhile is no failure', async () => {
    s3.on(RestoreObjectCommand).rejects(refusal('RestoreAlreadyInProgress', 409));
    expect(await restorer.ask('k', bulk)).toEqual({ state: 'under way' });
  });

  test.each([
    ['NoSuchKey', 404],
    ['InvalidObjectState', 403],
  ])('of an object that S3 answers %s for is trouble with that one', async (name, status) => {
    s3.on(RestoreObjectCommand).rejects(refusal(name, status, 'not this one'));
    expect(await restorer.ask('k', bulk)).toEqual({ trouble: `k must be restored, got ${name}: not this one` });
  });

  test('without the permission ends in a sentence that names it', async () => {
    s3.on(RestoreObjectCommand).rejects(refusal('AccessDenied', 403, 'not you'));
    await expect(restorer.ask('k', bulk)).rejects.toThrow(
      new AccessError('bucket b must let the caller restore its objects (s3:RestoreObject), got AccessDenied: not you'),
    );
  });

  test('for which S3 has no capacity ends in a sentence that says what has', async () => {
    s3.on(RestoreObjectCommand).rejects(refusal('GlacierExpeditedRetrievalNotAvailable', 503));
    await expect(restorer.ask('k', { tier: 'expedited', days: 1 })).rejects.toThrow(
      'S3 must have capacity for --tier expedited at this moment, got none: try again later, or by --tier standard',
    );
  });
});

describe('a survey', () => {
  interface Head {
    readonly StorageClass: StorageClass;
    readonly Restore?: string;
    readonly ArchiveStatus?: ArchiveStatus;
  }

  async function surveyed(objects: readonly ColdObject[], heads: Record<string, Head>, restoring?: Request) {
    for (const [Key, head] of Object.entries(heads)) s3.on(HeadObjectCommand, { Key }).resolves(head);
    const troubles: string[] = [];
    const tally = new RestoreTally();
    const access = archiveAccess(client, 'b');
    async function* all() {
      yield* objects;
    }
    const done = survey({
      objects: all(),
      access,
      tell: (trouble) => troubles.push(trouble),
      tally,
      ...(restoring && { restoring: { ...restoring, restorer } }),
    });
    return { done, tally, troubles };
  }

  const asked = () => s3.commandCalls(RestoreObjectCommand).map(({ args }) => args[0].input.Key);
  const four = [
    anObject('cold'),
    anObject('coming', { size: 20 }),
    anObject('here', { size: 30, kind: 'bodies' }),
    anObject('deep', { size: 40, storageClass: 'DEEP_ARCHIVE' }),
  ];
  const heads: Record<'cold' | 'coming' | 'here' | 'deep', Head> = {
    cold: { StorageClass: 'GLACIER' },
    coming: { StorageClass: 'GLACIER', Restore: 'ongoing-request="true"' },
    here: {
      StorageClass: 'GLACIER',
      Restore: 'ongoing-request="false", expiry-date="Sun, 29 Nov 2026 00:00:00 GMT"',
    },
    deep: { StorageClass: 'DEEP_ARCHIVE' },
  };

  test('tells how far each object is, and asks for nothing', async () => {
    const { done, tally, troubles } = await surveyed(four, heads);
    await done;
    expect(tally.count('frozen')).toEqual({ objects: 2, bytes: 50 });
    expect(tally.count('under way')).toEqual({ objects: 1, bytes: 20 });
    expect(tally.count('ready', 'bodies')).toEqual({ objects: 1, bytes: 30 });
    expect(tally.count('ready', 'records')).toEqual({ objects: 0, bytes: 0 });
    expect(tally.byClass('frozen').get('DEEP_ARCHIVE')).toEqual({ objects: 1, bytes: 40 });
    expect(tally.until).toBe(Date.UTC(2026, 10, 29));
    expect({ asked: asked(), troubles }).toEqual({ asked: [], troubles: [] });
  });

  test('asks for what nobody has asked for, and for nothing twice', async () => {
    s3.on(RestoreObjectCommand).resolves({});
    const { done, tally } = await surveyed(four, heads, bulk);
    await done;
    expect(asked().toSorted()).toEqual(['cold', 'deep']);
    expect(tally.count('asked').objects).toBe(2);
    expect(tally.count('frozen').objects).toBe(0);
  });

  test('asks for nothing by a tier that the storage class does not have', async () => {
    s3.on(RestoreObjectCommand).resolves({});
    const { done, tally } = await surveyed(four, heads, { tier: 'expedited', days: 7 });
    await done;
    expect(asked()).toEqual(['cold']);
    expect(tally.byClass('frozen').get('DEEP_ARCHIVE')?.objects).toBe(1);
  });

  test('only reports what Intelligent-Tiering has moved to an archive tier', async () => {
    s3.on(RestoreObjectCommand).resolves({});
    const tiering = { storageClass: 'INTELLIGENT_TIERING' } as const;
    const { done, tally } = await surveyed(
      [anObject('warm', tiering), anObject('far', tiering), anObject('back', tiering)],
      {
        warm: { StorageClass: 'INTELLIGENT_TIERING' },
        far: { StorageClass: 'INTELLIGENT_TIERING', ArchiveStatus: 'ARCHIVE_ACCESS' },
        back: {
          StorageClass: 'INTELLIGENT_TIERING',
          ArchiveStatus: 'ARCHIVE_ACCESS',
          Restore: 'ongoing-request="true"',
        },
      },
      bulk,
    );
    await done;
    expect(asked()).toEqual([]);
    expect({ tiered: tally.tiered, all: tally.all, coming: tally.count('under way').objects }).toEqual({
      tiered: 'far',
      all: 2,
      coming: 1,
    });
  });

  test('goes past an object that is gone, and tells of it', async () => {
    s3.on(HeadObjectCommand, { Key: 'gone' }).rejects(refusal('NotFound', 404));
    const { done, tally, troubles } = await surveyed([anObject('gone'), anObject('cold')], { cold: heads.cold });
    await done;
    expect(tally.all).toBe(1);
    expect(troubles).toEqual(['missing: gone: object must be there, got none']);
  });

  test('ends where nothing may be asked for, with what was asked for before in its tally', async () => {
    let calls = 0;
    s3.on(RestoreObjectCommand).callsFake(() => {
      calls += 1;
      if (calls > 2) throw refusal('AccessDenied', 403);
      return {};
    });
    const many = Array.from({ length: 100 }, (_, index) => anObject(`cold-${index}`));
    s3.on(HeadObjectCommand).resolves({ StorageClass: 'GLACIER' });
    const { done, tally } = await surveyed(many, {}, bulk);
    await expect(done).rejects.toThrow(/s3:RestoreObject/);
    expect(tally.count('asked').objects).toBe(2);
    expect(calls).toBeLessThan(40);
  });
});
