import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { AwsError } from '../../service.ts';
import { crc32c, crc64nvme } from './crc.ts';
import { notImplemented } from './route.ts';

/** Checksums that S3 keeps beside an object, by the name that they have in headers. */
const algorithms = {
  crc32: (bytes: Uint8Array) => uint32(crc32(bytes)),
  crc32c: (bytes: Uint8Array) => uint32(crc32c(bytes)),
  crc64nvme: (bytes: Uint8Array) => uint64(crc64nvme(bytes)),
  sha1: (bytes: Uint8Array) => createHash('sha1').update(bytes).digest(),
  sha256: (bytes: Uint8Array) => createHash('sha256').update(bytes).digest(),
} as const;

export type ChecksumAlgorithm = keyof typeof algorithms;

/** How a multipart object's checksum was made: over the object, or over its parts' checksums. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/** An object's checksum as S3 writes it: base64, and behind a composite one the number of parts. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: string;
  readonly type: ChecksumType;
}

/** Element and header names: `ChecksumCRC32`, `x-amz-checksum-crc32`. */
export function checksumElement(algorithm: ChecksumAlgorithm): string {
  return `Checksum${algorithm.toUpperCase()}`;
}
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm}`;
}

/** An algorithm by the name that the API gives it, such as `CRC32`. @throws AwsError 501 for one that we do not have. */
export function checksumAlgorithm(name: string): ChecksumAlgorithm {
  const algorithm = name.toLowerCase();
  if (!Object.hasOwn(algorithms, algorithm)) throw notImplemented(`checksum algorithm ${name}`);
  return algorithm as ChecksumAlgorithm;
}

export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Checksum {
  return { algorithm, value: algorithms[algorithm](bytes).toString('base64'), type: 'FULL_OBJECT' };
}

/** The checksum of a multipart object whose parts have these. */
export function compositeChecksum(algorithm: ChecksumAlgorithm, parts: readonly string[]): Checksum {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')));
  return { algorithm, value: `${checksumOf(algorithm, bytes).value}-${parts.length}`, type: 'COMPOSITE' };
}

/**
 * Proves a body against every digest that came with it, and answers the checksum to keep.
 *
 * @throws AwsError BadDigest, InvalidDigest or XAmzContentSHA256Mismatch.
 */
export function verifyBody(headers: Readonly<Record<string, string>>, body: Uint8Array): Checksum | undefined {
  const md5 = headers['content-md5'];
  if (md5 !== undefined) {
    if (Buffer.from(md5, 'base64').length !== 16) {
      throw new AwsError(400, 'InvalidDigest', 'The Content-MD5 you specified was invalid.');
    }
    if (createHash('md5').update(body).digest('base64') !== md5) throw badDigest('Content-MD5');
  }
  const sha256 = headers['x-amz-content-sha256'] ?? '';
  if (/^[\da-f]{64}$/.test(sha256) && createHash('sha256').update(body).digest('hex') !== sha256) {
    const message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
    throw new AwsError(400, 'XAmzContentSHA256Mismatch', message);
  }
  const sent = digestHeaders(headers);
  const [header] = sent;
  if (sent.length > 1) throw new AwsError(400, 'InvalidRequest', 'Expecting a single x-amz-checksum- header');
  if (header === undefined) return undefined;
  const computed = checksumOf(checksumAlgorithm(header.slice('x-amz-checksum-'.length)), body);
  if (computed.value !== headers[header]) throw badDigest(computed.algorithm.toUpperCase());
  return computed;
}

/** The headers that bring a checksum of the body. */
export function digestHeaders(headers: Readonly<Record<string, string>>): string[] {
  return Object.keys(headers).filter((name) => /^x-amz-checksum-(?!type$|algorithm$|mode$)/.test(name));
}

function badDigest(what: string): AwsError {
  return new AwsError(400, 'BadDigest', `The ${what} you specified did not match the calculated checksum.`);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}
