import { expect, test } from 'vitest';
import { bulkheadOf } from '../../../functions/consume/bulkhead.ts';

/** Work that ends when the test says so, and tells what has begun. */
function workshop() {
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  return {
    begun,
    work: (name: string) => () => {
      begun.push(name);
      const end = Promise.withResolvers<string>();
      ends.set(name, end);
      return end.promise;
    },
    end: (name: string) => ends.get(name)?.resolve(`${name} is done`),
    fail: (name: string, error: unknown) => ends.get(name)?.reject(error),
  };
}

/** Lets everything happen that waits for nothing else. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('runs so many pieces of work side by side, and the others as soon as there is room, first come, first served', async () => {
  const { begun, work, end } = workshop();
  const within = bulkheadOf(2);
  const all = ['a', 'b', 'c', 'd', 'e'].map((name) => within(work(name)));
  await settled();
  expect(begun).toEqual(['a', 'b']);
  end('b');
  await settled();
  expect(begun).toEqual(['a', 'b', 'c']);
  end('a');
  end('c');
  await settled();
  expect(begun).toEqual(['a', 'b', 'c', 'd', 'e']);
  end('d');
  end('e');
  expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => `${name} is done`));
});

test('lets nobody overtake those who wait', async () => {
  const { begun, work, end } = workshop();
  const within = bulkheadOf(1);
  const first = within(work('first'));
  const second = within(work('second'));
  end('first');
  // Asked for in the very moment in which room becomes free.
  const third = first.then(() => within(work('third')));
  await settled();
  expect(begun).toEqual(['first', 'second']);
  end('second');
  await settled();
  end('third');
  await Promise.all([second, third]);
});

test('passes errors through unchanged and gives their room to the next', async () => {
  const { begun, work, end, fail } = workshop();
  const within = bulkheadOf(1);
  const error = new Error('no');
  const failing = within(work('failing'));
  const throwing = within(() => {
    throw error;
  });
  const last = within(work('last'));
  fail('failing', error);
  await expect(failing).rejects.toBe(error);
  await expect(throwing).rejects.toBe(error);
  await settled();
  expect(begun).toEqual(['failing', 'last']);
  end('last');
  expect(await last).toBe('last is done');
});

test('has as much room after a rush as before', async () => {
  const within = bulkheadOf(3);
  let running = 0;
  let most = 0;
  const rush = () =>
    Promise.all(
      Array.from({ length: 20 }, () =>
        within(async () => {
          running += 1;
          most = Math.max(most, running);
          await settled();
          running -= 1;
        }),
      ),
    );
  await rush();
  expect(most).toBe(3);
  most = 0;
  await rush();
  expect(most).toBe(3);
});
