import type { Outcome } from './run.ts';

const head = ['fault', 'alarm', 'rang after', 'silent after', 'notice by', 'held back'];

/** What was drilled, an alarm a line: when it rang and when it was silent again, in minutes, who told of it and who did not. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const rows = outcomes.flatMap(({ drill, rang }) => {
    const { fault, byFigure, notices, held = [] } = drill;
    const figure = byFigure ? ` (by figure: ${byFigure})` : '';
    return rang.map(({ alarm, firedAfter, clearedAfter }, n) => [
      n === 0 ? fault + figure : '',
      alarm,
      firedAfter.toFixed(1),
      clearedAfter.toFixed(1),
      notices[n] ?? '',
      n === 0 ? held.join(', ') : '',
    ]);
  });
  return aligned([head, ...rows]);
}

/** How much of it has happened, and how much was only said to have. */
export function sumOf(outcomes: readonly Outcome[]): string {
  const alarms = new Set(outcomes.flatMap(({ rang }) => rang.map(({ alarm }) => alarm)));
  const kinds = new Set([...alarms].map((alarm) => alarm.split(' ').at(-1)));
  const figures = outcomes.filter(({ drill }) => drill.byFigure).flatMap(({ drill }) => drill.fires);
  return `${alarms.size} alarms of ${kinds.size} kinds, by figure: ${figures.join(', ') || 'none'}`;
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
