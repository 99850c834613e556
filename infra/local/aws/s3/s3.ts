import {
  AwsError,
  type AwsRequest,
  type AwsResponse,
  type AwsService,
  type Clock,
  systemClock,
} from '../../service.ts';
import * as bucketActions from './bucket-actions.ts';
import type { BucketSettings } from './bucket-record.ts';
import { Buckets } from './buckets.ts';
import type { S3Call } from './call.ts';
import { completeMultipartUpload } from './complete-upload.ts';
import { copyObject } from './copy-object.ts';
import { deleteObject } from './delete-object.ts';
import { deleteObjects } from './delete-objects.ts';
import { listObjects } from './list-objects.ts';
import { listObjectVersions } from './list-versions.ts';
import { abortMultipartUpload, createMultipartUpload, uploadPart } from './multipart.ts';
import { getObjectLockConfiguration } from './object-lock.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './object-tagging.ts';
import { readObject } from './read-object.ts';
import { checkRequestHeaders } from './request-headers.ts';
import { restoreObject } from './restore-object.ts';
import { actionOf, addressOf, type S3Action } from './route.ts';
import type { Upload } from './upload.ts';
import { putObject } from './write-object.ts';

const actions: Readonly<Record<S3Action, (call: S3Call) => AwsResponse>> = {
  ListBuckets: bucketActions.listBuckets,
  CreateBucket: bucketActions.createBucket,
  HeadBucket: bucketActions.headBucket,
  DeleteBucket: bucketActions.deleteBucket,
  GetBucketLocation: bucketActions.getBucketLocation,
  GetBucketVersioning: bucketActions.getBucketVersioning,
  PutBucketVersioning: bucketActions.putBucketVersioning,
  GetObjectLockConfiguration: getObjectLockConfiguration,
  GetBucketLifecycleConfiguration: bucketActions.getBucketLifecycle,
  PutBucketLifecycleConfiguration: bucketActions.putBucketLifecycle,
  DeleteBucketLifecycle: bucketActions.deleteBucketLifecycle,
  ListObjectsV2: listObjects,
  ListObjectVersions: listObjectVersions,
  DeleteObjects: deleteObjects,
  PutObject: putObject,
  CopyObject: copyObject,
  GetObject: readObject,
  HeadObject: readObject,
  DeleteObject: deleteObject,
  RestoreObject: restoreObject,
  GetObjectTagging: getObjectTagging,
  PutObjectTagging: putObjectTagging,
  DeleteObjectTagging: deleteObjectTagging,
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
};

/**
 * S3, path style: whole objects with conditions, checksums, tags, listings and multipart uploads; versions, Object Lock's
 * retention, storage classes and restoring from the archive. No ACLs, no legal holds; lifecycles are not carried out.
 */
export class S3 implements AwsService {
  readonly #buckets: Buckets;
  readonly #clock: Clock;
  readonly #uploads = new Map<string, Upload>();

  /** @param options `directory`: where objects persist. @default in memory */
  constructor({ directory, clock = systemClock }: { directory?: string; clock?: Clock } = {}) {
    this.#buckets = new Buckets(directory);
    this.#clock = clock;
  }

  /**
   * Makes a bucket. One that is there keeps what is in it and takes the settings; where it kept versions and should no
   * longer, that is suspended, as on AWS, and a lock's default retention holds for new versions only.
   *
   * @throws AwsError for a name that S3 would refuse.
   */
  createBucket(name: string, settings: BucketSettings = {}): void {
    bucketActions.checkBucketName(name);
    const versioning = settings.lock ? 'Enabled' : settings.versioning;
    const bucket = this.#buckets.get(name);
    if (!bucket) {
      this.#buckets.create(name, this.#clock.now(), { ...settings, versioning });
      return;
    }
    const before = bucket.about;
    // An Object Lock stays once it is there, and versions with it.
    const lock = settings.lock ?? (before.lock && {});
    const kept = lock ? 'Enabled' : (versioning ?? (before.versioning && 'Suspended'));
    if (JSON.stringify(lock) === JSON.stringify(before.lock) && kept === before.versioning) return;
    this.#buckets.change(bucket, { versioning: kept, lock });
  }

  async handle(request: AwsRequest): Promise<AwsResponse> {
    const action = actionOf(request);
    checkRequestHeaders(request.headers);
    const owner = request.headers['x-amz-expected-bucket-owner'];
    if (owner !== undefined && owner !== '000000000000') throw new AwsError(403, 'AccessDenied', 'Access Denied');
    const { bucket: bucketName, key } = addressOf(request.path);
    return actions[action]({
      request,
      bucketName,
      key,
      buckets: this.#buckets,
      uploads: this.#uploads,
      now: this.#clock.now(),
    });
  }
}
