import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { AwsError, type AwsResponse } from '../../service.ts';
import { bucketOf, fieldsOf, malformedXml, type S3Call, xmlOf, xmlResponse } from './call.ts';
import { type Checksum, checksumElement, checksumHeader, checksumOf, compositeChecksum } from './checksums.ts';
import { checkWriteConditions } from './conditions.ts';
import { uploadOf } from './multipart.ts';
import type { Upload, UploadedPart } from './upload.ts';
import { newVersionHeader } from './write-object.ts';

/** Every part but the last must have at least so many bytes. */
const minPartBytes = 5 * 1024 * 1024;

/** Puts the parts that the caller names together, in the order of their numbers. */
export function completeMultipartUpload(call: S3Call): AwsResponse {
  const { bucketName, key, now, uploads } = call;
  const { headers } = call.request;
  const bucket = bucketOf(call);
  const { id, upload } = uploadOf(call);
  const parts = partsNamed(call, upload);
  checkWriteConditions(headers, key, bucket.record(key));
  const body = Buffer.concat(parts.map((part) => part.body));
  const digests = Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex')));
  const etag = `${createHash('md5').update(digests).digest('hex')}-${parts.length}`;
  const checksum = checksumOfAll(upload, parts, body);
  const expected = checksum && headers[checksumHeader(checksum.algorithm)];
  if (checksum && expected !== undefined && expected.split('-')[0] !== checksum.value.split('-')[0]) {
    throw new AwsError(400, 'BadDigest', 'The checksum you specified did not match what we received.');
  }
  const written = bucket.put(
    { key, size: body.length, etag, lastModified: now, ...upload.described, ...(checksum && { checksum }) },
    body,
  );
  uploads.delete(id);
  const response = xmlResponse('CompleteMultipartUploadResult', {
    Location: `/${bucketName}/${key}`,
    Bucket: bucketName,
    Key: key,
    ETag: `"${etag}"`,
    ...(checksum && { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type }),
  });
  return { ...response, headers: { ...response.headers, ...newVersionHeader(bucket, written) } };
}

const checksumElements = (['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const).map(checksumElement);

function partsNamed(call: S3Call, upload: Upload): UploadedPart[] {
  const { children } = xmlOf(call.request.body, 'CompleteMultipartUpload');
  if (children.length === 0) throw malformedXml('expected at least one Part');
  const { algorithm, type } = upload.checksum ?? {};
  let previous = 0;
  const parts = children.map((child) => {
    const fields = fieldsOf(child, ['PartNumber', 'ETag', ...checksumElements]);
    const number = Number(fields.PartNumber);
    if (child.name !== 'Part' || !Number.isInteger(number)) throw malformedXml('expected Parts of PartNumber and ETag');
    if (number <= previous) {
      const message = 'The list of parts was not in ascending order. Parts must be ordered by part number.';
      throw new AwsError(400, 'InvalidPartOrder', message);
    }
    previous = number;
    const part = upload.parts.get(number);
    if (!part || part.etag !== fields.ETag?.trim().replaceAll('"', '')) throw invalidPart(number);
    const stated = algorithm && fields[checksumElement(algorithm)];
    if (stated !== undefined && stated !== part.checksum) throw invalidPart(number);
    if (stated === undefined && type === 'COMPOSITE') {
      const message = `The upload was created using a ${algorithm} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`;
      throw new AwsError(400, 'InvalidRequest', message);
    }
    return part;
  });
  if (parts.slice(0, -1).some((part) => part.body.length < minPartBytes)) {
    throw new AwsError(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size');
  }
  return parts;
}

function checksumOfAll({ checksum }: Upload, parts: readonly UploadedPart[], body: Buffer): Checksum | undefined {
  if (!checksum) return undefined;
  if (checksum.type === 'FULL_OBJECT') return checksumOf(checksum.algorithm, body);
  return compositeChecksum(
    checksum.algorithm,
    parts.map((part) => part.checksum ?? ''),
  );
}

function invalidPart(number: number): AwsError {
  const message = `One or more of the specified parts could not be found, or its entity tag or checksum differs: ${number}`;
  return new AwsError(400, 'InvalidPart', message);
}
