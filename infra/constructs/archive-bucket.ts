import { Duration } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  StorageClass,
  TransitionDefaultMinimumObjectSize,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { ArchiveDefinition } from '../../functions/core/definition.ts';
import { acknowledge } from './acknowledge.ts';

export interface ArchiveBucketProps {
  readonly days: Required<ArchiveDefinition>;
}

/** A bucket in which what is old grows cold and at last expires, and what still waits to be sent does neither. */
export class ArchiveBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { days }: ArchiveBucketProps) {
    super(scope, id);
    // CloudFormation names it, so that a new stage never meets the bucket that an old one left behind.
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      versioned: true,
      // Colder classes bill each object as 128 KB at least, so smaller ones stay where they are.
      transitionDefaultMinimumObjectSize: TransitionDefaultMinimumObjectSize.ALL_STORAGE_CLASSES_128_K,
      lifecycleRules: [
        {
          id: 'archive-grows-cold-and-expires',
          // Only the archive: a spooled event that waits, however long, is the only copy of it.
          prefix: 'archive/',
          transitions: [
            { storageClass: StorageClass.INFREQUENT_ACCESS, transitionAfter: Duration.days(days.infrequentAfterDays) },
            { storageClass: StorageClass.GLACIER, transitionAfter: Duration.days(days.glacierAfterDays) },
          ],
          expiration: Duration.days(days.expireAfterDays),
        },
        {
          id: 'leftovers-go',
          noncurrentVersionExpiration: Duration.days(30),
          abortIncompleteMultipartUploadAfter: Duration.days(7),
          expiredObjectDeleteMarker: true,
        },
      ],
    });
    acknowledge(this.bucket, {
      'AwsSolutions-S1':
        'Only this pipeline reads and writes the bucket, a request of each webhook at most; who may is in its policies. Object-level logging is CloudTrail data events, a decision of the account.',
    });
  }
}
