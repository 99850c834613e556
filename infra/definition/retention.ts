import type { PipelineDefinition, RetentionDefinition } from '../../functions/core/definition.ts';
import { archiveDefaults } from './defaults.ts';

/**
 * Days that a dead-letter queue keeps a message, SQS's most. More than the queue's, since a message that SQS itself
 * moves to a standard queue keeps the time at which it was first sent.
 *
 * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
 */
export const deadLetterRetentionDays = 14;

/** When archived objects grow cold and expire, every default filled in. */
export interface ArchiveRetention {
  readonly days: Required<RetentionDefinition>;
  /** Each source's own, as soon as one has any; otherwise none. */
  readonly sources: Readonly<Record<string, Required<RetentionDefinition>>>;
}

/** Fills in the archive's defaults, and the general days for whatever a source does not say itself. */
export function archiveRetentionOf({
  sources,
  archive,
}: Pick<PipelineDefinition, 'sources' | 'archive'>): ArchiveRetention {
  const { sources: own = {}, ...general } = archive || {};
  const days = daysOf(general, archiveDefaults);
  const names = Object.keys(own).length > 0 ? Object.keys(sources) : [];
  return { days, sources: Object.fromEntries(names.map((name) => [name, daysOf(own[name] ?? {}, days)])) };
}

function daysOf(
  { infrequentAfterDays, glacierAfterDays, expireAfterDays }: RetentionDefinition,
  otherwise: Required<RetentionDefinition>,
): Required<RetentionDefinition> {
  return {
    infrequentAfterDays: infrequentAfterDays ?? otherwise.infrequentAfterDays,
    glacierAfterDays: glacierAfterDays ?? otherwise.glacierAfterDays,
    expireAfterDays: expireAfterDays ?? otherwise.expireAfterDays,
  };
}
