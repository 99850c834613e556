import { AwsError, type AwsRequest } from '../../service.ts';

/** What S3 can be asked here. */
export type S3Action =
  | 'ListBuckets'
  | 'CreateBucket'
  | 'HeadBucket'
  | 'DeleteBucket'
  | 'GetBucketLocation'
  | 'GetBucketVersioning'
  | 'PutBucketVersioning'
  | 'GetObjectLockConfiguration'
  | 'GetBucketLifecycleConfiguration'
  | 'PutBucketLifecycleConfiguration'
  | 'DeleteBucketLifecycle'
  | 'ListObjectsV2'
  | 'ListObjectVersions'
  | 'DeleteObjects'
  | 'PutObject'
  | 'CopyObject'
  | 'GetObject'
  | 'HeadObject'
  | 'DeleteObject'
  | 'RestoreObject'
  | 'GetObjectTagging'
  | 'PutObjectTagging'
  | 'DeleteObjectTagging'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload';

/** An action's place: `query` are the parameters that it needs, `options` those that it also understands. */
interface Route {
  readonly action: S3Action;
  readonly on: 'service' | 'bucket' | 'object';
  readonly method: string;
  readonly query?: readonly string[];
  readonly options?: readonly string[];
}

// biome-ignore format: one line a route
const routes: readonly Route[] = [
  { on: 'service', method: 'GET', action: 'ListBuckets' },
  { on: 'bucket', method: 'PUT', action: 'CreateBucket' },
  { on: 'bucket', method: 'HEAD', action: 'HeadBucket' },
  { on: 'bucket', method: 'DELETE', action: 'DeleteBucket' },
  { on: 'bucket', method: 'GET', query: ['location'], action: 'GetBucketLocation' },
  { on: 'bucket', method: 'GET', query: ['versioning'], action: 'GetBucketVersioning' },
  { on: 'bucket', method: 'PUT', query: ['versioning'], action: 'PutBucketVersioning' },
  { on: 'bucket', method: 'GET', query: ['object-lock'], action: 'GetObjectLockConfiguration' },
  { on: 'bucket', method: 'GET', query: ['lifecycle'], action: 'GetBucketLifecycleConfiguration' },
  { on: 'bucket', method: 'PUT', query: ['lifecycle'], action: 'PutBucketLifecycleConfiguration' },
  { on: 'bucket', method: 'DELETE', query: ['lifecycle'], action: 'DeleteBucketLifecycle' },
  { on: 'bucket', method: 'GET', query: ['list-type'], options: ['prefix', 'delimiter', 'continuation-token', 'start-after', 'max-keys', 'encoding-type', 'fetch-owner'], action: 'ListObjectsV2' },
  { on: 'bucket', method: 'GET', query: ['versions'], options: ['prefix', 'delimiter', 'key-marker', 'version-id-marker', 'max-keys', 'encoding-type'], action: 'ListObjectVersions' },
  { on: 'bucket', method: 'POST', query: ['delete'], action: 'DeleteObjects' },
  { on: 'object', method: 'PUT', action: 'PutObject' },
  { on: 'object', method: 'GET', options: ['versionId'], action: 'GetObject' },
  { on: 'object', method: 'HEAD', options: ['versionId'], action: 'HeadObject' },
  { on: 'object', method: 'DELETE', options: ['versionId'], action: 'DeleteObject' },
  { on: 'object', method: 'POST', query: ['restore'], options: ['versionId'], action: 'RestoreObject' },
  { on: 'object', method: 'GET', query: ['tagging'], options: ['versionId'], action: 'GetObjectTagging' },
  { on: 'object', method: 'PUT', query: ['tagging'], options: ['versionId'], action: 'PutObjectTagging' },
  { on: 'object', method: 'DELETE', query: ['tagging'], options: ['versionId'], action: 'DeleteObjectTagging' },
  { on: 'object', method: 'POST', query: ['uploads'], action: 'CreateMultipartUpload' },
  { on: 'object', method: 'PUT', query: ['uploadId', 'partNumber'], action: 'UploadPart' },
  { on: 'object', method: 'POST', query: ['uploadId'], action: 'CompleteMultipartUpload' },
  { on: 'object', method: 'DELETE', query: ['uploadId'], action: 'AbortMultipartUpload' },
];

/** Path-style address of what a request is about; empty where it names no bucket or no key. */
export interface Address {
  readonly bucket: string;
  readonly key: string;
}

/** @throws AwsError where the path is not the percent-encoding of a text. */
export function addressOf(path: string): Address {
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  try {
    return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key) };
  } catch {
    throw new AwsError(400, 'InvalidURI', `Couldn't parse the specified URI: ${path}`);
  }
}

/** Parameters that change nothing in what is asked: the SDK's note to itself and a presigned URL's signature. */
const manners =
  /^(x-id|x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256|sdk-checksum-algorithm|checksum-mode))$/i;

/** @throws AwsError 501 naming the method, parameter or header that is not understood here: never a silent success. */
export function actionOf(request: AwsRequest): S3Action {
  const { bucket, key } = addressOf(request.path);
  const on = key !== '' ? 'object' : bucket !== '' ? 'bucket' : 'service';
  const parameters = [...request.query.keys()].filter((name) => !manners.test(name));
  const candidates = routes.filter((route) => route.on === on && route.method === request.method);
  const needs = (route: Route) => route.query ?? [];
  const route = candidates
    .filter((candidate) => needs(candidate).every((name) => parameters.includes(name)))
    .sort((a, b) => needs(b).length - needs(a).length)[0];
  const unknown = parameters.find((name) => !route || ![...needs(route), ...(route.options ?? [])].includes(name));
  if (unknown !== undefined) throw notImplemented(`${request.method} ${on} with ?${unknown}`);
  if (!route) throw notImplemented(`${request.method} ${on}`);
  const copies = request.headers['x-amz-copy-source'] !== undefined;
  if (copies && route.action === 'UploadPart') throw notImplemented('UploadPartCopy');
  return copies && route.action === 'PutObject' ? 'CopyObject' : route.action;
}

/** What S3 has and we do not. */
export function notImplemented(what: string): AwsError {
  return new AwsError(501, 'NotImplemented', `${what} is not implemented here`);
}
