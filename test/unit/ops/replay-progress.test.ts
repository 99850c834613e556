import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Progress, progressName } from '../../../infra/ops/replay-progress.ts';

const scratch = mkdtempSync(join(tmpdir(), 'progress-'));
afterAll(() => rmSync(scratch, { recursive: true }));

let files = 0;
const newPath = () => join(scratch, `progress-${files++}`);
const of = { only: 'missing', tenant: 'acme' };
const beginning = { run: 0, replay: 'first', startedAt: '2026-11-21T12:00:00.000Z' };

/** Opens, does something, and closes. */
function opened<Answer>(path: string, act: (progress: Progress) => Answer, difference: object = {}): Answer {
  const { fingerprint, repeatable, ...rest } = { fingerprint: of, repeatable: true, ...beginning, ...difference };
  const progress = Progress.open(path, fingerprint, rest, repeatable);
  try {
    return act(progress);
  } finally {
    progress.close();
  }
}

test('goes on with what it was begun with, and knows what is done', () => {
  const path = newPath();
  opened(path, (progress) => {
    expect(progress.before).toBeUndefined();
    progress.add(['e1', 'e2'], 3);
    progress.add([], 0);
    progress.add(['e3'], 1);
  });
  opened(
    path,
    (progress) => {
      expect(progress.beginning).toMatchObject(beginning);
      expect(progress.before).toEqual({ events: 3, sent: 4 });
      expect(['e1', 'e2', 'e3', 'e4'].map((id) => progress.has(id))).toEqual([true, true, true, false]);
      progress.add(['e4'], 1);
    },
    { run: 9, replay: 'second', startedAt: '2026-11-22T12:00:00.000Z' },
  );
  opened(path, (progress) => expect(progress.before).toEqual({ events: 4, sent: 5 }));
});

test('takes no account of a line that was cut short, wherever that was', () => {
  const path = newPath();
  opened(path, (progress) => progress.add(['e1'], 1));
  const whole = readFileSync(path).length;
  opened(path, (progress) => progress.add(['e2'], 1));
  const end = readFileSync(path).length;
  for (let length = end - 1; length >= whole; length -= 1) {
    truncateSync(path, length);
    opened(path, (progress) => expect([progress.has('e1'), progress.has('e2')]).toEqual([true, false]));
    // What was cut is gone, so that the next line does not stand behind it.
    expect(readFileSync(path).length).toBe(whole);
    opened(path, (progress) => progress.add(['e2'], 1));
  }
  opened(path, (progress) => expect(progress.before).toEqual({ events: 2, sent: 2 }));
});

test('refuses the file of another replay, and says what is different', () => {
  const path = newPath();
  opened(path, (progress) => progress.add(['e1'], 1));
  const before = readFileSync(path, 'utf8');
  expect(() => opened(path, () => undefined, { fingerprint: { only: 'missing', tenant: '', type: 'push' } })).toThrow(
    'must be of this replay, got one of another: tenant is acme there, type is not given there',
  );
  expect(readFileSync(path, 'utf8')).toBe(before);
});

test('refuses what is no progress file, and leaves it as it is', () => {
  for (const content of ['', 'precious', 'precious\n', '{"v":2}\n', '[]\n']) {
    const path = newPath();
    writeFileSync(path, content);
    expect(() => opened(path, () => undefined)).toThrow('--progress must be the file of a replay');
    expect(readFileSync(path, 'utf8')).toBe(content);
  }
  const path = newPath();
  opened(path, () => undefined);
  appendFileSync(path, 'damage\n{"done":[],"sent":0}\n');
  expect(() => opened(path, () => undefined)).toThrow('must be whole, got one that is damaged in line 2');
  expect(() => opened(scratch, () => undefined)).toThrow('--progress must be a file that can be read');
  expect(() => opened(join(scratch, 'nowhere/file'), () => undefined)).toThrow('must be a file that can be written');
});

test('begins anew where a replay has ended, if it may be repeated', () => {
  const path = newPath();
  opened(path, (progress) => {
    progress.add(['e1'], 2);
    progress.finish('2026-11-21T13:00:00.000Z');
  });
  expect(() => opened(path, () => undefined, { repeatable: false })).toThrow(
    'this replay ended at 2026-11-21T13:00:00.000Z (run 0, messages sent: 2)',
  );
  opened(
    path,
    (progress) => {
      expect(progress.before).toBeUndefined();
      expect(progress.has('e1')).toBe(false);
      expect(progress.beginning.replay).toBe('second');
    },
    { replay: 'second' },
  );
  expect(existsSync(`${path}.new`)).toBe(false);
});

test('is named after what the replay is about, whatever the order of that', () => {
  expect(progressName({ a: '1', b: '2' })).toBe(progressName({ b: '2', a: '1' }));
  expect(progressName({ a: '1', b: '2' })).not.toBe(progressName({ a: '1', b: '3' }));
  expect(progressName(of)).toMatch(/^replay-[0-9a-f]{12}\.ndjson$/);
});
