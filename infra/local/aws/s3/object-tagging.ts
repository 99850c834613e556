import type { AwsResponse } from '../../service.ts';
import { bucketOf, fieldsOf, malformedXml, type S3Call, xmlOf, xmlResponse } from './call.ts';
import { verifyBody } from './checksums.ts';
import { checkedTags } from './object-headers.ts';
import { versionAsked, versionHeader } from './version-asked.ts';

export function getObjectTagging(call: S3Call): AwsResponse {
  const bucket = bucketOf(call);
  const record = versionAsked(call, bucket);
  const tags = Object.entries(record.tags).map(([Key, Value]) => ({ Key, Value }));
  const response = xmlResponse('Tagging', { TagSet: { Tag: tags } });
  return { ...response, headers: { ...response.headers, ...versionHeader(bucket, record) } };
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
  return { status: 200, headers: setTags(call, checkedTags(tags)) };
}

export function deleteObjectTagging(call: S3Call): AwsResponse {
  return { status: 204, headers: setTags(call, {}) };
}

/** Tags stand beside the object: its bytes, entity tag and date stay as they are, and it is no new version. */
function setTags(call: S3Call, tags: Record<string, string>): Record<string, string> {
  const bucket = bucketOf(call);
  const record = versionAsked(call, bucket);
  bucket.change(record, { tags });
  return versionHeader(bucket, record);
}
