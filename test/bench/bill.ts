import { dollarsFor, type Price, prices } from '../../infra/prices.ts';
import type { CostCounts } from './cost.ts';

/** Dollars that a million events of 4 KB for one consumer may cost, logs and what is kept beyond a month left aside. */
export const billLimits = { onDemand: 3.7, provisioned: 3 } as const;

/**
 * What no machine but AWS's can tell: for how long each invocation is billed. FACTS gives 0.17 dollars a million for the
 * receiver's compute and 0.06 for the consumer's function, its invocations included; these are the durations that make
 * those figures. The archiver's is assumed: 5 MB of lines a second at 512 MB, and 200 ms to store them. The compactor's
 * is the speed that it reckons with itself. Handlers that do something are billed for that on top.
 */
export const assumed = {
  receiver: { milliseconds: 12.75, memoryMb: 1_024 },
  consumer: { milliseconds: 120, memoryMb: 256 },
  archiver: { bytesPerMs: 5_000, storeMs: 200, memoryMb: 512 },
  compactor: { bytesPerMs: 1_000, memoryMb: 1_024 },
} as const;

/** Of a provisioned ledger's capacity, by the definition's default. */
const utilization = 0.7;
const gigabyte = 1e9;
/** Months that the ledger remembers an event, and what the archive's defaults come to in each class. */
const months = { ledger: 2, logs: 1, infrequentAccess: 5, glacier: 185 / 30, noncurrent: 1 } as const;
/** Metadata of each event in CloudWatch Logs. Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
const logLineBytes = 26;

/** A line of the bill: dollars for a million events, and how they came about. */
export interface BillLine {
  readonly name: string;
  readonly onDemand: number;
  readonly provisioned: number;
  readonly by: 'counted' | 'assumed' | 'formula';
}

/** What a million events cost. */
export interface Bill {
  /** To be taken, handled and archived for a month. */
  readonly lines: readonly BillLine[];
  readonly total: { readonly onDemand: number; readonly provisioned: number };
  readonly logs: BillLine;
  /** To be kept for as long as the defaults say; no part of the total. */
  readonly kept: readonly BillLine[];
}

/** Whether the totals keep to their limits. */
export interface BillVerdict {
  readonly onDemand: boolean;
  readonly provisioned: boolean;
}

export function verdictOnBill({ total }: Bill): BillVerdict {
  return {
    onDemand: total.onDemand <= billLimits.onDemand,
    provisioned: total.provisioned <= billLimits.provisioned,
  };
}

/** Prices what was counted. */
export function billOf(counts: CostCounts): Bill {
  const { events, invocations, compaction } = counts;
  /** For a million events. */
  const of = (quantity: number, price: Price): number => dollarsFor((quantity / events) * 1e6, price);
  const units = unitsOf(counts.requests);
  const merging = unitsOf(compaction);
  const compute = (milliseconds: number, memoryMb: number): number =>
    of((milliseconds / 1_000) * (memoryMb / 1_024), prices.lambdaArm);
  const line = (name: string, dollars: number, by: BillLine['by'] = 'counted'): BillLine => {
    return { name, onDemand: dollars, provisioned: dollars, by };
  };
  const { receiver, consumer, archiver, compactor } = assumed;
  const writes = units(/^dynamodb\.(Update|Put|Delete)Item$/);
  const reads = units(/^dynamodb\.(GetItem|Query)$/);
  const capacityHours = (unitsUsed: number): number => unitsUsed / 3_600 / utilization;
  const sends = units(/^sqs\.SendMessage/);
  const rest = units(/^sqs\./) - sends;
  const archiving = counts.lineBytes / archiver.bytesPerMs + invocations.archiver * archiver.storeMs;
  const lines: BillLine[] = [
    line('HTTP API', of(events, prices.httpApi), 'formula'),
    line('receiver, invocations', of(invocations.receiver, prices.lambdaRequest)),
    line('receiver, compute', compute(invocations.receiver * receiver.milliseconds, receiver.memoryMb), 'assumed'),
    line('SQS, sends', of(sends, prices.sqsStandard)),
    line('SQS, receives and deletes', of(rest, prices.sqsStandard)),
    line('consumer, invocations', of(invocations.consumer, prices.lambdaRequest)),
    line('consumer, compute', compute(invocations.consumer * consumer.milliseconds, consumer.memoryMb), 'assumed'),
    {
      name: 'ledger',
      onDemand: of(writes, prices.dynamodbWrite) + of(reads, prices.dynamodbRead),
      provisioned:
        of(capacityHours(writes), prices.dynamodbWriteHour) + of(capacityHours(reads), prices.dynamodbReadHour),
      by: 'counted',
    },
    line('archiver, invocations', of(invocations.archiver, prices.lambdaRequest)),
    line('archiver, compute', compute(archiving, archiver.memoryMb), 'assumed'),
    line('archiver, PUTs', of(units(/^s3\.PutObject$/), prices.s3Put)),
    line('compactor, compute', compute(counts.before.bytes / compactor.bytesPerMs, compactor.memoryMb), 'assumed'),
    line(
      'compactor, requests',
      of(merging(/^s3\.(PutObject|ListObjects)/), prices.s3Put) + of(merging(/^s3\.GetObject$/), prices.s3Get),
    ),
    line('archive, a month in S3 Standard', of(counts.keptBytes / gigabyte, prices.s3Standard)),
  ];
  const logBytes = counts.logs.bytes + counts.logs.lines * logLineBytes;
  return {
    lines,
    total: { onDemand: sumOf(lines, 'onDemand'), provisioned: sumOf(lines, 'provisioned') },
    logs: line('logs, taken in', of(logBytes / gigabyte, prices.logs)),
    kept: keptOf(counts, of, line),
  };
}

function keptOf(
  counts: CostCounts,
  of: (quantity: number, price: Price) => number,
  line: (name: string, dollars: number, by?: BillLine['by']) => BillLine,
): readonly BillLine[] {
  const { events, before, after, keptBytes, ledgerBytes, logs } = counts;
  const ledger = ((events * ledgerBytes) / gigabyte) * months.ledger;
  const archive = keptBytes / gigabyte;
  return [
    line('logs, a month', of((logs.bytes / gigabyte) * months.logs, prices.logStorage), 'formula'),
    line('ledger, records for 60 days', of(ledger, prices.dynamodbStorage), 'formula'),
    line('ledger, their point-in-time recovery', of(ledger, prices.dynamodbRecovery), 'formula'),
    line(
      'archive, what compaction replaced, 30 days',
      of((before.bytes / gigabyte) * months.noncurrent, prices.s3Standard),
      'formula',
    ),
    line(
      'archive, until it expires after a year',
      of(archive * months.infrequentAccess, prices.s3InfrequentAccess) +
        of(archive * months.glacier, prices.s3Glacier) +
        of(after.objects, prices.s3ToInfrequentAccess) +
        of(after.objects, prices.s3ToGlacier),
      'formula',
    ),
  ];
}

const sumOf = (lines: readonly BillLine[], ledger: 'onDemand' | 'provisioned'): number =>
  lines.reduce((sum, line) => sum + line[ledger], 0);

function unitsOf(requests: CostCounts['requests']) {
  return (pattern: RegExp): number =>
    Object.entries(requests).reduce((sum, [action, { units }]) => sum + (pattern.test(action) ? units : 0), 0);
}
