import { expect, test } from 'vitest';
import { Closers } from '../../../infra/local/closers.ts';

test('closes in the opposite order, once, whatever of it fails', async () => {
  const closed: string[] = [];
  const closers = new Closers();
  closers.add(() => void closed.push('first'));
  closers.add(async () => {
    closed.push('second');
    throw new Error('stuck');
  });
  closers.add(async () => void closed.push('third'));
  await expect(closers.close()).rejects.toThrow('stuck');
  await expect(closers.close()).rejects.toThrow('stuck');
  expect(closed).toEqual(['third', 'second', 'first']);
});
