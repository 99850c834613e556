import type { AwsResponse } from '../../service.ts';
import { bucketOf, fieldsOf, malformedXml, noSuchKey, type S3Call, xmlOf, xmlResponse } from './call.ts';
import { verifyBody } from './checksums.ts';
import { checkedTags } from './object-headers.ts';

export function getObjectTagging(call: S3Call): AwsResponse {
  const record = bucketOf(call).record(call.key);
  if (!record) throw noSuchKey(call.key);
  const tags = Object.entries(record.tags).map(([Key, Value]) => ({ Key, Value }));
  return xmlResponse('Tagging', { TagSet: { Tag: tags } });
}

export function putObjectTagging(call: S3Call): AwsResponse {
  verifyBody(call.request.headers, call.request.body);
  const [set, ...others] = xmlOf(call.request.body, 'Tagging').children;
  if (set?.name !== 'TagSet' || others.length > 0) throw malformedXml('expected one TagSet in Tagging');
  const tags = set.children.map((tag) => {
    const { Key, Value } = fieldsOf(tag, ['Key', 'Value']);
    if (tag.name !== 'Tag' || Key === undefined || Value === undefined)
      throw malformedXml('expected Tags of Key and Value');
    return [Key, Value] as const;
  });
  setTags(call, checkedTags(tags));
  return { status: 200 };
}

export function deleteObjectTagging(call: S3Call): AwsResponse {
  setTags(call, {});
  return { status: 204 };
}

/** Tags stand beside the object: its bytes, entity tag and date stay as they are. */
function setTags(call: S3Call, tags: Record<string, string>): void {
  const bucket = bucketOf(call);
  const object = bucket.read(call.key);
  if (!object) throw noSuchKey(call.key);
  bucket.put({ ...object.record, tags }, object.body);
}
