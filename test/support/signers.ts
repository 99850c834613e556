import { createHmac, randomUUID } from 'node:crypto';
import { sign as githubSign } from '@octokit/webhooks-methods';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import Stripe from 'stripe';
import { Webhook as SvixWebhook } from 'svix';

export type SignedHeaders = Readonly<Record<string, string>>;

export interface SigningOptions {
  /** @default the first of the signer's */
  readonly secret?: string;
  /** Seconds since 1970. @default now */
  readonly at?: number;
  /** The delivery's id, where it is signed. @default a new one */
  readonly id?: string;
}

/** A platform that sends to one of the sources of `signersSources`. */
export interface Signer {
  readonly name: string;
  readonly source: string;
  /** Both valid at once, as during a rotation. */
  readonly secrets: readonly [string, string];
  /** One that never was the source's. */
  readonly foreign: string;
  /** The header that carries the signature. */
  readonly signature: string;
  /** Whether a time is signed. */
  readonly timed: boolean;
  /** Headers of an authentic request. Texts are signed by the platform's own SDK, where it has one that signs. */
  sign(body: string | Buffer, options?: SigningOptions): Promise<SignedHeaders>;
}

const now = (): number => Math.floor(Date.now() / 1000);
const digest = (algorithm: string, key: string | Buffer, parts: readonly (string | Buffer)[]): Buffer => {
  const hmac = createHmac(algorithm, key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
};
const whsec = (text: string): string => `whsec_${Buffer.from(text.padEnd(32, '.')).toString('base64')}`;

const stripeSdk = new Stripe('sk_test_unused');

export const github: Signer = {
  name: 'GitHub',
  source: 'github',
  secrets: ['github secret', 'github secret of before'],
  foreign: 'a secret of nobody',
  signature: 'x-hub-signature-256',
  timed: false,
  async sign(body, { secret = github.secrets[0] } = {}) {
    // Its SDK refuses to sign nothing at all.
    const bySdk = typeof body === 'string' && body !== '';
    const signature = bySdk
      ? await githubSign(secret, body)
      : `sha256=${digest('sha256', secret, [body]).toString('hex')}`;
    return { 'x-github-event': 'push', 'x-github-delivery': randomUUID(), 'x-hub-signature-256': signature };
  },
};

export const stripe: Signer = {
  name: 'Stripe',
  source: 'stripe',
  secrets: ['whsec_stripe_secret', 'whsec_stripe_secret_of_before'],
  foreign: 'whsec_of_nobody',
  signature: 'stripe-signature',
  timed: true,
  async sign(body, { secret = stripe.secrets[0], at = now() } = {}) {
    const signature =
      typeof body === 'string'
        ? stripeSdk.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: at })
        : `t=${at},v1=${digest('sha256', secret, [`${at}.`, body]).toString('hex')}`;
    return { 'stripe-signature': signature };
  },
};

/** Its SDK can verify, not sign. */
export const shopify: Signer = {
  name: 'Shopify',
  source: 'shopify',
  secrets: ['shopify secret', 'shopify secret of before'],
  foreign: 'a secret of nobody',
  signature: 'x-shopify-hmac-sha256',
  timed: false,
  async sign(body, { secret = shopify.secrets[0] } = {}) {
    return {
      'x-shopify-topic': 'orders/create',
      'x-shopify-shop-domain': 'snails.myshopify.com',
      'x-shopify-webhook-id': randomUUID(),
      'x-shopify-api-version': '2026-10',
      'x-shopify-hmac-sha256': digest('sha256', secret, [body]).toString('base64'),
    };
  },
};

/** Its SDK can verify, not sign. */
export const slack: Signer = {
  name: 'Slack',
  source: 'slack',
  secrets: ['slack secret', 'slack secret of before'],
  foreign: 'a secret of nobody',
  signature: 'x-slack-signature',
  timed: true,
  async sign(body, { secret = slack.secrets[0], at = now() } = {}) {
    const signature = digest('sha256', secret, [`v0:${at}:`, body]).toString('hex');
    return { 'x-slack-request-timestamp': String(at), 'x-slack-signature': `v0=${signature}` };
  },
};

function standard(name: string, family: string, Sdk: typeof StandardWebhook | typeof SvixWebhook): Signer {
  const secrets = [whsec('standard secret'), whsec('standard secret of before')] as const;
  return {
    name,
    source: 'standard-webhooks',
    secrets,
    foreign: whsec('a secret of nobody'),
    signature: `${family}-signature`,
    timed: true,
    async sign(body, { secret = secrets[0], at = now(), id = `msg_${randomUUID()}` } = {}) {
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
      const signature =
        typeof body === 'string'
          ? new Sdk(secret).sign(id, new Date(at * 1000), body)
          : `v1,${digest('sha256', key, [`${id}.${at}.`, body]).toString('base64')}`;
      return { [`${family}-id`]: id, [`${family}-timestamp`]: String(at), [`${family}-signature`]: signature };
    },
  };
}

export const standardWebhooks = standard('Standard Webhooks', 'webhook', StandardWebhook);
export const svix = standard('Svix', 'svix', SvixWebhook);

/** A platform that the definition declares. */
export const warehouse: Signer = {
  name: 'a declared scheme',
  source: 'warehouse',
  secrets: ['warehouse secret', 'warehouse secret of before'],
  foreign: 'a secret of nobody',
  signature: 'x-warehouse-signature',
  timed: true,
  async sign(body, { secret = warehouse.secrets[0], at = now(), id = randomUUID() } = {}) {
    const signature = digest('sha512', secret, [`${id}.${at}.`, body]).toString('hex');
    return {
      'x-warehouse-delivery': id,
      'x-warehouse-timestamp': String(at),
      'x-warehouse-signature': `sha512=${signature}`,
    };
  },
};

export const signers: readonly Signer[] = [github, stripe, shopify, slack, standardWebhooks, svix, warehouse];

/** Secrets of every signer's source, as a runtime takes them. */
export const signersSecrets: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  signers.map(({ source, secrets }) => [source, secrets]),
);
