import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { alarmTable } from '../../../infra/definition/alarm-table.ts';

test('the README has the table of alarms, line by line', () => {
  const readme = readFileSync(resolve(import.meta.dirname, '../../../README.md'), 'utf8');
  expect(readme).toContain(alarmTable().join('\n'));
});
