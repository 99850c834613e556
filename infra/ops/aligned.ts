/** Rows as lines, their columns aligned; the last column is as wide as it is. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of cells)
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** A text in one line. Reasons are written by handlers, and types by platforms: neither may write control sequences to a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Z}]+/gu, ' ');
}
