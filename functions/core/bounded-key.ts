import { createHash } from 'node:crypto';

/** Longer keys travel, and are kept, as their digest. In characters. */
const longestKey = 256;

/** A key as we keep it: as it is, or the SHA-256 of what is too long. */
export function boundedKey(key: string): string {
  const wellFormed = key.toWellFormed();
  return wellFormed.length <= longestKey ? wellFormed : digest(wellFormed);
}

/** Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const groupPattern = /^[!-~]{1,128}$/;

/** A key as SQS takes it for a message group: as it is, or its SHA-256. */
export function groupOf(key: string): string {
  return groupPattern.test(key) ? key : digest(key);
}

function digest(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
