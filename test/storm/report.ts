import type { Bound } from './bounds.ts';
import { type Figures, type Rates, windowsSeconds } from './figures.ts';
import { pace } from './parts.ts';

/** Both storms in one table for each thing that is looked at. */
export function tablesOf(rows: Readonly<Record<string, Figures>>): string {
  const table = (
    head: readonly string[],
    cells: (figures: Figures) => readonly string[],
    foot: readonly (readonly string[])[] = [],
  ): string[] => aligned([head, ...Object.entries(rows).map(([name, figures]) => [name, ...cells(figures)]), ...foot]);
  const { ratePerSecond, burst } = pace;
  const most = windowsSeconds.map((seconds) => `in ${seconds} s`);
  const allowed = windowsSeconds.map((seconds) => String(ratePerSecond * seconds + burst));
  const filled = ({ most, excess }: Rates): string[] => [...most.map(String), signed(excess)];
  return [
    ...table(
      ['events', 'completed', 'dead', 'lost', 'seconds', 'attempts spent', 'on deferrals', 'deferrals'],
      ({ completed, dead, lost, seconds, attemptsSpent, attemptsOnDeferrals, deferrals }) => [
        ...[completed, dead, lost].map(String),
        seconds.toFixed(1),
        ...[attemptsSpent, attemptsOnDeferrals].map(String),
        reasons(deferrals),
      ],
    ),
    '',
    ...table(
      ['downstream', 'calls', 'an event', '429', '429 %', '503 and cut', 'doubled'],
      ({ calls, callsPerEvent, throttled, failed, doubled }) => [
        String(calls),
        callsPerEvent.toFixed(2),
        String(throttled),
        ((throttled / Math.max(1, calls)) * 100).toFixed(2),
        ...[failed, doubled].map(String),
      ],
    ),
    '',
    ...table(['most begun', ...most, 'above the pace'], ({ starts }) => filled(starts), [['the pace', ...allowed, '']]),
    '',
    ...table(['most arrived', ...most, 'above the pace'], ({ arrivals }) => filled(arrivals)),
    '',
    ...table(['wait, seconds', 'quiet, median', 'p95', 'noisy, median', 'p95'], ({ quiet, noisy }) =>
      [quiet.median, quiet.p95, noisy.median, noisy.p95].map((ms) => (ms / 1_000).toFixed(2)),
    ),
    '',
    ...table(
      ['AWS, an event', 'invocations', 'requests', 'SQS, 64 KB', 'write units', 'read units'],
      ({ perEvent: { invocations, awsRequests, sqsRequests, writeUnits, readUnits } }) =>
        [invocations, awsRequests, sqsRequests, writeUnits, readUnits].map((count) => count.toFixed(2)),
    ),
  ].join('\n');
}

/** Each bound with what came of it. */
export function verdictOf(bounds: readonly Bound[]): string {
  return aligned(
    bounds.map(({ promise, got, kept }) => [kept ? 'ok' : 'BROKEN', promise, got]),
    false,
  ).join('\n');
}

const signed = (value: number): string => `${value > 0 ? '+' : ''}${value.toFixed(1)}`;

function reasons(deferrals: ReadonlyMap<string, number>): string {
  return [...deferrals].map(([reason, count]) => `${reason} ${count}`).join(', ') || 'none';
}

/** Columns as wide as their widest cell: the first to the left, the others as asked. */
function aligned(rows: readonly (readonly string[])[], right = true): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, at) => (right && at > 0 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
