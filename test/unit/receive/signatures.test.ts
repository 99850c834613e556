import { createHmac, generateKeyPairSync, sign as signBytes } from 'node:crypto';
import { sign as githubSign, verify as githubVerify } from '@octokit/webhooks-methods';
import { ApiVersion, shopifyApi } from '@shopify/shopify-api';
import '@shopify/shopify-api/adapters/node';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import { describe, expect, test, vi } from 'vitest';
import type { HmacProvider } from '../../../functions/core/definition.ts';
import { RefusedError } from '../../../functions/core/errors.ts';
import { github } from '../../../functions/receive/providers/github.ts';
import { hmac } from '../../../functions/receive/providers/hmac.ts';
import type { Provider } from '../../../functions/receive/providers/provider.ts';
import { shopify } from '../../../functions/receive/providers/shopify.ts';
import { slack } from '../../../functions/receive/providers/slack.ts';
import { standardWebhooks } from '../../../functions/receive/providers/standard-webhooks.ts';
import { stripe } from '../../../functions/receive/providers/stripe.ts';
import { verifierOf } from '../../../functions/receive/verify.ts';
import { verifySlackRequest } from '../../support/slack-verifier.ts';

const now = 1_795_262_400_500;
const seconds = Math.floor(now / 1000);
const stripeSdk = new Stripe('sk_test_unused');
const whsec = `whsec_${Buffer.from('a key of some thirty two bytes !').toString('base64')}`;
const otherWhsec = `whsec_${Buffer.from('another key of thirty two bytes ').toString('base64')}`;
const declared: HmacProvider = {
  algorithm: 'sha512',
  encoding: 'base64',
  secret: { prefix: 'key_', encoding: 'hex' },
  signature: { header: 'x-sig', separator: ';', prefix: 'v2=' },
  signed: '{id}|{timestamp}|{body}',
  timestamp: { header: 'x-at', unit: 'ms', toleranceSeconds: 60 },
  id: { header: 'x-id' },
};

type HeaderSet = Readonly<Record<string, string>>;

/** One scheme: how its requests are made, by the platform's own SDK where that can sign. */
interface Case {
  readonly name: string;
  readonly provider: Provider;
  readonly secret: string;
  readonly other: string;
  /** Headers of an authentic request. `at` in seconds since 1970. */
  readonly sign: (body: string, secret: string, at?: number) => Promise<HeaderSet> | HeaderSet;
  readonly signature: string;
  readonly timestamp?: { readonly header: string; readonly of: (at: string) => string; readonly tolerance: number };
}

const standardSign =
  (Signer: typeof StandardWebhook | typeof SvixWebhook, family: string) =>
  (body: string, secret: string, at = seconds): HeaderSet => ({
    [`${family}-id`]: 'msg_1',
    [`${family}-timestamp`]: String(at),
    [`${family}-signature`]: new Signer(secret).sign('msg_1', new Date(at * 1000), body),
  });

const cases: readonly Case[] = [
  {
    name: 'github',
    provider: github,
    secret: 'github secret',
    other: 'another',
    // Its SDK refuses to sign nothing at all, which GitHub itself never sends.
    sign: async (body, secret) => ({
      'x-hub-signature-256': body
        ? await githubSign(secret, body)
        : `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    }),
    signature: 'x-hub-signature-256',
  },
  {
    name: 'stripe',
    provider: stripe,
    secret: 'whsec_stripe',
    other: 'whsec_other',
    sign: (payload, secret, timestamp = seconds) => ({
      'stripe-signature': stripeSdk.webhooks.generateTestHeaderString({ payload, secret, timestamp }),
    }),
    signature: 'stripe-signature',
    timestamp: { header: 'stripe-signature', of: (at) => `t=${at},v1=${'0'.repeat(64)}`, tolerance: 300 },
  },
  {
    name: 'shopify',
    provider: shopify,
    secret: 'shopify secret',
    other: 'another',
    sign: (body, secret) => ({
      'x-shopify-hmac-sha256': createHmac('sha256', secret).update(body).digest('base64'),
    }),
    signature: 'x-shopify-hmac-sha256',
  },
  {
    name: 'slack',
    provider: slack,
    secret: 'slack secret',
    other: 'another',
    sign: (body, secret, at = seconds) => ({
      'x-slack-request-timestamp': String(at),
      'x-slack-signature': `v0=${createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex')}`,
    }),
    signature: 'x-slack-signature',
    timestamp: { header: 'x-slack-request-timestamp', of: (at) => at, tolerance: 300 },
  },
  {
    name: 'standard-webhooks',
    provider: standardWebhooks,
    secret: whsec,
    other: otherWhsec,
    sign: standardSign(StandardWebhook, 'webhook'),
    signature: 'webhook-signature',
    timestamp: { header: 'webhook-timestamp', of: (at) => at, tolerance: 300 },
  },
  {
    name: 'standard-webhooks from svix',
    provider: standardWebhooks,
    secret: whsec,
    other: otherWhsec,
    sign: standardSign(SvixWebhook, 'svix'),
    signature: 'svix-signature',
    timestamp: { header: 'svix-timestamp', of: (at) => at, tolerance: 300 },
  },
  {
    name: 'a declared scheme',
    provider: hmac(declared),
    secret: 'key_00ff10',
    other: 'key_00ff11',
    sign: (body, secret, at = seconds) => {
      const key = Buffer.from(secret.slice('key_'.length), 'hex');
      const signature = createHmac('sha512', key)
        .update(`d-1|${at * 1000}|${body}`)
        .digest('base64');
      return { 'x-id': 'd-1', 'x-at': String(at * 1000), 'x-sig': `v2=${signature}` };
    },
    signature: 'x-sig',
    timestamp: { header: 'x-at', of: (at) => (/^\d+$/.test(at) ? `${at}000` : at), tolerance: 60 },
  },
];

/** `#0` for the secret that matched, or the status and reason of the refusal. */
function outcome(provider: Provider, headers: HeaderSet, body: string | Buffer, secrets: readonly string[]): string {
  const verify = typeof provider.scheme === 'function' ? provider.scheme : verifierOf(provider.scheme);
  try {
    const webhook = { headers: new Map(Object.entries(headers)), body: Buffer.from(body) };
    return `#${verify(webhook, secrets, now).secret}`;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return `${error.status} ${error.reason}`;
  }
}

describe.each(cases)('$name', ({ provider, secret, other, sign, signature, timestamp }) => {
  const body = '{"type":"a","note":"\u{1f980} é"}';
  const without = (headers: HeaderSet, name: string): HeaderSet =>
    Object.fromEntries(Object.entries(headers).filter(([header]) => header !== name));

  test.each([
    ['JSON', body],
    ['nothing', ''],
    ['text', 'plain, with \r\n and a trailing space '],
    ['an emoji', '\u{1f980}'],
    ['characters that SQS refuses', '\u0000\u0008\ufffe\uffff'],
    ['a form', 'payload=%7B%22a%22%3A1%7D'],
    ['much', 'x'.repeat(300_000)],
  ])('is accepted when it carries %s', async (_what, content) => {
    expect(outcome(provider, await sign(content, secret), content, [secret])).toBe('#0');
  });

  test('is refused when its body was tampered with', async () => {
    expect(outcome(provider, await sign(body, secret), `${body} `, [secret])).toBe('401 signature-mismatch');
  });

  test('is refused under a wrong secret, and under none', async () => {
    const headers = await sign(body, other);
    expect(outcome(provider, headers, body, [secret])).toBe('401 signature-mismatch');
    expect(outcome(provider, headers, body, [''])).toBe('503 no-secret');
    expect(outcome(provider, headers, body, [])).toBe('503 no-secret');
  });

  test('is accepted under either of two secrets, and tells which', async () => {
    const headers = await sign(body, secret);
    expect(outcome(provider, headers, body, [secret, other])).toBe('#0');
    expect(outcome(provider, headers, body, [other, secret])).toBe('#1');
  });

  test('is refused with its signature missing, empty, truncated, extended or in capitals', async () => {
    const headers = await sign(body, secret);
    const value = headers[signature] ?? '';
    expect(outcome(provider, without(headers, signature), body, [secret])).toMatch(
      /^401 (signature|timestamp)-missing$/,
    );
    expect(outcome(provider, { ...headers, [signature]: '' }, body, [secret])).toMatch(/^401 .*-missing$/);
    for (const broken of [
      value.slice(0, -1),
      `${value}0`,
      value.slice(1),
      value.toUpperCase(),
      value.toLowerCase().slice(0, -2),
    ]) {
      expect(outcome(provider, { ...headers, [signature]: broken }, body, [secret])).toMatch(/^401 /);
    }
  });

  test('is refused when its signature came in two headers, as API Gateway joins them', async () => {
    const headers = await sign(body, secret);
    const forged = await sign(body, other);
    for (const joined of [
      `${forged[signature]},${headers[signature]}`,
      `${headers[signature]},${headers[signature]}`,
    ]) {
      expect(outcome(provider, { ...headers, [signature]: joined }, body, [secret])).toMatch(/^401 /);
    }
  });

  test.runIf(timestamp)('is accepted up to its tolerance and refused beyond', async () => {
    const { tolerance = 0 } = timestamp ?? {};
    const at = async (age: number) => outcome(provider, await sign(body, secret, seconds - age), body, [secret]);
    // Half a second of `now` counts where the unit is milliseconds.
    const latest = timestamp?.header === 'x-at' ? tolerance - 1 : tolerance;
    expect(await at(latest)).toBe('#0');
    expect(await at(tolerance + 1)).toBe('401 timestamp-stale');
    expect(await at(-tolerance)).toBe('#0');
    expect(await at(-tolerance - 1)).toBe('401 timestamp-future');
  });

  test.runIf(timestamp)('is refused when its timestamp is missing or not a plain number', async () => {
    const headers = await sign(body, secret);
    const { header = '', of = String } = timestamp ?? {};
    expect(outcome(provider, without(headers, header), body, [secret])).toMatch(/^401 (timestamp|signature)-missing$/);
    const malformed = [
      '',
      ' ',
      '-1',
      '+1',
      `${seconds}.0`,
      `${seconds}x`,
      `0${seconds}`,
      '1e9',
      '0x10',
      'NaN',
      'Infinity',
      '١٢٣',
    ];
    for (const text of [...malformed, `${seconds},${seconds}`]) {
      expect(outcome(provider, { ...headers, [header]: of(text) }, body, [secret])).toMatch(
        /^401 (timestamp|signature)-/,
      );
    }
  });

  test('proves the exact bytes where they are not UTF-8', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28]);
    const replaced = Buffer.from(bytes.toString('utf8'));
    const key = { stripe: secret, slack: secret }[provider.name];
    const made: Record<string, () => HeaderSet> = {
      github: () => ({ [signature]: `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}` }),
      shopify: () => ({ [signature]: createHmac('sha256', secret).update(bytes).digest('base64') }),
      stripe: () => ({
        [signature]: `t=${seconds},v1=${createHmac('sha256', key ?? '')
          .update(`${seconds}.`)
          .update(bytes)
          .digest('hex')}`,
      }),
      slack: () => ({
        'x-slack-request-timestamp': String(seconds),
        [signature]: `v0=${createHmac('sha256', key ?? '')
          .update(`v0:${seconds}:`)
          .update(bytes)
          .digest('hex')}`,
      }),
      'standard-webhooks': () => {
        const family = signature.split('-')[0];
        const raw = Buffer.from(secret.slice('whsec_'.length), 'base64');
        const digest = createHmac('sha256', raw).update(`msg_1.${seconds}.`).update(bytes).digest('base64');
        return { [`${family}-id`]: 'msg_1', [`${family}-timestamp`]: String(seconds), [signature]: `v1,${digest}` };
      },
      hmac: () => {
        const raw = Buffer.from(secret.slice('key_'.length), 'hex');
        const digest = createHmac('sha512', raw).update(`d-1|${seconds}000|`).update(bytes).digest('base64');
        return { 'x-id': 'd-1', 'x-at': `${seconds}000`, [signature]: `v2=${digest}` };
      },
    };
    const headers = made[provider.name]?.() ?? {};
    expect(outcome(provider, headers, bytes, [secret])).toBe('#0');
    expect(outcome(provider, headers, replaced, [secret])).toBe('401 signature-mismatch');
  });
});

test('a declared scheme takes any one of a list, whatever spaces are in it', () => {
  const key = Buffer.from('00ff10', 'hex');
  const signature = createHmac('sha512', key).update(`d-1|${seconds}000|{}`).digest('base64');
  for (const list of [`v1=x; v2=${signature}`, `v2=x ;v2=${signature} ; v3=x`]) {
    const headers = { 'x-id': 'd-1', 'x-at': ` ${seconds}000 `, 'x-sig': list };
    expect(outcome(hmac(declared), headers, '{}', ['key_00ff10'])).toBe('#0');
  }
});

describe('stripe', () => {
  const body = '{"id":"evt_1"}';
  const header = (secret: string) =>
    stripeSdk.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: seconds });
  const v1 = (secret: string) => header(secret).split(',')[1];
  const sdk = (value: string): boolean => {
    try {
      stripeSdk.webhooks.constructEvent(body, value, 'right', 300, undefined, now);
      return true;
    } catch {
      return false;
    }
  };

  test.each([
    ['two v1 of which the first is right', `t=${seconds},${v1('right')},${v1('wrong')}`, '#0'],
    ['two v1 of which the second is right', `t=${seconds},${v1('wrong')},${v1('right')}`, '#0'],
    ['parts in another order', `${v1('right')},t=${seconds}`, '#0'],
    ['parts that nobody knows', `t=${seconds},v2=1,${v1('right')},x`, '#0'],
    ['the right signature as v0', `t=${seconds},${v1('right')?.replace('v1', 'v0')}`, '401 signature-malformed'],
    ['no timestamp', v1('right') ?? '', '401 timestamp-missing'],
    ['spaces between its parts', `t=${seconds}, ${v1('right')}`, '401 signature-malformed'],
    ['an empty v1', `t=${seconds},v1=`, '401 signature-mismatch'],
  ])('with %s is judged as by its SDK', (_what, value, expected) => {
    expect(outcome(stripe, { 'stripe-signature': value }, body, ['right'])).toBe(expected);
    expect(sdk(value)).toBe(expected === '#0');
  });

  test.each([
    `t=1,t=${seconds},${v1('right')}`,
    `t=${seconds},t=1,${v1('right')}`,
    `${header('right')}, ${header('right')}`,
  ])('with two timestamps is refused: %s', (value) => {
    expect(outcome(stripe, { 'stripe-signature': value }, body, ['right'])).toBe('401 timestamp-malformed');
  });
});

describe('standard-webhooks', () => {
  const body = '{"test": 2432232314}';
  const signed = (secret = whsec, id = 'msg_1') => new StandardWebhook(secret).sign(id, new Date(seconds * 1000), body);
  const headers = (difference: HeaderSet = {}): HeaderSet => ({
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(seconds),
    'webhook-signature': signed(),
    ...difference,
  });

  test("accepts the specification's own example", () => {
    const example = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    const verify = standardWebhooks.scheme as Exclude<Provider['scheme'], object & { signed: string }>;
    const webhook = { headers: new Map(Object.entries(example)), body: Buffer.from(body) };
    const proof = verify(webhook, ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], 1_614_265_330_000);
    expect(proof).toEqual({ secret: 0, id: 'msg_p5jXN8AQM9LWM0D4loKWxJek' });
  });

  test('takes any one of many signatures, and a secret without its prefix', () => {
    const many = `v1,AAAA v2,BBBB ${signed(otherWhsec)} ${signed()}`;
    expect(outcome(standardWebhooks, headers({ 'webhook-signature': many }), body, [whsec])).toBe('#0');
    expect(outcome(standardWebhooks, headers(), body, [whsec.slice('whsec_'.length)])).toBe('#0');
  });

  test('wants all three headers of one family', () => {
    const { 'webhook-id': id = '', ...rest } = headers();
    expect(outcome(standardWebhooks, { ...rest, 'svix-id': id }, body, [whsec])).toBe('401 id-missing');
    expect(outcome(standardWebhooks, rest, body, [whsec])).toBe('401 id-missing');
    expect(outcome(standardWebhooks, headers({ 'webhook-id': '' }), body, [whsec])).toBe('401 id-missing');
  });

  test('takes either family where both are whole', () => {
    const svix = { 'svix-id': 'msg_1', 'svix-timestamp': String(seconds), 'svix-signature': 'v1,AAAA' };
    expect(outcome(standardWebhooks, headers(svix), body, [whsec])).toBe('#0');
    const other = headers({ ...svix, 'svix-signature': signed(), 'webhook-signature': 'v1,AAAA' });
    expect(outcome(standardWebhooks, other, body, [whsec])).toBe('#0');
  });

  test('has no use for a secret that is not base64', () => {
    expect(outcome(standardWebhooks, headers(), body, ['whsec_not base64!'])).toBe('503 no-secret');
    expect(outcome(standardWebhooks, headers(), body, ['whsec_not base64!', whsec])).toBe('#1');
  });

  describe('with a public key', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64');
    const whpk = `whpk_${raw}`;
    const signature = `v1a,${signBytes(null, Buffer.from(`msg_1.${seconds}.${body}`), privateKey).toString('base64')}`;

    test('accepts what its private key signed, beside secrets', () => {
      const asymmetric = headers({ 'webhook-signature': signature });
      expect(outcome(standardWebhooks, asymmetric, body, [whpk])).toBe('#0');
      expect(outcome(standardWebhooks, asymmetric, body, [whsec, whpk])).toBe('#1');
      expect(outcome(standardWebhooks, headers(), body, [whpk, whsec])).toBe('#1');
      expect(outcome(standardWebhooks, asymmetric, `${body} `, [whpk])).toBe('401 signature-mismatch');
      expect(outcome(standardWebhooks, asymmetric, body, ['whpk_AAAA'])).toBe('503 no-secret');
    });

    test('never takes the public key for a secret that everybody would know', () => {
      const forged = `v1,${createHmac('sha256', Buffer.from(raw, 'base64')).update(`msg_1.${seconds}.${body}`).digest('base64')}`;
      expect(outcome(standardWebhooks, headers({ 'webhook-signature': forged }), body, [whpk])).toMatch(/^401 /);
      const stale = headers({ 'webhook-signature': signature, 'webhook-timestamp': String(seconds - 301) });
      expect(outcome(standardWebhooks, stale, body, [whpk])).toBe('401 timestamp-stale');
    });
  });
});

describe("the platforms' own verifiers agree", () => {
  const body = '{"a":1}';

  test('GitHub: octokit', async () => {
    const [right, wrong] = [await githubSign('secret', body), await githubSign('other', body)];
    for (const signature of [
      right,
      wrong,
      right.toUpperCase(),
      right.slice(7),
      `${right} `,
      `sha1=${right.slice(7)}`,
    ]) {
      const ours = outcome(github, { 'x-hub-signature-256': signature }, body, ['secret']) === '#0';
      expect(ours, signature).toBe(await githubVerify('secret', body, signature));
    }
  });

  test.each([
    ['webhooks', 'x-shopify'],
    ['events', 'shopify'],
  ])('Shopify: shopify-api on %s', async (_kind, prefix) => {
    const api = shopifyApi({
      apiKey: 'key',
      apiSecretKey: 'secret',
      apiVersion: ApiVersion.January26,
      hostName: 'shop.example.com',
      isEmbeddedApp: false,
      logger: { log: () => undefined },
    });
    const right = createHmac('sha256', 'secret').update(body).digest('base64');
    const wrong = createHmac('sha256', 'other').update(body).digest('base64');
    for (const signature of [right, wrong, right.slice(0, -1), right.toLowerCase(), right.replaceAll('+', '-')]) {
      const headers = {
        [`${prefix}-hmac-sha256`]: signature,
        [`${prefix}-topic`]: 'orders/create',
        [`${prefix}-shop-domain`]: 'shop.example.com',
        [`${prefix}-api-version`]: '2026-01',
        [`${prefix}-webhook-id`]: '1',
        [`${prefix}-event-id`]: '2',
      };
      const { valid } = await api.webhooks.validate({ rawBody: body, rawRequest: { headers }, rawResponse: {} });
      expect(outcome(shopify, headers, body, ['secret']) === '#0', signature).toBe(valid);
    }
  });

  test('Slack: bolt', () => {
    const sign = (at: number | string, secret = 'secret') =>
      `v0=${createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex')}`;
    const right = sign(seconds);
    const judged: readonly (readonly [string, number])[] = [
      [right, seconds],
      [sign(seconds, 'other'), seconds],
      [right.toUpperCase(), seconds],
      [right.replace('v0', 'v1'), seconds],
      ['v0=', seconds],
      [sign(seconds - 300), seconds - 300],
      [sign(seconds - 301), seconds - 301],
      [right, seconds - 1],
    ];
    for (const [signature, at] of judged) {
      const headers = { 'x-slack-signature': signature, 'x-slack-request-timestamp': String(at) };
      const ours = outcome(slack, headers, body, ['secret']) === '#0';
      expect(ours, `${signature} ${at}`).toBe(verifySlackRequest('secret', body, signature, at, now));
    }
  });

  test('Standard Webhooks and Svix: their libraries', () => {
    vi.useFakeTimers({ now });
    const sdk = new StandardWebhook(whsec);
    const right = sdk.sign('msg_1', new Date(now), body);
    for (const signature of [
      right,
      right.slice(0, -1),
      right.replace('v1,', 'v2,'),
      `v1,x ${right}`,
      right.slice(3),
      '',
    ]) {
      for (const at of [seconds, seconds - 1]) {
        for (const [family, Verifier] of [
          ['webhook', StandardWebhook],
          ['svix', SvixWebhook],
        ] as const) {
          const headers = {
            [`${family}-id`]: 'msg_1',
            [`${family}-timestamp`]: String(at),
            [`${family}-signature`]: signature,
          };
          const theirs = (): boolean => {
            try {
              new Verifier(whsec).verify(body, headers);
              return true;
            } catch {
              return false;
            }
          };
          expect(outcome(standardWebhooks, headers, body, [whsec]) === '#0', `${signature} ${at}`).toBe(theirs());
        }
      }
    }
    vi.useRealTimers();
  });
});
