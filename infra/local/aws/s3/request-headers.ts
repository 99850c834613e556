import { notImplemented } from './route.ts';

/** `x-amz-` headers that say how a request was sent, or that some action here follows. */
const understood = [
  /^x-amz-(date|security-token|user-agent|content-sha256|decoded-content-length|trailer|expected-bucket-owner)$/,
  /^x-amz-(sdk-checksum-algorithm|checksum-.*|meta-.*|tagging|tagging-directive|metadata-directive)$/,
  /^x-amz-(storage-class|object-lock-mode|object-lock-retain-until-date|bypass-governance-retention)$/,
  /^x-amz-optional-object-attributes$/,
  /^x-amz-copy-source(-if-(none-)?match|-if-(un)?modified-since)?$/,
];

/** Headers that state no more than what is so in any case. */
const granted: Readonly<Record<string, readonly string[]>> = {
  'x-amz-server-side-encryption': ['AES256'],
  'x-amz-acl': ['private', 'bucket-owner-full-control'],
  'x-amz-request-payer': ['requester'],
  'x-amz-object-ownership': ['BucketOwnerEnforced'],
};

/** @throws AwsError 501 naming the first header that asks for something which is not done here. */
export function checkRequestHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('x-amz-') || understood.some((pattern) => pattern.test(name))) continue;
    if (!granted[name]?.includes(value)) throw notImplemented(`${name}: ${value}`);
  }
}
