import { createHmac } from 'node:crypto';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import type { Provider } from '../../functions/receive/providers/provider.ts';
import type { Platform } from '../../infra/platforms/platform.ts';
import type { Family } from '../../infra/platforms/standard-webhooks.ts';
import { acceptsAtContractTime } from './at-contract-time.ts';
import type { PresetContract } from './preset-contract.ts';
import { textOf } from './text-of.ts';

const whsec = (text: string): string => `whsec_${Buffer.from(text).toString('base64')}`;

/** Two secrets of Standard Webhooks. */
export const [standardSecret, otherStandardSecret] = [
  whsec('a key of some thirty two bytes !'),
  whsec('another key of thirty two bytes '),
];

/** The contract of a preset that keeps to Standard Webhooks, signed and verified by the family's own library. */
export function standardContract(
  provider: Provider,
  platform: Platform,
  family: Family,
): PresetContract & { readonly signature: string } {
  const Sdk = family === 'svix' ? SvixWebhook : StandardWebhook;
  return {
    provider,
    platform,
    right: { stored: standardSecret, key: standardSecret },
    other: { stored: otherStandardSecret, key: otherStandardSecret },
    sign: ({ body, key, at }) => {
      const timestamp = String(Math.floor(at / 1000));
      const payload = textOf(body);
      const bytes = Buffer.from(key.replace('whsec_', ''), 'base64');
      const signature =
        payload === undefined
          ? `v1,${createHmac('sha256', bytes).update(`msg_1.${timestamp}.`).update(body).digest('base64')}`
          : new Sdk(key).sign('msg_1', new Date(at), payload);
      const headers = {
        [`${family}-id`]: 'msg_1',
        [`${family}-timestamp`]: timestamp,
        [`${family}-signature`]: signature,
      };
      return { body, headers };
    },
    signature: `${family}-signature`,
    toleranceSeconds: 300,
    sdkAccepts: ({ body, headers }, stored) =>
      acceptsAtContractTime(() => new Sdk(stored).verify(body.toString(), { ...headers })),
  };
}
