import { beforeEach, describe, expect, test } from 'vitest';
import { secretValuesOf } from '../../../functions/receive/secret-values.ts';
import { type ReadSecret, secretStore } from '../../../functions/receive/secrets.ts';
import { recordingTelemetry } from '../../support/silent-telemetry.ts';

const minute = 60_000;
const start = 1_795_262_400_000;
const noSecret = { status: 503, reason: 'no-secret' };

let reads: string[];
let answer: () => ReturnType<ReadSecret>;
const { telemetry, lines } = recordingTelemetry();
const holding =
  (text: string, version = 'version-1') =>
  async () => ({ text, version });
const failing = async () => {
  throw new Error('throttled');
};
const store = () =>
  secretStore((source) => {
    reads.push(source);
    return answer();
  }, telemetry.log);

beforeEach(() => {
  reads = [];
  lines.length = 0;
  answer = holding('one');
});

describe('a secret', () => {
  test('is read once for requests that come together', async () => {
    const secrets = store();
    const all = await Promise.all(Array.from({ length: 50 }, () => secrets.current('github', start)));
    expect(new Set(all)).toEqual(new Set([{ values: ['one'], version: 'version-1' }]));
    expect(reads).toEqual(['github']);
  });

  test('is not asked for again while an answer is still awaited, however long that takes', async () => {
    const secrets = store();
    let arrive: (value: { text: string; version: string }) => void = () => undefined;
    answer = () =>
      new Promise((resolve) => {
        arrive = resolve;
      });
    const both = [secrets.current('github', start), secrets.current('github', start + 2 * minute)];
    arrive({ text: 'late', version: 'v' });
    expect((await Promise.all(both)).map(({ values }) => values)).toEqual([['late'], ['late']]);
    expect(reads).toHaveLength(1);
  });

  test('is kept for five minutes, and read again after', async () => {
    const secrets = store();
    await secrets.current('github', start);
    answer = holding('two', 'version-2');
    expect((await secrets.current('github', start + 5 * minute - 1)).values).toEqual(['one']);
    expect((await secrets.current('github', start + 5 * minute)).values).toEqual(['two']);
    expect(reads).toHaveLength(2);
  });

  test('is kept for an hour where it cannot be read, which is tried once a minute', async () => {
    const secrets = store();
    await secrets.current('github', start);
    answer = failing;
    for (let at = 5 * minute; at < 60 * minute; at += minute / 4) {
      expect((await secrets.current('github', start + at)).values).toEqual(['one']);
    }
    expect(reads).toHaveLength(1 + 55);
    await expect(secrets.current('github', start + 60 * minute)).rejects.toMatchObject(noSecret);
    answer = holding('back');
    expect((await secrets.current('github', start + 61 * minute)).values).toEqual(['back']);
  });

  test('that was taken away counts no longer', async () => {
    const secrets = store();
    await secrets.current('github', start);
    answer = async () => undefined;
    await expect(secrets.current('github', start + 5 * minute)).rejects.toMatchObject(noSecret);
  });

  test.each<[string, () => ReturnType<ReadSecret>]>([
    ['has no value yet', async () => undefined],
    ['is blank', holding(' \n')],
    ['is an empty list', holding('["", "\\n"]')],
    ['is JSON of another kind', holding('{"secret":"one"}')],
  ])('that %s is asked for once a minute, and then found within one', async (_what, nothing) => {
    const secrets = store();
    answer = nothing;
    for (let at = 0; at < minute; at += 100) {
      await expect(secrets.current('github', start + at)).rejects.toMatchObject(noSecret);
    }
    expect(reads).toHaveLength(1);
    expect(lines).toHaveLength(1);
    answer = holding('one');
    expect((await secrets.current('github', start + minute)).values).toEqual(['one']);
  });

  test('that could not be read at all is asked for again after a second, and found as soon as it can be', async () => {
    const secrets = store();
    answer = failing;
    for (let at = 0; at < 10_000; at += 100) {
      await expect(secrets.current('github', start + at)).rejects.toMatchObject(noSecret);
    }
    expect(reads).toHaveLength(10);
    answer = holding('one');
    expect((await secrets.current('github', start + 10_000)).values).toEqual(['one']);
  });

  test('of one source says nothing of another', async () => {
    const secrets = store();
    await secrets.current('github', start);
    answer = holding('other');
    expect((await secrets.current('stripe', start)).values).toEqual(['other']);
  });
});

describe('after a mismatch', () => {
  test('a secret that was changed is found, once it is a minute old', async () => {
    const secrets = store();
    const known = await secrets.current('github', start);
    answer = holding('two', 'version-2');
    expect(await secrets.renewed('github', known, start + minute - 1)).toBeUndefined();
    expect(await secrets.renewed('github', known, start + minute)).toEqual({ values: ['two'], version: 'version-2' });
  });

  test('Secrets Manager is asked once a minute, however many forgeries come', async () => {
    const secrets = store();
    const known = await secrets.current('github', start);
    for (let at = minute; at < 4 * minute; at += minute / 10) {
      const many = Array.from({ length: 20 }, () => secrets.renewed('github', known, start + at));
      expect(new Set(await Promise.all(many))).toEqual(new Set([undefined]));
    }
    expect(reads).toHaveLength(1 + 3);
  });

  test('a secret that cannot be read stays as it is', async () => {
    const secrets = store();
    const known = await secrets.current('github', start);
    answer = failing;
    expect(await secrets.renewed('github', known, start + minute)).toBeUndefined();
    expect((await secrets.current('github', start + minute)).values).toEqual(['one']);
  });
});

describe('a value', () => {
  test.each([
    ['plain', ['plain']],
    ['with a newline\n', ['with a newline']],
    ['with a Windows one\r\n', ['with a Windows one']],
    [' spaces stay ', [' spaces stay ']],
    ['["a","b\\n",""]', ['a', 'b']],
    ['[not a list', ['[not a list']],
    ['12345', ['12345']],
    ['"quoted"', ['"quoted"']],
    ['', []],
  ])('%j holds %j', (text, values) => {
    expect(secretValuesOf(text)).toEqual(values);
  });

  test.each(['{"a":"hidden"}', '["hidden",5]'])('%j is refused in words that do not give it away', (text) => {
    expect(() => secretValuesOf(text)).toThrow('secret must be a plain text or a JSON list of texts, got other JSON');
  });
});
