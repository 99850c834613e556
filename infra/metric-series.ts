import { consumersOf, isArchived, isCompacted, type PipelineDefinition } from '../functions/core/definition.ts';

/** What a metric of ours has a series for. */
type Each = 'stage' | 'source' | 'consumer' | 'queue' | 'circuit';

/** A metric in Nerite's namespace, and its series. */
export interface SeriesOf {
  readonly metric: string;
  readonly each: Each;
  /** Reasons and the like that make series of their own, at most. @default 1 */
  readonly kinds?: number;
  /** Whether it is there all the time; otherwise only in the hours in which something happens. */
  readonly usual: boolean;
}

const usual = (each: Each, ...metrics: readonly string[]): readonly SeriesOf[] =>
  metrics.map((metric) => ({ metric, each, usual: true }));
const rare = (each: Each, kinds: number, ...metrics: readonly string[]): readonly SeriesOf[] =>
  metrics.map((metric) => ({ metric, each, kinds, usual: false }));

/** Every metric of ours. Dimensions are names and short reasons, never tenants, types or ids: so the series are bounded. */
export const metricSeries: readonly SeriesOf[] = [
  ...usual('source', 'Received', 'Enqueued', 'SecretMatched', 'Bytes'),
  ...rare('source', 1, 'Unrouted', 'Spooled', 'Unproved', 'Handshakes', 'BeyondQuota'),
  ...rare('source', 40, 'Refused'),
  ...usual('consumer', 'Attempts', 'Succeeded', 'Processed', 'HandlerDuration', 'ReceiptToCompletion'),
  ...rare('consumer', 3, 'Failed', 'SelectorFailed'),
  ...rare('consumer', 12, 'Deferred', 'DeadLettered'),
  ...rare('consumer', 1, 'Duplicates', 'StaleDuplicates', 'SuspectedReplays', 'Superseded', 'Erased', 'RunsAlone'),
  ...rare('queue', 2, 'Trouble'),
  ...rare('consumer', 1, 'ClockSkew', 'Paced', 'PaceWait', 'ConcurrencyLimit'),
  ...rare('circuit', 1, 'CircuitOpened', 'CircuitOpen', 'CircuitHalfOpen', 'CircuitClosed', 'CircuitProbeFailed'),
  ...usual('queue', 'Waiting', 'DeadLetters'),
  ...usual('consumer', 'OldestUnfinishedSeconds'),
  ...usual('circuit', 'CircuitState'),
  ...usual('stage', 'SpoolObjects', 'SpoolAgeSeconds'),
  ...rare('stage', 1, 'SpoolUnreadable', 'Swept', 'SweepFailed'),
];

/** Those of the archive. */
export const archiveSeries: readonly SeriesOf[] = [
  ...usual('stage', 'Archived', 'ArchiveObjects', 'ArchiveBytes', 'ArchiveLag'),
  ...rare('stage', 1, 'ArchiveUnreadable', 'ArchiveFailed'),
];

/** Those of compaction. */
export const compactionSeries: readonly SeriesOf[] = [
  ...usual('stage', 'ArchiveHoursCompacted', 'ArchiveObjectsAbsorbed', 'ArchiveObjectsMerged', 'ArchiveObjectsDeleted'),
  ...usual('stage', 'ArchiveBytesCompacted'),
  ...rare('stage', 1, 'ArchiveCompactionLost', 'ArchiveCompactionFailed', 'ArchiveCompactionUnfinished'),
  ...rare('stage', 1, 'ArchiveForeign'),
  ...rare('stage', 4, 'ArchiveDamaged'),
];

/** How many series a definition has: those that are always there, and those that there can be at most. */
export function seriesCount(definition: PipelineDefinition): { readonly usual: number; readonly most: number } {
  const consumers = consumersOf(definition);
  const archived = isArchived(definition);
  const numbers: Readonly<Record<Each, number>> = {
    stage: 1,
    source: Object.keys(definition.sources).length,
    consumer: consumers.length,
    queue: consumers.length + (archived ? 1 : 0),
    circuit: consumers.filter(({ circuit }) => circuit).length,
  };
  const all = [
    ...metricSeries,
    ...(archived ? archiveSeries : []),
    ...(isCompacted(definition) ? compactionSeries : []),
  ];
  const sum = (some: readonly SeriesOf[]): number =>
    some.reduce((total, { each, kinds = 1 }) => total + numbers[each] * kinds, 0);
  return { usual: sum(all.filter((series) => series.usual)), most: sum(all) };
}
