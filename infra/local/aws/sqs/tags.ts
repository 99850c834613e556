import { invalidParameter } from './errors.ts';

/** @throws AwsError InvalidParameterValueException. Source: API_TagQueue. */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(tags)) {
    if (key.length < 1 || key.length > 128) {
      throw invalidParameter(`Tag key must be 1 to 128 characters, got ${key.length}.`);
    }
    if (value.length > 256) throw invalidParameter(`Value of tag ${key} must be at most 256 characters.`);
  }
}
