import { PermanentError } from '../core/errors.ts';
import { inlineBytes } from '../core/message.ts';
import type { ObjectStore } from '../core/objects.ts';
import type { BodyOf } from './delivery.ts';

/** Reads bodies out of messages, or out of the bucket where they were too large for one. */
export function bodiesIn(bucket: ObjectStore): BodyOf {
  return async (message) => {
    if (!('dataref' in message)) return inlineBytes(message);
    try {
      return await bucket.get(message.dataref);
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') {
        throw new PermanentError(`body ${message.dataref} must be in the archive bucket, and is not there`, {
          cause: error,
        });
      }
      throw error;
    }
  };
}
