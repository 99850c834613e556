import { describe, expect, test } from 'vitest';
import { telemetryTable } from './report.ts';

const always = (figure: number) => ({ median: figure, min: figure / 2, max: figure * 2 });

describe('the table of what metrics, logs and traces take', () => {
  test('has their milliseconds, those of all, and both shares with their spread', () => {
    const name = 'receiver, a webhook';
    const share = { name, alone: always(0.05), total: always(1.6), share: always(0.031), leftOut: always(0.06) };
    expect(telemetryTable([share]).map((row) => row.split(/ {2,}/))).toEqual([
      ['metrics, logs and traces, CPU, ms', 'alone', 'of', 'share', 'min–max', 'saved without', 'min–max'],
      [name, '0.050', '1.600', '3.1 %', '1.6 %–6.2 %', '6.0 %', '3.0 %–12.0 %'],
    ]);
  });
});
