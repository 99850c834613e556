import { createHash, randomUUID } from 'node:crypto';
import {
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { archiveAccess } from '../../infra/ops/archive-access.ts';
import { QueriedArchive } from '../../infra/ops/archive-query.ts';
import { eventually } from '../support/eventually.ts';
import { httpPost } from '../support/http-post.ts';
import { type RunningPipeline, startPipeline } from '../support/running-pipeline.ts';
import { github } from '../support/signers.ts';

const dayMs = 24 * 60 * 60 * 1000;
const started = Date.now();

let at: RunningPipeline;
let s3: S3Client;
beforeAll(async () => {
  at = await startPipeline({
    pipeline: 'test/integration/locked-archive/pipeline.ts',
    secrets: { github: github.secrets },
    queueSpeed: 5,
  });
  s3 = new S3Client({ ...at.client, forcePathStyle: true });
}, 120_000);
afterAll(async () => {
  s3?.destroy();
  await at?.close();
});

async function post(more: object = {}) {
  const body = JSON.stringify({ nonce: randomUUID(), ...more });
  const headers = { 'content-type': 'application/json', ...(await github.sign(body)) };
  const { status, id } = await httpPost(at.runtime.url, { path: '/webhooks/github', headers, body });
  expect(status).toBe(200);
  return { id, sha256: createHash('sha256').update(body).digest('hex') };
}

/** Waits until the archive has events. */
async function archived(...ids: string[]): Promise<void> {
  await eventually('events in the archive', async () => {
    const archive = new QueriedArchive(archiveAccess(s3, at.bucket), () => undefined);
    const query = { sources: [], type: undefined, tenant: undefined, id: undefined, limit: 100 };
    const found: string[] = [];
    const hours = { from: started - 60_000, to: Date.now() + 60_000 };
    for await (const { record } of archive.events({ ...query, ...hours })) found.push(record.id);
    return ids.every((id) => found.includes(id)) || undefined;
  });
}

async function keysBelow(Prefix: string): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: at.bucket, Prefix }));
  return Contents.map(({ Key = '' }) => Key);
}

/** The versions below a prefix, each with its lock. */
async function versionsBelow(Prefix: string) {
  const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: at.bucket, Prefix }));
  return Promise.all(
    Versions.map(async ({ Key = '', VersionId }) => {
      const head = await s3.send(new HeadObjectCommand({ Bucket: at.bucket, Key, VersionId }));
      return { Key, VersionId, mode: head.ObjectLockMode, until: head.ObjectLockRetainUntilDate?.getTime() ?? 0 };
    }),
  );
}

test('a webhook and one of which the body is kept beside it come to handler and archive, locked', async () => {
  const small = await post();
  const large = await post({ text: 'x'.repeat(1_200_000) });
  for (const { id, sha256 } of [small, large]) {
    await at.reaches(id, 'plain', 'completed');
    expect(at.testimoniesOf(id, 'plain')).toMatchObject([{ sha256 }]);
  }
  await archived(small.id, large.id);
  expect(await keysBelow('archive/bodies/github/')).toHaveLength(1);
  const versions = await versionsBelow('archive/');
  expect(versions.length).toBeGreaterThanOrEqual(2);
  for (const { Key, VersionId, mode, until } of versions) {
    expect({ Key, mode }).toEqual({ Key, mode: 'COMPLIANCE' });
    expect(until).toBeGreaterThan(started + 2 * dayMs - 1_000);
    expect(until).toBeLessThan(Date.now() + 2 * dayMs + 1_000);
    const BypassGovernanceRetention = true;
    const forGood = new DeleteObjectCommand({ Bucket: at.bucket, Key, VersionId, BypassGovernanceRetention });
    await expect(s3.send(forGood)).rejects.toMatchObject({ name: 'AccessDenied' });
  }
  await archived(small.id, large.id);
});

test('what could only be spooled is sent by the sweeper, and of its object a locked old version stays', async () => {
  const remove = at.runtime.faults.add({ service: 'sqs', action: 'SendMessage', kind: 'fail' });
  const { id } = await post();
  expect(await keysBelow('spool/')).toHaveLength(1);
  remove();
  await at.runtime.invokeSchedules();
  await at.reaches(id, 'plain', 'completed');
  await archived(id);
  expect(at.testimoniesOf(id, 'plain')).toHaveLength(1);
  expect(await keysBelow('spool/')).toEqual([]);
  expect(await versionsBelow('spool/')).toMatchObject([{ mode: 'COMPLIANCE' }]);
});

test('nothing merges it: there is no such function', () => {
  expect(() => at.runtime.function('compactor')).toThrow();
  expect(at.runtime.function('archiver')).toBeDefined();
});
