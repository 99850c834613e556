import { AwsError, type AwsResponse } from '../../service.ts';
import { bucketOf, fieldsOf, malformedXml, type S3Call, xmlOf, xmlResponse } from './call.ts';
import { verifyBody } from './checksums.ts';
import { notImplemented } from './route.ts';

export function listBuckets({ buckets }: S3Call): AwsResponse {
  const all = buckets
    .list()
    .map(({ about: { name, created } }) => ({ Name: name, CreationDate: new Date(created).toISOString() }));
  return xmlResponse('ListAllMyBucketsResult', { Owner: { ID: '000000000000' }, Buckets: { Bucket: all } });
}

export function createBucket({ buckets, bucketName, now, request }: S3Call): AwsResponse {
  checkBucketName(bucketName);
  if (request.body.length > 0) {
    const root = xmlOf(request.body, 'CreateBucketConfiguration');
    const other = root.children.find(({ name }) => name !== 'LocationConstraint');
    if (other) throw notImplemented(`CreateBucket with ${other.name}`);
    fieldsOf(root, ['LocationConstraint']);
  }
  // As in us-east-1: made again by its owner, a bucket stays as it is.
  if (!buckets.get(bucketName)) buckets.create(bucketName, now);
  return { status: 200, headers: { location: `/${bucketName}` } };
}

export function headBucket(call: S3Call): AwsResponse {
  bucketOf(call);
  return { status: 200, headers: { 'x-amz-bucket-region': 'us-east-1' } };
}

export function deleteBucket(call: S3Call): AwsResponse {
  const bucket = bucketOf(call);
  if (bucket.size > 0) {
    const versions = bucket.about.versioning === undefined ? '' : ': all versions in it must be deleted as well';
    throw new AwsError(409, 'BucketNotEmpty', `The bucket you tried to delete is not empty${versions}`);
  }
  call.buckets.delete(bucket.name);
  return { status: 204 };
}

/** Empty for us-east-1, where buckets are by default. */
export function getBucketLocation(call: S3Call): AwsResponse {
  bucketOf(call);
  return xmlResponse('LocationConstraint', '');
}

/** Empty for a bucket that never had versions. */
export function getBucketVersioning(call: S3Call): AwsResponse {
  return xmlResponse('VersioningConfiguration', { Status: bucketOf(call).about.versioning });
}

export function putBucketVersioning(call: S3Call): AwsResponse {
  const { body, headers } = call.request;
  const bucket = bucketOf(call);
  verifyBody(headers, body);
  const fields = fieldsOf(xmlOf(body, 'VersioningConfiguration'), ['Status', 'MfaDelete']);
  if (fields.MfaDelete === 'Enabled') throw notImplemented('PutBucketVersioning with MfaDelete');
  const { Status: versioning } = fields;
  if (versioning !== 'Enabled' && versioning !== 'Suspended') {
    throw malformedXml(`Status must be Enabled or Suspended, got ${versioning ?? 'none'}`);
  }
  if (versioning === 'Suspended' && bucket.about.lock) {
    const message =
      'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.';
    throw new AwsError(409, 'InvalidBucketState', message);
  }
  call.buckets.change(bucket, { versioning });
  return { status: 200 };
}

/**
 * Kept to be read back. What it asks for takes days and is not carried out here: nothing changes its class or expires,
 * and versions that are no longer current stay until somebody deletes them.
 */
export function putBucketLifecycle(call: S3Call): AwsResponse {
  const { body, headers } = call.request;
  const bucket = bucketOf(call);
  verifyBody(headers, body);
  xmlOf(body, 'LifecycleConfiguration');
  call.buckets.change(bucket, { lifecycle: body.toString('utf8') });
  return { status: 200 };
}

export function getBucketLifecycle(call: S3Call): AwsResponse {
  const { lifecycle: body } = bucketOf(call).about;
  if (body === undefined) {
    throw new AwsError(404, 'NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist');
  }
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}

export function deleteBucketLifecycle(call: S3Call): AwsResponse {
  call.buckets.change(bucketOf(call), { lifecycle: undefined });
  return { status: 204 };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function checkBucketName(name: string): void {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) || name.includes('..')) {
    throw new AwsError(400, 'InvalidBucketName', `The specified bucket is not valid: ${name}`);
  }
}
