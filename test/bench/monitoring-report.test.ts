import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { MonitoringBill } from '../../infra/monitoring-cost.ts';
import { definition } from '../support/definitions.ts';
import { type MonitoringCost, monitoringCosts } from './monitoring-costs.ts';
import { monitoringTable } from './monitoring-report.ts';

const cellsOf = (row = ''): string[] => row.split(/ {2,}/);
const rowsOf = (name: string, costs: readonly MonitoringCost[]): string[][] =>
  monitoringTable(costs)
    .filter((row) => row.startsWith(`${name} `))
    .map(cellsOf);

/** A bill whose logs cost a dollar for each event a second. */
function bill(eventsPerSecond: number): MonitoringBill {
  const lines = [
    { name: 'alarms', quantity: 1_200, dollars: 120 },
    { name: 'logs', quantity: eventsPerSecond, dollars: eventsPerSecond },
  ];
  return { lines, total: 120 + eventsPerSecond };
}

describe('the table of what watching costs', () => {
  test('has a column for each rate, once as defined and once with less', () => {
    const costs = [1, 2_000].map((rate) => ({ eventsPerSecond: rate, asDefined: bill(rate), plain: bill(0) }));
    const [heading] = monitoringTable(costs);
    expect(cellsOf(heading)).toEqual(['watching, dollars a month', 'so many', '1 event/s', '2,000 events/s']);
    expect(rowsOf('alarms', costs)[0]).toEqual(['alarms', '1,200', '120.00', '120.00']);
    expect(rowsOf('together', costs)).toEqual([
      ['together', '121.00', '2,120.00'],
      ['together', '120.00', '120.00'],
    ]);
  });

  test('says how many there are only of what does not grow with the rate', () => {
    const costs = [1, 2].map((rate) => ({ eventsPerSecond: rate, asDefined: bill(rate), plain: bill(0) }));
    expect(rowsOf('logs', costs)).toEqual([
      ['logs', '1.00', '2.00'],
      ['logs', '0', '0.00', '0.00'],
    ]);
  });
});

describe('what watching our own pipeline costs', () => {
  const costs = monitoringCosts();

  test('is what the README says', () => {
    const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');
    const [asDefined = [], plain] = rowsOf('together', costs);
    expect(asDefined).toHaveLength(4);
    expect(readme).toContain(`| ${asDefined.join(' | ')} |`);
    const [saved] = costs.map(({ asDefined: all, plain: less }) => all.total - less.total);
    expect(readme).toContain(`it is ${saved?.toFixed(0)} dollars less, whatever the rate`);
    expect(plain).not.toEqual(asDefined);
  });

  test('is less without composite alarms, routes and a dashboard, and those alone', () => {
    for (const { asDefined, plain } of costs) {
      const gone = plain.lines.filter(({ dollars }) => dollars === 0).map(({ name }) => name);
      expect(gone).toEqual(['composite alarms', 'metrics of each route', 'dashboards']);
      expect(asDefined.lines.every(({ dollars }) => dollars > 0)).toBe(true);
    }
  });

  test('has neither alarms nor a dashboard where a definition wants none', () => {
    const [first] = monitoringCosts(definition({ alarms: false }));
    expect(first?.asDefined.lines.find(({ name }) => name.startsWith('alarms'))?.dollars).toBe(0);
    expect(first?.plain).toEqual(first?.asDefined);
  });
});
