import { describe, expect, test } from 'vitest';
import { copiesOf, shapeOf } from '../../../infra/ops/replay-selection.ts';
import { aMessage } from '../../support/messages.ts';

type Known = Parameters<typeof copiesOf>[1][number];

const record = (difference: Partial<Known> = {}): Known => ({
  run: 0,
  item: undefined,
  status: 'completed',
  attempts: 0,
  gen: 0,
  ...difference,
});
const failed = (difference: Partial<Known> = {}) => record({ status: 'waiting', attempts: 2, ...difference });
const dead = (difference: Partial<Known> = {}) => record({ status: 'dead', gen: 1, ...difference });

describe('missing', () => {
  test('is what has no record of the original run', () => {
    expect(copiesOf('missing', [], 'whole')).toEqual([{ run: 0, gen: 0 }]);
    expect(copiesOf('missing', [record({ run: 7 })], 'whole')).toEqual([{ run: 0, gen: 0 }]);
  });

  test.each(['claimed', 'waiting', 'completed', 'superseded', 'dying', 'dead'])('is not what is %s', (status) => {
    expect(copiesOf('missing', [record({ status })], 'whole')).toEqual([]);
  });

  test('of a list is the list as soon as one of its items has no record', () => {
    expect(copiesOf('missing', [record({ item: 0 }), record({ item: 2 })], { items: 3 })).toEqual([{ run: 0, gen: 0 }]);
    expect(
      copiesOf(
        'missing',
        [0, 1, 2].map((item) => record({ item })),
        { items: 3 },
      ),
    ).toEqual([]);
  });

  test('is not what was handled as a whole before it was split, or in items before it was not', () => {
    expect(copiesOf('missing', [record()], { items: 3 })).toEqual([]);
    expect(copiesOf('missing', [record({ item: 0 })], 'whole')).toEqual([]);
  });
});

describe('failed', () => {
  test('is what waits after an attempt, in its own generation', () => {
    expect(copiesOf('failed', [failed({ gen: 2 })], 'whole')).toEqual([{ run: 0, gen: 2 }]);
  });

  test('is not what was only deferred, nor what is done, dead or of another run', () => {
    for (const other of [record({ status: 'waiting' }), record({ attempts: 3 }), dead(), failed({ run: 3 })]) {
      expect(copiesOf('failed', [other], 'whole')).toEqual([]);
    }
    expect(copiesOf('failed', [], 'whole')).toEqual([]);
  });

  test('of a list is each item by itself, so that none meets the generation of another', () => {
    const records = [record({ item: 0 }), failed({ item: 1, gen: 2 }), dead({ item: 2 }), failed({ item: 3 })];
    expect(copiesOf('failed', records, { items: 4 })).toEqual([
      { run: 0, gen: 2, item: 1 },
      { run: 0, gen: 0, item: 3 },
    ]);
  });

  test('is no item that the list no longer has, nor what was not split then', () => {
    expect(copiesOf('failed', [failed({ item: 3 })], { items: 2 })).toEqual([]);
    expect(copiesOf('failed', [failed()], { items: 2 })).toEqual([]);
    expect(copiesOf('failed', [failed({ item: 0 })], 'whole')).toEqual([]);
  });
});

describe('dead', () => {
  test('is what was dead-lettered, with the generation that opens the next', () => {
    expect(copiesOf('dead', [dead({ gen: 3 })], 'whole')).toEqual([{ run: 0, gen: 3 }]);
    expect(copiesOf('dead', [record({ status: 'dying', gen: 1 })], 'whole')).toEqual([]);
  });

  test('of a list is each dead item by itself', () => {
    expect(copiesOf('dead', [dead({ item: 1, gen: 2 }), record({ item: 0 })], { items: 2 })).toEqual([
      { run: 0, gen: 2, item: 1 },
    ]);
  });

  test('is a list that could not be split, until one of its items has a record', () => {
    expect(copiesOf('dead', [dead()], { items: 2 })).toEqual([{ run: 0, gen: 1 }]);
    expect(copiesOf('dead', [dead(), record({ item: 0 })], { items: 2 })).toEqual([]);
  });
});

describe('an event that was erased', () => {
  test.each(['missing', 'failed', 'dead'] as const)('is never sent, by --only %s', (only) => {
    const erased = record({ status: 'erased' });
    expect(copiesOf(only, [erased], 'whole')).toEqual([]);
    expect(copiesOf(only, [erased, failed({ item: 0 }), dead({ item: 1 })], { items: 3 })).toEqual([]);
    expect(copiesOf(only, [record({ status: 'erased', item: 2 }), failed(), dead()], { items: 3 })).toEqual([]);
    expect(copiesOf(only, [record({ status: 'erased', run: 7 }), failed(), dead({ item: 1 })], 'whole')).toEqual([]);
  });
});

describe('the shape of an event', () => {
  const body = (value: unknown) => Buffer.from(JSON.stringify(value));
  const items = ({ data }: { data: unknown }) => (data as { items: unknown[] }).items;

  test('is that of its items where the consumer splits it', () => {
    expect(shapeOf({ items }, aMessage(), body({ items: [1, 2] }))).toEqual({ items: 2 });
  });

  test('is whole where it does not, or cannot, or there is nothing to split', () => {
    expect(shapeOf({ items: undefined }, aMessage(), body({ items: [1] }))).toBe('whole');
    expect(shapeOf({ items }, aMessage(), body({ items: [] }))).toBe('whole');
    expect(shapeOf({ items }, aMessage(), body({ items: 'none' }))).toBe('whole');
    expect(shapeOf({ items }, aMessage(), body(null))).toBe('whole');
  });
});
