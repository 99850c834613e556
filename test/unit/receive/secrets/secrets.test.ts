import { beforeEach, describe, expect, test } from 'vitest';
import { type SecretVault, secretStore } from '../../../../functions/receive/secrets/secrets.ts';
import { recordingTelemetry } from '../../../support/silent-telemetry.ts';

const minute = 60_000;
const start = 1_795_262_400_000;
const noSecret = { status: 503, reason: 'no-secret' };

let reads: string[];
let answer: () => ReturnType<SecretVault['read']>;
const { telemetry, lines } = recordingTelemetry();
const holding =
  (text: string, version = 'version-1') =>
  async () => ({ text, version });
const failing = async () => {
  throw new Error('throttled');
};
const store = () =>
  secretStore(
    {
      read: (source) => {
        reads.push(source);
        return answer();
      },
      write: (source) => Promise.reject(new Error(`${source} must not be written`)),
    },
    telemetry.log,
  );

beforeEach(() => {
  reads = [];
  lines.length = 0;
  answer = holding('one');
});

describe('a secret', () => {
  test('is read once for requests that come together', async () => {
    const secrets = store();
    const all = await Promise.all(Array.from({ length: 50 }, () => secrets.current('github', start)));
    expect(new Set(all)).toEqual(new Set([{ values: ['one'], verifyTokens: [], version: 'version-1' }]));
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

  test.each<[string, () => ReturnType<SecretVault['read']>]>([
    ['has no value yet', async () => undefined],
    ['is blank', holding(' \n')],
    ['is an empty list', holding('["", "\\n"]')],
    ['is JSON of another kind', holding('{"token":"one"}')],
    ['is an object that holds nothing', holding('{"secret":"","verifyToken":[]}')],
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
    const renewed = await secrets.renewed('github', known, start + minute);
    expect(renewed).toEqual({ values: ['two'], verifyTokens: [], version: 'version-2' });
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

describe('an object', () => {
  test.each([
    ['of a verify token alone', '{"verifyToken":"t"}', { values: [], verifyTokens: ['t'] }],
    [
      'of nothing but when a secret is awaited until',
      '{"armedUntil":"2026-11-21T12:05:00Z"}',
      { values: [], verifyTokens: [], armedUntil: start + 5 * minute },
    ],
  ])('%s is a value', async (_what, text, value) => {
    answer = holding(text);
    expect(await store().current('github', start)).toEqual({ ...value, version: 'version-1' });
  });
});

describe('a secret that a handshake delivers', () => {
  const iso = (at: number) => new Date(at).toISOString();
  const armed = (until: number, more: object = {}) => JSON.stringify({ ...more, armedUntil: iso(until) });
  const notArmed = { status: 403, reason: 'not-armed' };
  let texts: string[];
  let pause: Promise<void> | undefined;

  /** Secrets Manager as several functions at once see it: the first version after another is the only one. */
  const vault: SecretVault = {
    read: async () => {
      reads.push('github');
      const text = texts.at(-1);
      return text === undefined ? undefined : { text, version: `version-${texts.length}` };
    },
    write: async (_source, after, text) => {
      await pause;
      if (after !== `version-${texts.length}`) return undefined;
      texts.push(text);
      return `version-${texts.length}`;
    },
  };
  const learning = () => secretStore(vault, telemetry.log);
  const learned = () => texts.slice(1).map((text) => JSON.parse(text));

  beforeEach(() => {
    texts = [armed(start + 5 * minute)];
    pause = undefined;
  });

  test('is kept where an operator has armed the source, and proves what comes next', async () => {
    const secrets = learning();
    await secrets.learn('github', 'delivered', start);
    expect(learned()).toEqual([{ secret: ['delivered'] }]);
    expect(await secrets.current('github', start)).toEqual({
      values: ['delivered'],
      verifyTokens: [],
      version: 'version-2',
    });
    expect(lines.map(({ message }) => message)).toEqual(['a handshake delivered a secret']);
    expect(JSON.stringify(lines)).not.toContain('delivered"');
  });

  test.each<[string, () => string | undefined]>([
    ['has no value', () => undefined],
    ['has a secret and is not armed', () => 'existing'],
    ['was armed until just now', () => armed(start)],
    ['was armed until long ago', () => armed(start - 60 * minute)],
    ['is armed for longer than anybody would watch', () => armed(start + 15 * minute + 1)],
    ['holds a date that is none', () => '{"armedUntil":"soon"}'],
  ])('is refused by a source that %s', async (_what, text) => {
    texts = [text()].filter((value) => value !== undefined);
    const before = [...texts];
    await expect(learning().learn('github', 'delivered', start)).rejects.toMatchObject(notArmed);
    expect(texts).toEqual(before);
  });

  test('is taken up to the last moment of a quarter of an hour', async () => {
    texts = [armed(start + 15 * minute)];
    await learning().learn('github', 'delivered', start);
    texts = [armed(start + 1)];
    await learning().learn('github', 'delivered', start);
    expect(learned()).toEqual([{ secret: ['delivered'] }]);
  });

  test('stands beside those that there were, with the verify tokens, and arms nothing any more', async () => {
    const existing = { secret: ['one', 'two'], publicKey: 'three', verifyToken: 't', username: 'u', password: 'p' };
    texts = [armed(start + 5 * minute, existing)];
    const secrets = learning();
    await secrets.learn('github', 'delivered', start);
    expect(learned()).toEqual([{ secret: ['one', 'two', 'three', 'u:p', 'delivered'], verifyToken: ['t'] }]);
    await expect(secrets.learn('github', 'another', start)).rejects.toMatchObject(notArmed);
    expect(texts).toHaveLength(2);
  });

  test('is answered again when it is repeated, without being written again', async () => {
    const secrets = learning();
    for (const at of [0, 1, 10 * minute]) await secrets.learn('github', 'delivered', start + at);
    // Another function of the same receiver, long after.
    await learning().learn('github', 'delivered', start + 60 * minute);
    expect(learned()).toEqual([{ secret: ['delivered'] }]);
  });

  test('is found armed although what is known is older', async () => {
    texts = ['existing'];
    const secrets = learning();
    await secrets.current('github', start);
    texts.push(armed(start + 5 * minute, { secret: 'existing' }));
    await secrets.learn('github', 'delivered', start + minute);
    expect(texts.slice(2).map((text) => JSON.parse(text))).toEqual([{ secret: ['existing', 'delivered'] }]);
  });

  test('never takes the place of what was written since the source was read', async () => {
    const secrets = learning();
    await secrets.current('github', start);
    texts.push('{"secret":"by an operator"}');
    await expect(secrets.learn('github', 'delivered', start + minute / 2)).rejects.toMatchObject(notArmed);
    expect(texts.at(-1)).toBe('{"secret":"by an operator"}');
    expect((await secrets.current('github', start + minute / 2)).values).toEqual(['by an operator']);
  });

  test('that another function kept meanwhile is answered, and another one is not', async () => {
    const [one, two] = [learning(), learning()];
    await Promise.all([one.current('github', start), two.current('github', start)]);
    await one.learn('github', 'delivered', start + 2_000);
    await two.learn('github', 'delivered', start + 3_000);
    const third = learning();
    await expect(third.learn('github', 'another', start + 3_000)).rejects.toMatchObject(notArmed);
    expect(learned()).toEqual([{ secret: ['delivered'] }]);
  });

  test.each([
    ['in one function', () => [learning()]],
    ['in two', () => [learning(), learning()]],
  ])('is the only one where two come at once %s', async (_where, makeStores) => {
    const stores = makeStores();
    let go: () => void = () => undefined;
    pause = new Promise((resolve) => {
      go = resolve;
    });
    const both = ['first', 'second'].map((delivered, i) =>
      (stores[i] ?? stores[0])?.learn('github', delivered, start).then(
        () => delivered,
        ({ status, reason }) => `${status} ${reason}`,
      ),
    );
    await new Promise((resolve) => setImmediate(resolve));
    go();
    expect((await Promise.all(both)).sort()).toEqual(['403 secret-taken', 'first']);
    expect(learned()).toEqual([{ secret: ['first'] }]);
  });

  test('is refused for now where nobody can tell whether the source is armed', async () => {
    const unread = secretStore({ ...vault, read: failing }, telemetry.log);
    await expect(unread.learn('github', 'delivered', start)).rejects.toMatchObject(noSecret);
    let read = vault.read;
    const secrets = secretStore({ ...vault, read: (source) => read(source) }, telemetry.log);
    await secrets.current('github', start);
    read = failing;
    await expect(secrets.learn('github', 'delivered', start + 2_000)).rejects.toMatchObject(noSecret);
    expect(texts).toHaveLength(1);
  });

  test('that could not be written is not taken for kept', async () => {
    const secrets = secretStore({ ...vault, write: failing }, telemetry.log);
    await expect(secrets.learn('github', 'delivered', start)).rejects.toThrow('throttled');
    expect((await secrets.current('github', start)).values).toEqual([]);
  });

  test('makes nobody ask Secrets Manager more than once a minute where none is awaited', async () => {
    texts = ['existing'];
    const secrets = learning();
    for (let at = 0; at < 3 * minute; at += minute / 10) {
      await expect(secrets.learn('github', `forged ${at}`, start + at)).rejects.toMatchObject(notArmed);
    }
    expect(reads).toHaveLength(3);
  });
});
