import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { HmacProvider } from '../../../../functions/core/definition.ts';
import { RefusedError } from '../../../../functions/core/errors.ts';
import { hmac } from '../../../../functions/receive/providers/hmac.ts';
import { type Scheme, verifierOf } from '../../../../functions/receive/schemes/verify.ts';
import { type Request, webhookOf } from '../../../../functions/receive/webhook.ts';
import { declared as played } from '../../../../infra/platforms/declared.ts';
import { keepsHeaderContract } from '../../../support/header-contract.ts';
import {
  contractNow,
  contractUrl,
  keepsPresetContract,
  outcomeOf,
  type PresetContract,
} from '../../../support/preset-contract.ts';

const seconds = Math.floor(contractNow / 1000);
const declared: HmacProvider = {
  algorithm: 'sha512',
  encoding: 'base64',
  secret: { prefix: 'key_', encoding: 'hex' },
  signature: { header: 'x-sig', separator: ';', prefix: 'v2=' },
  signed: '{id}|{timestamp}|{body}',
  timestamp: { header: 'x-at', unit: 'ms', toleranceSeconds: 60 },
  id: { header: 'x-id' },
};

const contract: PresetContract & { readonly signature: string } = {
  provider: hmac(declared),
  platform: played(declared),
  right: { stored: 'key_00ff10', key: 'key_00ff10' },
  other: { stored: 'key_00ff11', key: 'key_00ff11' },
  sign: ({ body, key, at }) => {
    const bytes = Buffer.from(key.slice('key_'.length), 'hex');
    const signature = createHmac('sha512', bytes).update(`d-1|${at}|`).update(body).digest('base64');
    return { body, headers: { 'x-id': 'd-1', 'x-at': String(at), 'x-sig': `v2=${signature}` } };
  },
  signature: 'x-sig',
  toleranceSeconds: 60,
};

describe('a declared scheme', () => {
  keepsPresetContract(contract);
  keepsHeaderContract({
    ...contract,
    timestamp: {
      header: 'x-at',
      of: (text) => (/^\d+$/.test(text) ? `${text}000` : text),
      toleranceSeconds: 60,
      unit: 'ms',
    },
  });

  test('takes any one of a list, whatever spaces are in it', async () => {
    const key = Buffer.from('00ff10', 'hex');
    const signature = createHmac('sha512', key).update(`d-1|${seconds}000|{}`).digest('base64');
    for (const list of [`v1=x; v2=${signature}`, `v2=x ;v2=${signature} ; v3=x`]) {
      const headers = { 'x-id': 'd-1', 'x-at': ` ${seconds}000 `, 'x-sig': list };
      expect(await outcomeOf(hmac(declared), { body: Buffer.from('{}'), headers }, ['key_00ff10'])).toBe('#0');
    }
  });
});

const plain: Scheme = { algorithm: 'sha256', encoding: 'hex', signature: { header: 'x-sig' }, signed: '{body}' };
const hex = (content: string) => createHmac('sha256', 'secret').update(content).digest('hex');

function outcome(scheme: Scheme, request: Partial<Request> & Pick<Request, 'headers'>): string {
  const webhook = webhookOf({ url: contractUrl, body: Buffer.from('{}'), ...request });
  try {
    return `#${verifierOf(scheme)(webhook, ['secret'], contractNow).secret}`;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return `${error.status} ${error.reason}`;
  }
}
const signedBy = (signature: string) => new Map([['x-sig', signature]]);

describe('a scheme that signs the URL and the method', () => {
  const scheme: Scheme = { ...plain, signed: '{method}\n{url}\n{body}' };
  const url = `${contractUrl}?account=7&again=%20`;
  const headers = signedBy(hex(`POST\n${url}\n{}`));

  test('is proven by the URL that the platform was given, with its query as it came', () => {
    expect(outcome(scheme, { url, headers })).toBe('#0');
  });

  test.each<[string, Partial<Request>]>([
    ['another query', { url: `${contractUrl}?account=8&again=%20` }],
    ['a query in another order', { url: `${contractUrl}?again=%20&account=7` }],
    ['a query that is encoded otherwise', { url: `${contractUrl}?account=7&again=+` }],
    ['no query', { url: contractUrl }],
    ['another path', { url: url.replace('there', 'elsewhere') }],
    ['another method', { method: 'GET' }],
    ['another body', { body: Buffer.from('{} ') }],
  ])('is refused with %s', (_what, difference) => {
    expect(outcome(scheme, { url, headers, ...difference })).toBe('401 signature-mismatch');
  });

  test('may sign the URL alone, and a part twice', () => {
    expect(outcome({ ...plain, signed: '{url}' }, { url, headers: signedBy(hex(url)) })).toBe('#0');
    const twice = { ...plain, signed: '{body}{method}{body}' };
    expect(outcome(twice, { headers: signedBy(hex('{}POST{}')) })).toBe('#0');
  });

  test('takes what stands in a part for nothing but text', () => {
    const braced = `${contractUrl}?a={body}`;
    expect(outcome(scheme, { url: braced, headers: signedBy(hex(`POST\n${braced}\n{}`)) })).toBe('#0');
  });
});

describe('a scheme with a time in the body', () => {
  const scheme = (unit: 's' | 'ms' | 'iso8601'): Scheme => ({
    ...plain,
    bodyTimestamp: { field: 'sent.at', unit, toleranceSeconds: 30 },
  });
  const sent = (at: unknown) => {
    const body = JSON.stringify({ sent: { at } });
    return { body: Buffer.from(body), headers: signedBy(hex(body)) };
  };

  test.each<['s' | 'ms' | 'iso8601', unknown, string]>([
    ['s', seconds - 30, '#0'],
    ['s', String(seconds + 30), '#0'],
    ['s', seconds - 31, '401 timestamp-stale'],
    ['s', seconds + 31, '401 timestamp-future'],
    ['ms', contractNow - 30_000, '#0'],
    ['ms', contractNow - 30_001, '401 timestamp-stale'],
    ['iso8601', new Date(contractNow + 30_000).toISOString(), '#0'],
    ['iso8601', new Date(contractNow + 30_001).toISOString(), '401 timestamp-future'],
    ['iso8601', 'yesterday', '401 timestamp-malformed'],
    ['s', undefined, '401 timestamp-missing'],
    ['s', [seconds], '401 timestamp-missing'],
    ['s', true, '401 timestamp-missing'],
    ['s', -1, '401 timestamp-malformed'],
  ])('in %s: %j', (unit, at, expected) => {
    expect(outcome(scheme(unit), sent(at))).toBe(expected);
  });

  test('says nothing of the time before the signature is proven', () => {
    expect(outcome(scheme('s'), { ...sent(0), headers: signedBy(hex('else')) })).toBe('401 signature-mismatch');
  });
});
