import type { MonitoringBill } from '../../infra/monitoring-cost.ts';
import { pricesOf } from '../../infra/prices.ts';
import { aligned } from './columns.ts';
import type { MonitoringCost } from './monitoring-costs.ts';

/** What watching costs a month, for people: once as it is defined, once with less of it. */
export function monitoringTable(costs: readonly MonitoringCost[]): string[] {
  const headings = costs.map(
    ({ eventsPerSecond: rate }) => `${rate.toLocaleString('en-US')} event${rate === 1 ? '' : 's'}/s`,
  );
  return [
    ...billRows(
      ['watching, dollars a month', 'so many', ...headings],
      costs.map(({ asDefined }) => asDefined),
    ),
    '',
    ...billRows(
      ['without composite, routes, dashboard', 'so many', ...headings],
      costs.map(({ plain }) => plain),
    ),
    `List prices us-east-1 of ${pricesOf} (infra/prices.ts); of the templates, and of lines as long as the demo’s ` +
      '(infra/monitoring-cost.ts): nothing of it is measured here.',
  ];
}

function billRows(heading: readonly string[], bills: readonly MonitoringBill[]): string[] {
  const [first] = bills;
  const rows = (first?.lines ?? []).map(({ name, quantity }, index) => {
    // What grows with the rate has as many quantities as there are rates.
    const fixed = bills.every(({ lines }) => lines[index]?.quantity === quantity);
    return [
      name,
      fixed ? quantity.toLocaleString('en-US') : '',
      ...bills.map(({ lines }) => dollars(lines[index]?.dollars)),
    ];
  });
  return aligned([heading, ...rows, ['together', '', ...bills.map(({ total }) => dollars(total))]]);
}

const dollars = (figure = 0): string =>
  figure.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
