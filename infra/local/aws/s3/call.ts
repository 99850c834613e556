import type { Buffer } from 'node:buffer';
import { AwsError, type AwsRequest, type AwsResponse } from '../../service.ts';
import { parseXml, type XmlContent, type XmlElement, type XmlSequence, xmlDocument } from '../xml.ts';
import type { Bucket } from './bucket.ts';
import type { Buckets } from './buckets.ts';
import type { Upload } from './upload.ts';

/** One request to S3 and what it may touch. */
export interface S3Call {
  readonly request: AwsRequest;
  readonly bucketName: string;
  readonly key: string;
  readonly buckets: Buckets;
  /** Multipart uploads under way, by id. They live in memory and end with the process. */
  readonly uploads: Map<string, Upload>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The bucket that a call is about. @throws AwsError NoSuchBucket. */
export function bucketOf({ buckets, bucketName }: Pick<S3Call, 'buckets' | 'bucketName'>): Bucket {
  const bucket = buckets.get(bucketName);
  if (!bucket) throw new AwsError(404, 'NoSuchBucket', `The specified bucket does not exist: ${bucketName}`);
  return bucket;
}

export function noSuchKey(key: string): AwsError {
  return new AwsError(404, 'NoSuchKey', `The specified key does not exist: ${key}`);
}

/** An answer in S3's XML. */
export function xmlResponse(name: string, content: XmlContent | XmlSequence): AwsResponse {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: xmlDocument(name, content, 'http://s3.amazonaws.com/doc/2006-03-01/'),
  };
}

/** The root of a request's body. @throws AwsError MalformedXML where it is not the XML that was expected. */
export function xmlOf(body: Buffer, root: string): XmlElement {
  let element: XmlElement;
  try {
    element = parseXml(body.toString('utf8'));
  } catch (cause) {
    throw malformedXml(cause instanceof Error ? cause.message : String(cause));
  }
  if (element.name !== root) throw malformedXml(`expected ${root}, got ${element.name}`);
  return element;
}

/** The texts of an element's children, by name; each may come once. */
export function fieldsOf<Name extends string>(
  element: XmlElement,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const fields: Partial<Record<Name, string>> = {};
  for (const { name, text } of element.children) {
    const known = names.find((candidate) => candidate === name);
    if (known === undefined || fields[known] !== undefined) throw malformedXml(`unexpected ${name} in ${element.name}`);
    fields[known] = text;
  }
  return fields;
}

export function malformedXml(why: string): AwsError {
  return new AwsError(400, 'MalformedXML', `The XML you provided was not well-formed or did not validate: ${why}`);
}

export function invalidArgument(message: string): AwsError {
  return new AwsError(400, 'InvalidArgument', message);
}
