import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pipeline } from '../../functions/pipeline.ts';
import { archiveSeries, compactionSeries, metricSeries, seriesCount } from '../../infra/metric-series.ts';
import { definition } from '../support/definitions.ts';

const functions = resolve(import.meta.dirname, '../../functions');

/** Names of metrics in the sources: what stands first in `count`, `duration` or `gauge`, or before a tally's figure. */
function emitted(): Set<string> {
  const names = new Set<string>();
  for (const file of globSync('**/*.ts', { cwd: functions })) {
    const text = readFileSync(join(functions, file), 'utf8');
    for (const [, first = ''] of text.matchAll(/\.(?:count|duration|gauge)\(\s*([^,]+),/g)) {
      for (const [, name = ''] of first.matchAll(/'([A-Z]\w+)'/g)) names.add(name);
    }
    for (const [, name = ''] of text.matchAll(/^ {4}([A-Z]\w+): (?:tally\.|problems\.)/gm)) names.add(name);
  }
  return names;
}

describe('the list of metrics', () => {
  test('has every metric that the functions emit', () => {
    const known = new Set([...metricSeries, ...archiveSeries, ...compactionSeries].map(({ metric }) => metric));
    expect([...emitted()].filter((name) => !known.has(name))).toEqual([]);
  });

  test('names each once', () => {
    const names = [...metricSeries, ...archiveSeries, ...compactionSeries].map(({ metric }) => metric);
    expect(names.length).toBe(new Set(names).size);
  });
});

describe('the number of series', () => {
  test('is bounded for our own pipeline', () => {
    const { usual, most } = seriesCount(pipeline);
    expect(usual).toBeLessThan(140);
    expect(most).toBeLessThan(1_000);
  });

  test('grows with sources and consumers, not with what they send', () => {
    const base = definition();
    const { github, orders } = { ...base.sources, ...base.consumers };
    const more = { ...base, sources: { ...base.sources, third: github } } as typeof base;
    expect(seriesCount(more).usual - seriesCount(base).usual).toBe(4);
    const another = { ...base, consumers: { ...base.consumers, third: orders } } as typeof base;
    expect(seriesCount(another).usual - seriesCount(base).usual).toBe(8);
  });
});
