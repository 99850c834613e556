import { AwsError, type AwsResponse } from '../../service.ts';
import type { XmlChildren } from '../xml.ts';
import type { Bucket } from './bucket.ts';
import { bucketOf, fieldsOf, malformedXml, type S3Call, xmlOf, xmlResponse } from './call.ts';
import { verifyBody } from './checksums.ts';
import { deleteOne } from './delete-object.ts';
import { notImplemented } from './route.ts';
import { idOf } from './version-asked.ts';

interface Named {
  readonly key: string;
  readonly versionId: string | undefined;
}

/** Deletes up to 1,000 keys or versions; what is not there counts as deleted, and one that is locked stops no other. */
export function deleteObjects(call: S3Call): AwsResponse {
  const bucket = bucketOf(call);
  verifyBody(call.request.headers, call.request.body);
  const root = xmlOf(call.request.body, 'Delete');
  const quiet = root.children.some(({ name, text }) => name === 'Quiet' && text.trim() === 'true');
  const named = root.children
    .filter(({ name }) => name !== 'Quiet')
    .map((child): Named => {
      if (child.name !== 'Object') throw malformedXml(`unexpected ${child.name} in Delete`);
      const { Key, VersionId, ...others } = fieldsOf(child, ['Key', 'VersionId', 'ETag', 'LastModifiedTime', 'Size']);
      const [other] = Object.keys(others);
      if (other !== undefined) throw notImplemented(`DeleteObjects with ${other}`);
      if (!Key) throw malformedXml('an Object without a Key');
      return { key: Key, versionId: VersionId };
    });
  if (named.length < 1 || named.length > 1000) throw malformedXml(`expected 1 to 1000 objects, got ${named.length}`);
  const outcomes = named.map((one) => outcomeOf(call, bucket, one));
  return xmlResponse('DeleteResult', {
    Deleted: quiet ? [] : outcomes.filter((told) => told.Code === undefined),
    Error: outcomes.filter((told) => told.Code !== undefined),
  });
}

/** What is told of one of them; with a `Code` where it failed. */
function outcomeOf(call: S3Call, bucket: Bucket, one: Named): XmlChildren {
  const named = { Key: one.key, VersionId: one.versionId };
  try {
    const marker = deleteOne(call, bucket, one);
    return { ...named, ...(marker && { DeleteMarker: true, DeleteMarkerVersionId: idOf(marker) }) };
  } catch (thrown) {
    if (!(thrown instanceof AwsError)) throw thrown;
    return { ...named, Code: thrown.code, Message: thrown.message };
  }
}
