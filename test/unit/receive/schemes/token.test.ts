import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RefusedError } from '../../../../functions/core/errors.ts';
import { basicAuth, tokenAmong, tokenAt } from '../../../../functions/receive/schemes/token.ts';
import type { VerifyAtOnce } from '../../../../functions/receive/schemes/verify.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';

const now = 1_795_262_400_000;

/** What a request with these headers proves, or the status and reason of its refusal. */
function outcome(verify: VerifyAtOnce, headers: Readonly<Record<string, string>>, secrets: readonly string[]) {
  const webhook = webhookOf({
    url: 'https://a.b/c',
    headers: new Map(Object.entries(headers)),
    body: Buffer.from('{}'),
  });
  try {
    return verify(webhook, secrets, now);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return `${error.status} ${error.reason}`;
  }
}

describe('a token in a header', () => {
  const verify = tokenAt({ header: 'x-token' });
  const given = (token: string, secrets: readonly string[] = ['secret']) =>
    outcome(verify, { 'x-token': token }, secrets);

  test('proves who sends, and nothing of the body', () => {
    expect(given('secret')).toEqual({ secret: 0, weakBody: true });
    expect(given('secret', ['another', 'secret'])).toEqual({ secret: 1, weakBody: true });
  });

  test.each([
    ['another', 'another', 'mismatch'],
    ['a part', 'secre', 'mismatch'],
    ['more', 'secrets', 'mismatch'],
    ['another case', 'SECRET', 'mismatch'],
    ['spaces around it', ' secret ', 'mismatch'],
    ['two at once', 'secret,secret', 'mismatch'],
    ['two at once, as some gateways join them', 'secret, secret', 'mismatch'],
    ['a blank', ' ', 'mismatch'],
    ['nothing', '', 'missing'],
  ])('is refused if it is %s', (_what, token, reason) => {
    expect(given(token)).toBe(`401 signature-${reason}`);
  });

  test('that is not there is missing, whatever the secrets are', () => {
    expect(outcome(verify, {}, ['secret'])).toBe('401 signature-missing');
    expect(outcome(verify, {}, [])).toBe('401 signature-missing');
    expect(outcome(verify, { 'x-tokens': 'secret' }, ['secret'])).toBe('401 signature-missing');
  });

  test('proves nothing where no secret is usable, a blank one included', () => {
    for (const secrets of [[], [''], [' ', '\t']]) {
      expect(given('secret', secrets)).toBe('503 no-secret');
      expect(given(' ', secrets)).toBe('503 no-secret');
    }
    expect(given(' ', [' ', 'secret'])).toBe('401 signature-mismatch');
  });

  test('may stand in the first of several headers that is there', () => {
    const either = tokenAt({ header: ['x-new', 'x-old'] });
    expect(outcome(either, { 'x-old': 'secret' }, ['secret'])).toEqual({ secret: 0, weakBody: true });
    expect(outcome(either, { 'x-new': 'forged', 'x-old': 'secret' }, ['secret'])).toBe('401 signature-mismatch');
  });
});

describe('a token behind a prefix', () => {
  const verify = tokenAt({ header: 'authorization', prefix: 'Bearer ' });
  const given = (value: string, secrets: readonly string[]) => outcome(verify, { authorization: value }, secrets);

  test('is the secret, which may be written with the prefix or without', () => {
    expect(given('Bearer secret', ['secret'])).toEqual({ secret: 0, weakBody: true });
    expect(given('Bearer secret', ['Bearer secret'])).toEqual({ secret: 0, weakBody: true });
  });

  test.each([
    ['without the prefix', 'secret', 'malformed'],
    ['with another', 'Basic secret', 'malformed'],
    ['in another case', 'bearer secret', 'malformed'],
    ['behind a space', ' Bearer secret', 'malformed'],
    ['alone', 'Bearer ', 'malformed'],
    ['twice', 'Bearer Bearer secret', 'mismatch'],
    ['with two spaces', 'Bearer  secret', 'mismatch'],
  ])('is refused %s', (_what, value, reason) => {
    expect(given(value, ['secret'])).toBe(`401 signature-${reason}`);
  });

  test('is no secret by itself', () => {
    expect(given('Bearer ', ['Bearer '])).toBe('503 no-secret');
    expect(given('Bearer x', ['Bearer '])).toBe('503 no-secret');
  });
});

describe('basic authentication', () => {
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  const given = (value: string, secrets: readonly string[] = ['user:pass:word']) =>
    outcome(basicAuth, { authorization: value }, secrets);

  test('shows a user and a password', () => {
    expect(given(`Basic ${encoded('user:pass:word')}`)).toEqual({ secret: 0, weakBody: true });
    expect(given(`basic ${encoded('user:pass:word')}`)).toEqual({ secret: 0, weakBody: true });
    expect(given(`Basic ${encoded('ü:ö')}`, ['a:b', 'ü:ö'])).toEqual({ secret: 1, weakBody: true });
  });

  test.each([
    ['another password', `Basic ${encoded('user:other')}`, 'mismatch'],
    ['a user alone', `Basic ${encoded('user')}`, 'mismatch'],
    ['nobody', `Basic ${encoded(' ')}`, 'mismatch'],
    ['another scheme', `Bearer ${encoded('user:pass:word')}`, 'malformed'],
    ['plain text', 'Basic user:pass:word', 'malformed'],
    ['an empty text', 'Basic ', 'malformed'],
    ['two at once', `Basic ${encoded('user:pass:word')},Basic ${encoded('user:pass:word')}`, 'malformed'],
    ['base64 of another alphabet', 'Basic __--', 'malformed'],
  ])('is refused with %s', (_what, value, reason) => {
    expect(given(value)).toBe(`401 signature-${reason}`);
  });

  test('is missing, or proves nothing, as any token', () => {
    expect(outcome(basicAuth, {}, ['a:b'])).toBe('401 signature-missing');
    expect(given(`Basic ${encoded('a:b')}`, [])).toBe('503 no-secret');
    expect(given('Bearer x', [' '])).toBe('503 no-secret');
  });
});

test('whatever comes, a token proves nothing that is not a secret', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', ' ', 'secret', 'secret,secret'),
  );
  fc.assert(
    fc.property(text, fc.array(text), (token, secrets) => {
      let found = -1;
      try {
        found = tokenAmong(token, secrets).secret;
      } catch (error) {
        expect(error).toBeInstanceOf(RefusedError);
      }
      expect(found).toBe(token.trim() === '' ? -1 : secrets.indexOf(token));
    }),
  );
});
