import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { followLogSettings, isInShare, logSettingsIn } from '../../../functions/core/log-settings.ts';

const minute = 60_000;
const otherwise = { level: 'info', sample: 1 } as const;
const until = new Date(10 * minute).toISOString();

/** A function that follows what the bucket has, in a time that the test turns. */
function world(name = 'orders') {
  const state = { time: 0, reads: 0, object: undefined as object | string | Error | undefined };
  const objects = {
    get: async (key: string) => {
      expect(key).toBe('settings/logs.json');
      state.reads += 1;
      const { object = Object.assign(new Error('none'), { name: 'NoSuchKey' }) } = state;
      if (object instanceof Error) throw object;
      return Buffer.from(typeof object === 'string' ? object : JSON.stringify(object));
    },
  };
  const verbosity = followLogSettings(objects, name, otherwise, () => state.time);
  const read = async () => {
    verbosity.now();
    await new Promise((resolve) => setImmediate(resolve));
    return verbosity.now();
  };
  return { state, verbosity, read };
}

describe('a function', () => {
  test('writes as the definition says until it has looked, and as the settings say from then on', async () => {
    const { state, verbosity, read } = world();
    state.object = { v: 1, until, level: 'debug', sample: 0.5 };
    expect(verbosity.now()).toEqual(otherwise);
    expect(await read()).toEqual({ level: 'debug', sample: 0.5 });
  });

  test('looks once a minute at most, however much it writes', async () => {
    const { state, read } = world();
    for (state.time = 0; state.time < 3 * minute; state.time += 1_000) await read();
    expect(state.reads).toBe(3);
  });

  test('looks again where its clock was put back', async () => {
    const { state, read } = world();
    state.time = 100 * minute;
    await read();
    state.time = 0;
    await read();
    expect(state.reads).toBe(2);
  });

  test('is as before once settings are over, though it cannot look', async () => {
    const { state, verbosity, read } = world();
    state.object = { v: 1, until, level: 'error' };
    expect(await read()).toEqual({ level: 'error', sample: 1 });
    state.object = new Error('S3 is away');
    state.time = 9 * minute;
    expect(await read()).toEqual({ level: 'error', sample: 1 });
    state.time = 10 * minute;
    expect(verbosity.now()).toEqual(otherwise);
  });

  test.each(['NoSuchKey', 'AccessDenied'])('takes %s for no settings', async (name) => {
    const { state, read } = world();
    state.object = { v: 1, until, sample: 0 };
    expect(await read()).toEqual({ level: 'info', sample: 0 });
    state.object = Object.assign(new Error('no'), { name });
    state.time = minute;
    expect(await read()).toEqual(otherwise);
  });

  test('leaves settings for others to others', async () => {
    const named = async (name: string) => {
      const { state, read } = world(name);
      state.object = { v: 1, until, level: 'debug', functions: ['receiver', 'orders'] };
      return (await read()).level;
    };
    expect([await named('orders'), await named('billing')]).toEqual(['debug', 'info']);
  });
});

test.each<unknown>([
  ...['', 'nonsense', 'null', '[]', '{}'],
  ...[
    { v: 2 },
    { until: 'soon' },
    { until: 5 },
    { level: 'loud' },
    { sample: 2 },
    { sample: '1' },
    { functions: 'a' },
    { functions: [1] },
  ],
])('%j is no settings', (difference) => {
  const text = typeof difference === 'string' ? difference : JSON.stringify({ v: 1, until, ...(difference as object) });
  expect(logSettingsIn(text)).toBeUndefined();
});

describe('a share of the events', () => {
  const ids = Array.from({ length: 20_000 }, (_, i) => createHash('sha256').update(String(i)).digest('base64url'));

  test.each([0.01, 0.1, 0.5])('of %d is about that large', (share) => {
    const part = ids.filter((id) => isInShare(id, share)).length / ids.length;
    expect(Math.abs(part - share)).toBeLessThan(0.02 * Math.sqrt(share));
  });

  test('is all of them at 1, and none at 0', () => {
    expect([ids.every((id) => isInShare(id, 1)), ids.some((id) => isInShare(id, 0))]).toEqual([true, false]);
  });

  test('has events that a larger one has too, and items with their event', () => {
    for (const id of ids.slice(0, 2_000)) {
      if (isInShare(id, 0.1)) expect(isInShare(id, 0.2)).toBe(true);
      expect(isInShare(`${id}#7`, 0.3)).toBe(isInShare(id, 0.3));
    }
  });

  test('is as large of ids that are alike', () => {
    const alike = Array.from({ length: 20_000 }, (_, i) => `evt_${i}`);
    const part = alike.filter((id) => isInShare(id, 0.1)).length / alike.length;
    expect(Math.abs(part - 0.1)).toBeLessThan(0.02);
  });
});
