import { AwsError } from '../../service.ts';
import { isSendersFault, queryCodeOf, sqsError } from './errors.ts';
import type { Input } from './input.ts';

const mostEntries = 10;

/**
 * The entries of a batch.
 *
 * @throws AwsError for the whole batch: EmptyBatchRequest, TooManyEntriesInBatchRequest, InvalidBatchEntryId or
 * BatchEntryIdsNotDistinct.
 */
export function entriesOf(input: Input, kind: string): readonly Input[] {
  const entries = input.inputs('Entries');
  if (entries.length === 0) {
    throw sqsError('EmptyBatchRequest', `There should be at least one ${kind} in the request.`);
  }
  if (entries.length > mostEntries) {
    const message = `Maximum number of entries per request are ${mostEntries}. You have sent ${entries.length}.`;
    throw sqsError('TooManyEntriesInBatchRequest', message);
  }
  const ids = new Set<string>();
  for (const entry of entries) {
    const id = entry.optionalText('Id') ?? '';
    if (!/^[\w-]{1,80}$/.test(id)) {
      const rule = 'A batch entry id can only contain alphanumeric characters, hyphens and underscores.';
      throw sqsError('InvalidBatchEntryId', `${rule} It can be at most 80 letters long.`);
    }
    if (ids.has(id)) throw sqsError('BatchEntryIdsNotDistinct', `Id ${id} repeated.`);
    ids.add(id);
  }
  return entries;
}

interface FailedEntry {
  readonly Id: string;
  readonly Code: string;
  readonly Message: string;
  readonly SenderFault: boolean;
}

/** Does the same with each entry; one that fails does not touch the others. Only what there is is answered. */
export function eachEntry(
  entries: readonly Input[],
  act: (entry: Input) => object,
): { Successful?: object[]; Failed?: FailedEntry[] } {
  const successful: object[] = [];
  const failed: FailedEntry[] = [];
  for (const entry of entries) {
    const Id = entry.text('Id');
    try {
      successful.push({ Id, ...act(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      failed.push({ Id, Code: queryCodeOf(error), Message: error.message, SenderFault: isSendersFault(error) });
    }
  }
  return {
    ...(successful.length > 0 ? { Successful: successful } : {}),
    ...(failed.length > 0 ? { Failed: failed } : {}),
  };
}
