import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Heap } from '../../../../../infra/local/aws/sqs/heap.ts';

const step = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), item: fc.nat(20), key: fc.integer({ min: 0, max: 9 }) }),
  fc.record({ kind: fc.constant('delete' as const), item: fc.nat(20) }),
);

test('the heap always shows the item with the smallest key, the one that was put first among equals', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const heap = new Heap<number>();
      const model = new Map<number, number>();
      for (const each of steps) {
        model.delete(each.item);
        if (each.kind === 'set') {
          model.set(each.item, each.key);
          heap.set(each.item, each.key);
        } else {
          heap.delete(each.item);
        }
        const sorted = [...model].toSorted((a, b) => a[1] - b[1]);
        expect([heap.peek(), heap.peekKey(), heap.size]).toEqual([sorted[0]?.[0], sorted[0]?.[1], model.size]);
      }
      const drained: (number | undefined)[] = [];
      while (heap.size > 0) {
        const item = heap.peek();
        drained.push(item);
        if (item !== undefined) heap.delete(item);
      }
      expect(drained).toEqual([...model].toSorted((a, b) => a[1] - b[1]).map(([item]) => item));
    }),
  );
});
