import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign as signBy } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RefusedError } from '../../../../functions/core/errors.ts';
import {
  bytesOf,
  isSignature,
  type PublicKeyScheme,
  publicKeyVerifierOf,
} from '../../../../functions/receive/schemes/public-key.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';

const now = 1_795_262_400_000;
const at = String(now / 1000);
const body = Buffer.from('{"a":"é"}');

const ed25519 = generateKeyPairSync('ed25519');
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const otherEd25519 = generateKeyPairSync('ed25519');

const pem = (key: KeyObject) => key.export({ format: 'pem', type: 'spki' }).toString();
const der = (key: KeyObject) => key.export({ format: 'der', type: 'spki' }).toString('base64');
const raw = (key: KeyObject) => Buffer.from(String(key.export({ format: 'jwk' }).x), 'base64url');
const privatePem = (key: KeyObject) => key.export({ format: 'pem', type: 'pkcs8' }).toString();

const schemeOf = (difference: Partial<PublicKeyScheme> = {}): PublicKeyScheme => ({
  algorithm: 'ed25519',
  encoding: 'hex',
  signature: { header: 'x-signature', exact: true },
  signed: '{timestamp}{body}',
  timestamp: { header: 'x-timestamp', exact: true, unit: 's' },
  ...difference,
});

interface Sent {
  readonly scheme?: Partial<PublicKeyScheme>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly content?: Buffer;
  readonly secrets?: readonly string[];
  readonly time?: number;
}

const signature = (content = Buffer.concat([Buffer.from(at), body]), key = ed25519.privateKey) =>
  signBy(null, content, key);

/** What a request proves, or the status and reason of its refusal. */
function outcome({ scheme, headers, content = body, secrets = [pem(ed25519.publicKey)], time = now }: Sent = {}) {
  const all = { 'x-timestamp': at, 'x-signature': signature().toString('hex'), ...headers };
  const webhook = webhookOf({ url: 'https://a.b/c', headers: new Map(Object.entries(all)), body: content });
  try {
    return publicKeyVerifierOf(schemeOf(scheme))(webhook, secrets, time);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return `${error.status} ${error.reason}`;
  }
}

describe('a signature by a private key', () => {
  test('proves what it covers', () => {
    expect(outcome()).toEqual({ secret: 0 });
    expect(outcome({ content: Buffer.concat([body, Buffer.from(' ')]) })).toBe('401 signature-mismatch');
    expect(outcome({ headers: { 'x-timestamp': String(now / 1000 - 1) } })).toBe('401 signature-mismatch');
  });

  test('of another key is refused', () => {
    expect(outcome({ secrets: [pem(otherEd25519.publicKey)] })).toBe('401 signature-mismatch');
  });

  test('may be by any of the source’s keys, and tells which', () => {
    const keys = [pem(otherEd25519.publicKey), pem(ed25519.publicKey)];
    expect(outcome({ secrets: keys })).toEqual({ secret: 1 });
    expect(outcome({ secrets: ['no key', ...keys] })).toEqual({ secret: 2 });
  });

  test('counts for as long as its time does', () => {
    expect(outcome({ time: now + 300_999 })).toEqual({ secret: 0 });
    expect(outcome({ time: now + 301_000 })).toBe('401 timestamp-stale');
    expect(outcome({ time: now - 301_000 })).toBe('401 timestamp-future');
    expect(outcome({ headers: { 'x-timestamp': '' } })).toBe('401 timestamp-missing');
  });

  test('can cover an id and the URL', () => {
    const content = Buffer.concat([Buffer.from('d-1 https://a.b/c '), body]);
    const scheme = { signed: '{id} {url} {body}', id: { header: 'x-id' }, timestamp: undefined } as const;
    const headers = { 'x-id': 'd-1', 'x-signature': signature(content).toString('hex') };
    expect(outcome({ scheme, headers })).toEqual({ secret: 0, id: 'd-1' });
    expect(outcome({ scheme, headers: { ...headers, 'x-id': 'd-2' } })).toBe('401 signature-mismatch');
    expect(outcome({ scheme, headers: { ...headers, 'x-id': '' } })).toBe('401 id-missing');
  });

  test('can cover a time inside the body, which is looked at last', () => {
    const timed = Buffer.from(`{"at":${now / 1000}}`);
    const scheme = {
      signed: '{body}',
      timestamp: undefined,
      bodyTimestamp: { field: 'at', unit: 's', toleranceSeconds: 10 },
    } as const;
    const headers = { 'x-signature': signature(timed).toString('hex') };
    expect(outcome({ scheme, headers, content: timed })).toEqual({ secret: 0 });
    expect(outcome({ scheme, headers, content: timed, time: now + 11_000 })).toBe('401 timestamp-stale');
    expect(outcome({ scheme, headers, content: body, time: now + 11_000 })).toBe('401 signature-mismatch');
    const untimed = { 'x-signature': signature(body).toString('hex') };
    expect(outcome({ scheme, headers: untimed })).toBe('401 timestamp-missing');
  });

  test.each([['ECDSA', 'ecdsa-sha256', ec] as const, ['RSA', 'rsa-sha256', rsa] as const])(
    'can be %s',
    (_what, algorithm, { privateKey, publicKey }) => {
      const signed = signBy('sha256', Buffer.concat([Buffer.from(at), body]), privateKey).toString('base64');
      const scheme = { algorithm, encoding: 'base64' } as const;
      const headers = { 'x-signature': signed };
      for (const key of [pem(publicKey), der(publicKey)]) {
        expect(outcome({ scheme, headers, secrets: [key] })).toEqual({ secret: 0 });
        expect(outcome({ scheme, headers, secrets: [key], content: Buffer.from('{}') })).toBe('401 signature-mismatch');
      }
      const bySha1 = signBy('sha1', Buffer.concat([Buffer.from(at), body]), privateKey).toString('base64');
      expect(outcome({ scheme, headers: { 'x-signature': bySha1 }, secrets: [pem(publicKey)] })).toBe(
        '401 signature-mismatch',
      );
    },
  );
});

describe('a public key', () => {
  test.each([
    ['PEM', pem(ed25519.publicKey)],
    ['PEM with Windows line ends', pem(ed25519.publicKey).replaceAll('\n', '\r\n')],
    ['PEM without its last newline', pem(ed25519.publicKey).trimEnd()],
    ['spaces around it', `  ${pem(ed25519.publicKey)}  `],
    ['base64 of DER', der(ed25519.publicKey)],
    ['32 bytes in hex', raw(ed25519.publicKey).toString('hex')],
    ['32 bytes in hex, upper case', raw(ed25519.publicKey).toString('hex').toUpperCase()],
    ['32 bytes in base64', raw(ed25519.publicKey).toString('base64')],
  ])('may be written as %s', (_how, key) => {
    expect(outcome({ secrets: [key] })).toEqual({ secret: 0 });
  });

  const rsaPss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey;
  const curve = (namedCurve: string) => pem(generateKeyPairSync('ec', { namedCurve }).publicKey);
  test.each<[string, PublicKeyScheme['algorithm'], string]>([
    ['a private key', 'ed25519', privatePem(ed25519.privateKey)],
    ['a private key of elliptic curves', 'ecdsa-sha256', privatePem(ec.privateKey)],
    ['one in its older form', 'ecdsa-sha256', ec.privateKey.export({ format: 'pem', type: 'sec1' }).toString()],
    ['a private key of RSA', 'rsa-sha256', privatePem(rsa.privateKey)],
    ['one in its older form', 'rsa-sha256', rsa.privateKey.export({ format: 'pem', type: 'pkcs1' }).toString()],
    [
      'a private key without its frame',
      'ed25519',
      ed25519.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    ],
    [
      'a private key without its frame',
      'rsa-sha256',
      rsa.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    ],
    ['a private key behind a public one', 'ed25519', pem(ed25519.publicKey) + privatePem(ed25519.privateKey)],
    ['a key of another kind', 'ed25519', pem(rsa.publicKey)],
    ['a key of another kind', 'rsa-sha256', pem(ec.publicKey)],
    ['a key of another kind', 'ecdsa-sha256', pem(ed25519.publicKey)],
    ['a key for another use of RSA', 'rsa-sha256', pem(rsaPss)],
    ['a key of another curve', 'ed25519', pem(generateKeyPairSync('ed448').publicKey)],
    ['a key that only agrees on keys', 'ed25519', pem(generateKeyPairSync('x25519').publicKey)],
    ['a key of another curve', 'ecdsa-sha256', curve('P-384')],
    ['a key of another curve', 'ecdsa-sha256', curve('secp256k1')],
    ['31 bytes', 'ed25519', raw(ed25519.publicKey).subarray(1).toString('hex')],
    ['33 bytes', 'ed25519', Buffer.concat([raw(ed25519.publicKey), Buffer.alloc(1)]).toString('base64')],
    ['32 bytes for RSA', 'rsa-sha256', Buffer.alloc(32, 1).toString('base64')],
    ['a damaged PEM', 'ed25519', pem(ed25519.publicKey).replace('MCow', 'MCox')],
    ['a PEM cut short', 'ed25519', pem(ed25519.publicKey).slice(0, 60)],
    ['an endless text', 'ed25519', 'x'.repeat(100_000)],
    ['a text', 'ed25519', 'whsec_abc'],
    ['nothing', 'ed25519', ''],
  ])('is not %s, for %s', (_what, algorithm, key) => {
    expect(outcome({ scheme: { algorithm }, secrets: [key] })).toBe('503 no-secret');
  });

  test('beside what is none is the one that counts', () => {
    expect(outcome({ secrets: [privatePem(ed25519.privateKey), pem(ed25519.publicKey)] })).toEqual({ secret: 1 });
    expect(outcome({ secrets: [privatePem(ed25519.privateKey), pem(otherEd25519.publicKey)] })).toBe(
      '401 signature-mismatch',
    );
    expect(outcome({ secrets: [] })).toBe('503 no-secret');
  });

  test('of small order signs nothing by itself', () => {
    // The neutral element, for which some verifiers take the same bytes for a signature of everything.
    const neutral = `01${'00'.repeat(31)}`;
    const headers = { 'x-signature': neutral + '00'.repeat(32) };
    expect(outcome({ secrets: [pem(ed25519.publicKey)], headers })).toBe('401 signature-mismatch');
  });
});

describe('a signature is written', () => {
  const hex = signature().toString('hex');
  const base64 = signature().toString('base64');

  test.each([
    ['in upper-case hex', hex.toUpperCase(), { secret: 0 }],
    ['with a digit too few', hex.slice(0, -1), '401 signature-malformed'],
    ['with a digit too many', `${hex}0`, '401 signature-malformed'],
    ['with a byte too few', hex.slice(0, -2), '401 signature-mismatch'],
    ['with a byte too many', `${hex}00`, '401 signature-mismatch'],
    ['with a prefix', `0x${hex}`, '401 signature-malformed'],
    ['with a space', ` ${hex}`, '401 signature-malformed'],
    ['in base64 instead', base64, '401 signature-malformed'],
    ['twice', `${hex},${hex}`, '401 signature-malformed'],
    ['as nothing', '', '401 signature-missing'],
  ])('%s', (_how, written, expected) => {
    expect(outcome({ headers: { 'x-signature': written } })).toEqual(expected);
  });

  // 64 bytes are 86 characters and two of padding; the last character holds four bits that mean nothing.
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const last = base64.charAt(85);
  const respelled = `${base64.slice(0, 85)}${alphabet.charAt(alphabet.indexOf(last) + 1)}==`;

  test.each([
    ['in base64', base64, { secret: 0 }],
    ['with bits that mean nothing', respelled, '401 signature-malformed'],
    ['without padding', base64.slice(0, -2), '401 signature-malformed'],
    ['with more padding', `${base64}=`, '401 signature-malformed'],
    ['in the URL’s alphabet', base64.replaceAll('+', '-').replaceAll('/', '_').slice(0, -2), '401 signature-malformed'],
    ['with a newline', `${base64}\n`, '401 signature-malformed'],
    ['with a newline inside', `${base64.slice(0, 44)}\n${base64.slice(44)}`, '401 signature-malformed'],
    ['in hex instead', hex, '401 signature-mismatch'],
    ['twice', `${base64},${base64}`, '401 signature-malformed'],
  ])('and not otherwise: %s', (_how, written, expected) => {
    expect(outcome({ scheme: { encoding: 'base64' }, headers: { 'x-signature': written } })).toEqual(expected);
  });

  test('as one of several, where the scheme has several', () => {
    const scheme = { signature: { header: 'x-signature', separator: ',', prefix: 'v1=', exact: true } } as const;
    const forged = signature(Buffer.from('x')).toString('hex');
    expect(outcome({ scheme, headers: { 'x-signature': `v1=${forged},v1=${hex}` } })).toEqual({ secret: 0 });
    expect(outcome({ scheme, headers: { 'x-signature': `v1=zz,v1=${hex}` } })).toEqual({ secret: 0 });
    expect(outcome({ scheme, headers: { 'x-signature': `v0=${hex}` } })).toBe('401 signature-malformed');
  });

  test('and its respelling stands for the same bytes, so that there would be two texts of one signature', () => {
    expect(Buffer.from(respelled, 'base64')).toEqual(Buffer.from(base64, 'base64'));
    expect(bytesOf(respelled, 'base64')).toBeUndefined();
    expect(bytesOf(base64, 'base64')).toEqual(signature());
    expect(bytesOf('', 'base64')).toBeUndefined();
    expect(bytesOf('', 'hex')).toBeUndefined();
  });
});

test('whatever the bytes of a signature and the texts of keys are, nothing but a refusal is thrown', () => {
  const key = fc.oneof(
    fc.string(),
    fc.string().map((text) => `-----BEGIN PUBLIC KEY-----\n${text}\n-----END PUBLIC KEY-----`),
    fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64')),
    fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  );
  const algorithm = fc.constantFrom('ed25519', 'ecdsa-sha256', 'rsa-sha256');
  const usual = { ed25519: ed25519.publicKey, 'ecdsa-sha256': ec.publicKey, 'rsa-sha256': rsa.publicKey };
  const written = fc.oneof(
    fc.string(),
    fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('hex')),
  );
  fc.assert(
    fc.property(algorithm, written, fc.array(key), (name, text, keys) => {
      const secrets = [...keys, pem(usual[name])];
      expect(outcome({ scheme: { algorithm: name }, headers: { 'x-signature': text }, secrets })).toMatch(/^401 /);
    }),
    { numRuns: 200 },
  );
});

test('a check of a signature never throws', () => {
  const rsaKey = createPublicKey(createPrivateKey(privatePem(rsa.privateKey)));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      for (const [hash, key] of [
        [null, ed25519.publicKey],
        ['sha256', ec.publicKey],
        ['sha256', rsaKey],
      ] as const) {
        expect(isSignature(hash, body, key, Buffer.from(bytes))).toBe(false);
      }
    }),
  );
});
