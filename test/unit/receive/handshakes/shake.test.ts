import { beforeEach, describe, expect, test } from 'vitest';
import { type Handshake, jsonReply } from '../../../../functions/receive/handshakes/handshake.ts';
import { shake } from '../../../../functions/receive/handshakes/shake.ts';
import { type SecretVault, secretStore } from '../../../../functions/receive/secrets/secrets.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { silent } from '../../../support/silent-telemetry.ts';

const minute = 60_000;
const now = 1_795_262_400_000;

let texts: string[];
let reads: number;
let write: SecretVault['write'];
let away: boolean;

beforeEach(() => {
  texts = [];
  reads = 0;
  away = false;
  write = async (_source, after, text) => {
    if (after !== `version-${texts.length}`) return undefined;
    texts.push(text);
    return `version-${texts.length}`;
  };
});

const store = () =>
  secretStore(
    {
      read: async () => {
        reads += 1;
        if (away) throw new Error('throttled');
        const text = texts.at(-1);
        return text === undefined ? undefined : { text, version: `version-${texts.length}` };
      },
      write: (...args) => write(...args),
    },
    silent.log,
  );

interface Asking {
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly proved?: string;
  readonly at?: number;
  readonly secrets?: ReturnType<typeof store>;
}

/** What a handshake is answered, or the status and reason of the refusal. */
async function shaken(handshake: Omit<Handshake, 'when'>, { query = '', headers = {}, ...asking }: Asking = {}) {
  const { secrets = store(), proved, at = now } = asking;
  const url = `https://hooks.example.com/webhooks/there${query}`;
  const webhook = webhookOf({ url, headers: new Map(Object.entries(headers)), body: Buffer.alloc(0) });
  return shake(secrets, 'there', { when: [], ...handshake }, webhook, proved, at).catch(
    ({ status, reason }) => `${status} ${reason}`,
  );
}

const armed = (more: object = {}) => JSON.stringify({ ...more, armedUntil: new Date(now + 5 * minute).toISOString() });

describe('a handshake that proves nothing', () => {
  test('is answered without a secret, and nobody is asked for one', async () => {
    const echo = { proof: 'nothing', challenge: { query: 'c' }, answer: 'text' } as const;
    expect(await shaken(echo, { query: '?c=abc' })).toEqual({ body: 'abc' });
    expect(await shaken(echo, { query: '?d=abc' })).toBe('400 handshake-malformed');
    expect(reads).toBe(0);
  });

  test('is answered by code with the first of the secrets', async () => {
    texts = ['["one","two"]'];
    const answer: Handshake['answer'] = ({ secret }) => jsonReply({ by: secret() });
    expect(await shaken({ proof: 'nothing', answer })).toMatchObject({ body: '{"by":"one"}' });
  });

  test('is refused for now where code needs a secret that is not there, or cannot be read', async () => {
    const answer: Handshake['answer'] = ({ secret }) => ({ body: secret() });
    expect(await shaken({ proof: 'nothing', answer })).toBe('503 no-secret');
    texts = ['{"verifyToken":"t"}'];
    expect(await shaken({ proof: 'nothing', answer })).toBe('503 no-secret');
    away = true;
    expect(await shaken({ proof: 'nothing', answer })).toBe('503 no-secret');
  });

  test('is answered by code that needs no secret, whether or not there is one', async () => {
    expect(await shaken({ proof: 'nothing', answer: () => ({ status: 204 }) })).toEqual({ status: 204 });
  });
});

describe('a handshake that is signed', () => {
  test('is answered with the secret that proved it, without another question', async () => {
    const answer: Handshake['answer'] = ({ secret, challenge }) => ({ body: `${secret()} ${challenge}` });
    const asked = { proved: 'two', query: '?c=abc' };
    expect(await shaken({ challenge: { query: 'c' }, answer }, asked)).toEqual({ body: 'two abc' });
    expect(reads).toBe(0);
  });
});

describe('a handshake that shows a verify token', () => {
  const handshake = { proof: { token: { query: 't' } }, challenge: { query: 'c' }, answer: 'text' } as const;
  const asked = (token: string, more: Asking = {}) => shaken(handshake, { query: `?t=${token}&c=abc`, ...more });

  test('is answered where it is one of the source’s', async () => {
    texts = ['{"secret":"s","verifyToken":["one","two"]}'];
    expect(await asked('one')).toEqual({ body: 'abc' });
    expect(await asked('two')).toEqual({ body: 'abc' });
  });

  test('is refused with another, without one, and with what signs the webhooks', async () => {
    texts = ['{"secret":"s","verifyToken":"one"}'];
    expect(await asked('s')).toBe('401 verify-token-mismatch');
    expect(await asked('')).toBe('401 verify-token-mismatch');
    expect(await shaken(handshake, { query: '?c=abc' })).toBe('401 verify-token-missing');
  });

  test('is refused for now where none is configured', async () => {
    texts = ['s'];
    expect(await asked('s')).toBe('503 no-secret');
    texts = [];
    expect(await asked('s')).toBe('503 no-secret');
  });

  test('is proved before its challenge is looked at', async () => {
    texts = ['{"verifyToken":"one"}'];
    expect(await shaken(handshake, { query: '?t=two' })).toBe('401 verify-token-mismatch');
    expect(await shaken(handshake, { query: '?t=one' })).toBe('400 handshake-malformed');
  });

  test('finds a token that was changed, once it is a minute old', async () => {
    texts = ['{"verifyToken":"old"}'];
    const secrets = store();
    expect(await asked('old', { secrets })).toEqual({ body: 'abc' });
    texts.push('{"verifyToken":"new"}');
    expect(await asked('new', { secrets, at: now + minute - 1 })).toBe('401 verify-token-mismatch');
    expect(await asked('new', { secrets, at: now + minute })).toEqual({ body: 'abc' });
    expect(await asked('old', { secrets, at: now + minute })).toBe('401 verify-token-mismatch');
  });

  test('is answered by code with the first of the secrets', async () => {
    texts = ['{"secret":["one","two"],"verifyToken":"t"}'];
    const answer: Handshake['answer'] = ({ secret }) => ({ body: secret() });
    expect(await shaken({ proof: { token: { query: 't' } }, answer }, { query: '?t=t' })).toEqual({ body: 'one' });
  });
});

describe('a handshake that delivers the secret', () => {
  const header = { header: 'x-hook-secret' };
  const handshake = { proof: 'nothing', delivers: header, challenge: header, answer: header } as const;
  const delivering = (secret: string, more: Asking = {}) =>
    shaken(handshake, { headers: { 'x-hook-secret': secret }, ...more });

  test('is answered once it is kept', async () => {
    texts = [armed()];
    expect(await delivering('abc')).toEqual({ headers: { 'x-hook-secret': 'abc' } });
    expect(texts[1]).toBe('{"secret":["abc"]}');
  });

  test('is answered again when it is repeated, though the source is armed no more', async () => {
    texts = [armed()];
    const secrets = store();
    await delivering('abc', { secrets });
    expect(await delivering('abc', { secrets, at: now + 30 * minute })).toEqual({
      headers: { 'x-hook-secret': 'abc' },
    });
    expect(texts).toHaveLength(2);
  });

  test('gets nothing back where nobody waits for it', async () => {
    expect(await delivering('abc')).toBe('403 not-armed');
    texts = ['existing'];
    expect(await delivering('abc')).toBe('403 not-armed');
    texts = [armed()];
    expect(await delivering('abc', { at: now + 5 * minute })).toBe('403 not-armed');
    expect(await delivering('abc', { at: now - 10 * minute - 1 })).toBe('403 not-armed');
    expect(texts).toEqual([armed()]);
  });

  test('gets nothing back where it is no secret, where another was first, and where it could not be kept', async () => {
    texts = [armed()];
    expect(await delivering('a b')).toBe('400 handshake-malformed');
    expect(await delivering('')).toBe('400 handshake-malformed');
    write = async () => undefined;
    expect(await delivering('abc')).toBe('403 secret-taken');
    write = () => Promise.reject(Object.assign(new Error('throttled'), { status: 'never', reason: 'answered' }));
    expect(await delivering('abc')).toBe('never answered');
    expect(texts).toEqual([armed()]);
  });

  test('must show its verify token before anything is kept', async () => {
    texts = [armed({ verifyToken: 'one' })];
    const proof = { token: { query: 't' } };
    const headers = { 'x-hook-secret': 'abc' };
    expect(await shaken({ ...handshake, proof }, { headers, query: '?t=two' })).toBe('401 verify-token-mismatch');
    expect(await shaken({ ...handshake, proof }, { headers })).toBe('401 verify-token-missing');
    expect(texts).toHaveLength(1);
    expect(await shaken({ ...handshake, proof }, { headers, query: '?t=one' })).toMatchObject({ headers });
    expect(texts[1]).toBe('{"secret":["abc"],"verifyToken":["one"]}');
  });

  test('leaves every secret valid that there was', async () => {
    texts = [armed({ secret: ['one', 'two'], verifyToken: 't' })];
    const secrets = store();
    await delivering('abc', { secrets });
    expect(await secrets.current('there', now)).toMatchObject({ values: ['one', 'two', 'abc'], verifyTokens: ['t'] });
    expect(await store().current('there', now)).toMatchObject({ values: ['one', 'two', 'abc'], verifyTokens: ['t'] });
  });

  test('is refused for now where Secrets Manager does not answer', async () => {
    texts = [armed()];
    away = true;
    expect(await delivering('abc')).toBe('503 no-secret');
  });
});
