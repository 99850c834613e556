import type { AwsResponse } from '../../service.ts';
import { bucketOf, fieldsOf, malformedXml, type S3Call, xmlOf, xmlResponse } from './call.ts';
import { verifyBody } from './checksums.ts';
import { notImplemented } from './route.ts';

/** Deletes up to 1,000 keys; a key that is not there counts as deleted. */
export function deleteObjects(call: S3Call): AwsResponse {
  const bucket = bucketOf(call);
  verifyBody(call.request.headers, call.request.body);
  const root = xmlOf(call.request.body, 'Delete');
  const quiet = root.children.some(({ name, text }) => name === 'Quiet' && text.trim() === 'true');
  const keys = root.children
    .filter(({ name }) => name !== 'Quiet')
    .map((child) => {
      if (child.name !== 'Object') throw malformedXml(`unexpected ${child.name} in Delete`);
      const { Key, ...others } = fieldsOf(child, ['Key', 'VersionId', 'ETag', 'LastModifiedTime', 'Size']);
      const [other] = Object.keys(others);
      if (other !== undefined) throw notImplemented(`DeleteObjects with ${other}`);
      if (!Key) throw malformedXml('an Object without a Key');
      return Key;
    });
  if (keys.length < 1 || keys.length > 1000) throw malformedXml(`expected 1 to 1000 objects, got ${keys.length}`);
  for (const key of keys) bucket.delete(key);
  return xmlResponse('DeleteResult', quiet ? {} : { Deleted: keys.map((Key) => ({ Key })) });
}
