import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { RefusedError } from '../../../../functions/core/errors.ts';
import { certificateStore, commonNameOf } from '../../../../functions/receive/schemes/certificates.ts';
import { type CertificateOptions, madeCertificate } from '../../../support/made-certificate.ts';

const now = 1_795_262_400_000;
const day = 24 * 3_600_000;
const url = 'https://certs.example.com/CERT-1';
const pem = (type: 'rsa' | 'ec' = 'rsa') => {
  const { privateKey } =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
};
const keys = { owner: pem(), issuer: pem(), other: pem() };
const certificate = (difference: Partial<CertificateOptions> = {}) =>
  madeCertificate({
    commonName: 'certs.example.com',
    privateKey: keys.owner,
    from: now - day,
    until: now + 30 * day,
    ...difference,
  });

type Answer = () => Response | Promise<Response>;
/** A store in front of a server that counts. */
function served(answer: Answer, waitMs = 1_500) {
  const asked: string[] = [];
  const find = certificateStore({
    keepsAt: ({ hostname }) => hostname === 'certs.example.com',
    isOf: (of) => commonNameOf(of) === 'certs.example.com',
    fetch: async (input, init) => {
      asked.push(String(input));
      expect(init?.redirect).toBe('error');
      const aborted = new Promise<never>((_, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      });
      return Promise.race([answer(), aborted]);
    },
    waitMs,
  });
  const outcome = async (from = url, at = now): Promise<string> => {
    try {
      return keyName(await find(from, at));
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      return `${error.status} ${error.reason}`;
    }
  };
  return { asked, outcome };
}
const keyName = (key: KeyObject) =>
  Object.entries(keys).find(([, privateKey]) => createPublicKey(privateKey).equals(key))?.[0] ?? 'unknown';
const ok =
  (text: string): Answer =>
  () =>
    new Response(text);

test('finds the public key of a certificate, and keeps it for a day', async () => {
  const { asked, outcome } = served(ok(certificate()));
  expect(await outcome()).toBe('owner');
  expect(await outcome(url, now + day)).toBe('owner');
  expect(asked).toEqual([url]);
  expect(await outcome(url, now + day + 1)).toBe('owner');
  expect(asked).toHaveLength(2);
});

test('does not keep it beyond its own time, nor use it before', async () => {
  const { outcome } = served(ok(certificate({ until: now + 1_000 })));
  expect(await outcome()).toBe('owner');
  expect(await outcome(url, now + 2_000)).toBe('401 certificate-expired');
  expect(await served(ok(certificate({ from: now + 1_000 }))).outcome()).toBe('401 certificate-expired');
});

test('asks nobody at another place', async () => {
  const { asked, outcome } = served(ok(certificate()));
  for (const other of [
    '',
    'no url',
    'http://certs.example.com/CERT-1',
    'https://certs.example.com:8443/CERT-1',
    'https://user@certs.example.com/CERT-1',
    'https://certs.example.com@other.example.com/CERT-1',
    'https://certs.example.com/CERT-1?a=1',
    'https://certs.example.com/CERT-1#a',
    'https://certs.example.com.other.example.com/CERT-1',
    'https://other.example.com/CERT-1',
    'file:///etc/passwd',
    `https://certs.example.com/${'a'.repeat(500)}`,
  ]) {
    expect(await outcome(other), other).toBe('401 certificate-url');
  }
  expect(asked).toEqual([]);
});

test('downloads once for all who ask meanwhile', async () => {
  const { asked, outcome } = served(ok(certificate()));
  expect(await Promise.all([outcome(), outcome(), outcome()])).toEqual(['owner', 'owner', 'owner']);
  expect(asked).toHaveLength(1);
});

describe('refuses', () => {
  test.each([
    ['what is no certificate', 'hello'],
    ['a damaged certificate', certificate().replace(/\n.{20}/, '\n')],
    ['a certificate of somebody else', certificate({ commonName: 'other.example.com' })],
    ['a certificate of two names', certificate({ commonName: 'certs.example.com\nCN=certs.example.com' })],
    ['a key that is not RSA', madeEc()],
    ['more than 32 KB', certificate() + ' '.repeat(32_768)],
  ])('%s', async (_, text) => {
    expect(await served(ok(text)).outcome()).toBe('401 certificate-malformed');
  });

  test('what is not there', async () => {
    expect(await served(() => new Response('', { status: 404 })).outcome()).toBe('401 certificate-missing');
  });
});

function madeEc(): string {
  return certificate({ privateKey: pem('ec'), issuer: { commonName: 'CA', privateKey: keys.issuer } });
}

describe('a chain', () => {
  const issuer = { commonName: 'CA', privateKey: keys.issuer };
  const leaf = certificate({ issuer });

  test('is taken where each certificate is issued by the next', async () => {
    const ca = certificate({ ...issuer, ca: true });
    expect(await served(ok(leaf + ca)).outcome()).toBe('owner');
  });

  test.each([
    ['by another key', certificate({ commonName: 'CA', privateKey: keys.other, ca: true })],
    ['by another name', certificate({ commonName: 'Other', privateKey: keys.issuer, ca: true })],
    ['by who may not', certificate({ ...issuer })],
  ])('is refused where one is issued %s', async (_, ca) => {
    expect(await served(ok(leaf + ca)).outcome()).toBe('401 certificate-malformed');
  });
});

describe('a download that fails', () => {
  test.each([
    ['by an error', () => Promise.reject(new TypeError('fetch failed'))],
    ['by the server', () => new Response('', { status: 500 })],
    ['by a limit', () => new Response('', { status: 429 })],
  ] as const)('%s is for another time', async (_, answer) => {
    const { asked, outcome } = served(answer);
    expect(await outcome()).toBe('503 certificate-unavailable');
    expect(await outcome(url, now + 59_999)).toBe('503 certificate-unavailable');
    expect(asked).toHaveLength(1);
    await outcome(url, now + 60_000);
    expect(asked).toHaveLength(2);
  });

  test('by taking too long is given up', async () => {
    const { outcome } = served(() => new Promise(() => undefined), 20);
    expect(await outcome()).toBe('503 certificate-unavailable');
  });

  test('does not let anybody make us ask at will, and is forgotten after a minute', async () => {
    const { asked, outcome } = served(() => new Response('', { status: 404 }));
    for (let at = 0; at < 30; at += 1) await outcome(`${url}-${at}`);
    expect(asked).toHaveLength(10);
    expect(await outcome(`${url}-99`)).toBe('503 certificate-unavailable');
    expect(await outcome(`${url}-99`, now + 60_000)).toBe('401 certificate-missing');
  });

  test('does not take away what is known', async () => {
    let text = certificate();
    const { outcome } = served(() => new Response(text));
    expect(await outcome()).toBe('owner');
    text = '';
    for (let at = 0; at < 30; at += 1) await outcome(`${url}-${at}`);
    expect(await outcome()).toBe('owner');
  });
});
