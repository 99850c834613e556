import { createHash, randomUUID } from 'node:crypto';
import { AwsError, type AwsResponse } from '../../service.ts';
import { bucketOf, invalidArgument, type S3Call, xmlResponse } from './call.ts';
import { checksumAlgorithm, checksumHeader, checksumOf, verifyBody } from './checksums.ts';
import { checkKey, describedBy } from './object-headers.ts';
import { checkDigestSent, retentionOf } from './object-lock.ts';
import type { Upload } from './upload.ts';

export function createMultipartUpload(call: S3Call): AwsResponse {
  const { bucketName, key, uploads } = call;
  const { headers } = call.request;
  const bucket = bucketOf(call);
  checkKey(key);
  const checksum = checksumAskedFor(headers);
  const id = randomUUID();
  uploads.set(id, {
    bucketName,
    key,
    described: { ...describedBy(headers), ...retentionOf(headers, bucket, call.now) },
    parts: new Map(),
    ...(checksum && { checksum }),
  });
  const answered = checksum && {
    'x-amz-checksum-algorithm': checksum.algorithm.toUpperCase(),
    'x-amz-checksum-type': checksum.type,
  };
  const { headers: type, ...response } = xmlResponse('InitiateMultipartUploadResult', {
    Bucket: bucketName,
    Key: key,
    UploadId: id,
  });
  return { ...response, headers: { ...type, ...answered } };
}

export function uploadPart(call: S3Call): AwsResponse {
  const { body, headers, query } = call.request;
  const { upload } = uploadOf(call);
  const number = Number(query.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > 10_000) {
    throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive');
  }
  checkDigestSent(headers, upload.described.retention, 'Part');
  const sent = verifyBody(headers, body);
  const algorithm = upload.checksum?.algorithm;
  if (sent && algorithm && sent.algorithm !== algorithm) {
    const message = `Checksum Type mismatch occurred, expected checksum Type: ${algorithm}, actual: ${sent.algorithm}`;
    throw new AwsError(400, 'InvalidRequest', message);
  }
  const etag = createHash('md5').update(body).digest('hex');
  const checksum = algorithm && checksumOf(algorithm, body).value;
  upload.parts.set(number, { body, etag, ...(checksum && { checksum }) });
  return {
    status: 200,
    headers: { etag: `"${etag}"`, ...(sent && { [checksumHeader(sent.algorithm)]: sent.value }) },
  };
}

export function abortMultipartUpload(call: S3Call): AwsResponse {
  call.uploads.delete(uploadOf(call).id);
  return { status: 204 };
}

/** The upload that a request names. @throws AwsError NoSuchUpload, also where it is one of another key. */
export function uploadOf(call: S3Call): { readonly id: string; readonly upload: Upload } {
  const { bucketName, key, request, uploads } = call;
  bucketOf(call);
  const id = request.query.get('uploadId') ?? '';
  const upload = uploads.get(id);
  if (!upload || upload.bucketName !== bucketName || upload.key !== key) {
    throw new AwsError(404, 'NoSuchUpload', 'The specified multipart upload does not exist.');
  }
  return { id, upload };
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html */
function checksumAskedFor(headers: Readonly<Record<string, string>>): Upload['checksum'] {
  const name = headers['x-amz-checksum-algorithm'];
  const type = headers['x-amz-checksum-type'];
  if (name === undefined) return undefined;
  const algorithm = checksumAlgorithm(name);
  const possible = algorithm.startsWith('sha') ? ['COMPOSITE'] : ['COMPOSITE', 'FULL_OBJECT'];
  const types = algorithm === 'crc64nvme' ? ['FULL_OBJECT'] : possible;
  const chosen = types.find((one) => one === (type ?? types[0]));
  if (chosen === undefined) {
    throw new AwsError(400, 'InvalidRequest', `The ${type} checksum type cannot be used with the ${name} algorithm.`);
  }
  return { algorithm, type: chosen === 'COMPOSITE' ? 'COMPOSITE' : 'FULL_OBJECT' };
}
