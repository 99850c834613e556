import { dollarsFor, prices, pricesOf } from '../../infra/prices.ts';
import { type Bill, type BillLine, type BillVerdict, billLimits } from './bill.ts';
import { aligned, mark } from './columns.ts';
import type { CostCounts } from './cost.ts';

/** What was counted, and what it costs. */
export interface CostFigures {
  readonly counts: CostCounts;
  readonly bill: Bill;
  readonly verdict: BillVerdict;
}

const unverified = Object.values(prices).filter(({ standing }) => standing === 'unverified').length;

/** The cost of a million events, for people. */
export function billTable({ counts, bill, verdict }: CostFigures): string[] {
  const { lines, total, logs, kept } = bill;
  const row = ({ name, onDemand, provisioned, by }: Omit<BillLine, 'by'> & { by: string }) => [
    name,
    onDemand.toFixed(3),
    provisioned.toFixed(3),
    by,
  ];
  const limits =
    `${mark(verdict.onDemand)} at most ${billLimits.onDemand.toFixed(2)} on demand  ` +
    `${mark(verdict.provisioned)} at most ${billLimits.provisioned.toFixed(2)} provisioned`;
  const all = (ledger: 'onDemand' | 'provisioned'): number =>
    [logs, ...kept].reduce((sum, line) => sum + line[ledger], total[ledger]);
  return [
    ...archiveOf(counts),
    '',
    ...aligned([
      ['cost of a million events, dollars', 'ledger on demand', 'provisioned at 70 %', ''],
      ...lines.map(row),
      row({ name: 'total without logs', ...total, by: '' }),
      row(logs),
      ...kept.map(row),
      row({
        name: 'with logs, and kept to its end',
        onDemand: all('onDemand'),
        provisioned: all('provisioned'),
        by: '',
      }),
    ]),
    limits,
    `List prices us-east-1 of ${pricesOf}, ${unverified} of ${Object.keys(prices).length} unverified (infra/prices.ts); ` +
      'counted on the embedded runtime, but API Gateway’s requests and what is kept, which follow from a formula, and ' +
      'billed milliseconds, which are assumed (test/bench/bill.ts).',
    `Receives and batches are full, as under load; where events trickle in one by one, SQS and the consumer cost more. ` +
      `A millisecond more of the receiver costs ${dollarsFor(1e3, prices.lambdaArm).toFixed(3)}.`,
    'Not in it, since it goes by the month and not by the event: secrets, schedules, idle polling, and watching (`--only monitoring`).',
  ];
}

function archiveOf({ events, hours, requests, lineBytes, before, after, invocations, logs }: CostCounts): string[] {
  const puts = requests['s3.PutObject']?.units ?? 0;
  return aligned([
    [`archive of ${events} events of 4 KB`, '', ''],
    ['gzip ratio, as written', (lineBytes / before.bytes).toFixed(2), ''],
    ['gzip ratio, compacted', (lineBytes / after.bytes).toFixed(2), ''],
    ['PUTs for a thousand events', ((puts / events) * 1_000).toFixed(2), ''],
    ['objects an hour before compaction', (before.objects / hours).toFixed(1), ''],
    ['objects an hour after it', (after.objects / hours).toFixed(1), ''],
    ['events in a batch, consumer', (events / invocations.consumer).toFixed(1), ''],
    ['events in a batch, archiver', (events / invocations.archiver).toFixed(0), ''],
    ['log bytes of an event', (logs.bytes / events).toFixed(0), `in ${(logs.lines / events).toFixed(2)} lines`],
  ]);
}
