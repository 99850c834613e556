/** Columns two spaces apart; figures to the right, words to the left. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cell = (text: string, column: number): string => {
    const width = widths[column] ?? 0;
    return column === 0 || /^[✓✗]/.test(text) ? text.padEnd(width) : text.padStart(width);
  };
  return rows.map((row) => row.map(cell).join('  ').trimEnd());
}

/** Whether a limit holds, before the limit. */
export const mark = (holds: boolean): string => (holds ? '✓' : '✗');
