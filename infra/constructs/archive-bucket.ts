import { Duration } from 'aws-cdk-lib';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type LifecycleRule,
  ObjectLockRetention,
  StorageClass,
  TransitionDefaultMinimumObjectSize,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { LockDefinition, RetentionDefinition } from '../../functions/core/definition.ts';
import { archivePrefix, bodyPrefix, eventPrefix } from '../../functions/core/names.ts';
import type { ArchiveRetention } from '../definition/retention.ts';
import { acknowledge } from './acknowledge.ts';

export interface ArchiveBucketProps {
  readonly days: Required<RetentionDefinition>;
  /** Each source's own, as soon as one has any. @default none */
  readonly sources?: ArchiveRetention['sources'];
  /** What holds for each object from its writing. @default objects are not locked */
  readonly lock?: LockDefinition | undefined;
}

/**
 * A bucket in which what is old grows cold and at last expires, and what still waits to be sent does neither.
 *
 * A lock holds for the spool as well: of what was sent, an old version stays until its lock is over. S3 moves what is
 * locked to colder classes, and expires it behind a delete marker; but no rule deletes a locked version, so that
 * `leftovers-go` takes each when its lock has ended.
 *
 * A lock that is added to a bucket that is there is an update in place, as CloudFormation's schema of the type has it
 * (only the name needs another bucket), although the CDK's own table and older documentation speak of a replacement.
 * Should it come to that, the stage stays as it is: other stacks import the bucket's name, so that CloudFormation
 * refuses another, and the bucket is retained in any case.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
 */
export class ArchiveBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { days, sources = {}, lock }: ArchiveBucketProps) {
    super(scope, id);
    // CloudFormation names it, so that a new stage never meets the bucket that an old one left behind.
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      versioned: true,
      ...(lock ? { objectLockEnabled: true, objectLockDefaultRetention: retentionOf(lock) } : {}),
      // Colder classes bill each object as 128 KB at least, so smaller ones stay where they are.
      transitionDefaultMinimumObjectSize: TransitionDefaultMinimumObjectSize.ALL_STORAGE_CLASSES_128_K,
      lifecycleRules: [
        ...(Object.keys(sources).length === 0 ? rulesForAll(days) : rulesForEach({ days, sources })),
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
      'CloudFormation-Validate::W9003':
        'The CDK writes the size that a rule begins with as a number; CloudFormation makes of it the text that it wants.',
    });
  }
}

function retentionOf({ mode, days }: LockDefinition): ObjectLockRetention {
  return ObjectLockRetention[mode](Duration.days(days));
}

/**
 * One retention for every source. Only the archive expires: a spooled event that waits, however long, is the only copy
 * of it. And of the archive only records and bodies grow cold: manifests and indexes are small and read with every
 * question about their hour, and one of them in Glacier would take a request for the whole hour with it.
 */
function rulesForAll(days: Required<RetentionDefinition>): LifecycleRule[] {
  return [
    { id: 'archive-expires', prefix: archivePrefix, expiration: Duration.days(days.expireAfterDays) },
    { id: 'records-grow-cold', prefix: eventPrefix, transitions: transitions(days) },
    { id: 'bodies-grow-cold', prefix: bodyPrefix, transitions: transitions(days) },
  ];
}

/**
 * Each source for itself, the others too that have no days of their own: of expirations that overlap S3 takes the
 * shortest, so that a general rule would cut off those that are to be kept for longer. What is left to the whole archive
 * is the longest of all: for manifests and indexes, which thus never go before what they tell of, and for sources that
 * are no longer there.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html
 */
function rulesForEach({ days, sources }: ArchiveRetention): LifecycleRule[] {
  const all = [days, ...Object.values(sources)];
  const longest = Math.max(...all.map(({ expireAfterDays }) => expireAfterDays));
  return [
    {
      id: 'archive-expires',
      prefix: archivePrefix,
      // Of every size, in other words. Rules of prefixes alone go to S3 in its old form, which has prefixes overlap nowhere.
      objectSizeGreaterThan: 0,
      expiration: Duration.days(longest),
    },
    ...Object.entries(sources).flatMap(([name, own]) => {
      const rule = { transitions: transitions(own), expiration: Duration.days(own.expireAfterDays) };
      return [
        { ...rule, id: `records-of-${name}`, prefix: `${eventPrefix}source=${name}/` },
        { ...rule, id: `bodies-of-${name}`, prefix: `${bodyPrefix}${name}/` },
      ];
    }),
  ];
}

function transitions({ infrequentAfterDays, glacierAfterDays }: Required<RetentionDefinition>) {
  return [
    { storageClass: StorageClass.INFREQUENT_ACCESS, transitionAfter: Duration.days(infrequentAfterDays) },
    { storageClass: StorageClass.GLACIER, transitionAfter: Duration.days(glacierAfterDays) },
  ];
}
