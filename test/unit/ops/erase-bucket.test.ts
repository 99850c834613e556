import { GetObjectCommand, InvalidObjectState, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { expect, test } from 'vitest';
import { erasableBucket } from '../../../infra/ops/erase-bucket.ts';

const version = { versionId: 'v', isMarker: false };

test('an old version in Glacier is told apart from an object there, since no restore brings it back', async () => {
  const s3 = mockClient(S3Client);
  s3.on(GetObjectCommand).rejects(new InvalidObjectState({ message: 'in Glacier', $metadata: {} }));
  const bucket = erasableBucket(s3 as unknown as S3Client, 'archive');
  expect(await bucket.readVersion({ ...version, key: 'latest', isLatest: true })).toBeUndefined();
  expect(await bucket.readVersion({ ...version, key: 'old', isLatest: false })).toBeUndefined();
  expect([...bucket.frozen]).toEqual(['latest']);
  expect([...bucket.frozenOld]).toEqual(['old']);
});
