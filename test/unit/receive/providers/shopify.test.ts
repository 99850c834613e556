import { createHmac, randomUUID } from 'node:crypto';
import { ApiVersion, shopifyApi } from '@shopify/shopify-api';
import '@shopify/shopify-api/adapters/node';
import { describe, expect, test } from 'vitest';
import { shopify } from '../../../../functions/receive/providers/shopify.ts';
import { shopify as platform } from '../../../../infra/platforms/shopify.ts';
import { keepsHeaderContract } from '../../../support/header-contract.ts';
import {
  describedOf,
  keepsPresetContract,
  outcomeOf,
  type PresetContract,
  type Sent,
} from '../../../support/preset-contract.ts';

const contractOf = (family: string): PresetContract & { readonly signature: string } => ({
  provider: shopify,
  platform,
  right: { stored: 'shopify secret', key: 'shopify secret' },
  other: { stored: 'another', key: 'another' },
  sign: ({ body, key }) => ({
    body,
    headers: {
      [`${family}-hmac-sha256`]: createHmac('sha256', key).update(body).digest('base64'),
      [`${family}-topic`]: 'orders/create',
      [`${family}-shop-domain`]: 'snails.myshopify.com',
      [`${family}-api-version`]: '2026-01',
      [`${family}-webhook-id`]: '1',
      [`${family}-event-id`]: '2',
    },
  }),
  signature: `${family}-hmac-sha256`,
  toleranceSeconds: null,
  sdkAccepts,
});

async function sdkAccepts({ body, headers }: Sent, apiSecretKey: string): Promise<boolean> {
  const api = shopifyApi({
    apiKey: 'key',
    apiSecretKey,
    apiVersion: ApiVersion.January26,
    hostName: 'shop.example.com',
    isEmbeddedApp: false,
    logger: { log: () => undefined },
  });
  const request = { rawBody: body.toString(), rawRequest: { headers }, rawResponse: {} };
  return (await api.webhooks.validate(request)).valid;
}

describe.each([
  ['webhooks', 'x-shopify'],
  ['events', 'shopify'],
])('with the headers of %s', (_kind, family) => {
  const contract = contractOf(family);
  keepsPresetContract(contract);
  keepsHeaderContract(contract);

  test('its own verifier judges every signature as the preset does', async () => {
    const body = Buffer.from('{"a":1}');
    const right = createHmac('sha256', 'secret').update(body).digest('base64');
    const wrong = createHmac('sha256', 'other').update(body).digest('base64');
    const { headers } = await contract.sign({ body, key: 'secret', at: 0 });
    for (const signature of [right, wrong, right.slice(0, -1), right.toLowerCase(), right.replaceAll('+', '-')]) {
      const sent = { body, headers: { ...headers, [`${family}-hmac-sha256`]: signature } };
      const ours = (await outcomeOf(shopify, sent, ['secret'])) === '#0';
      expect(ours, signature).toBe(await sdkAccepts(sent, 'secret'));
    }
  });

  test('a captured request under fresh ids is the same event', async () => {
    const sent = await contract.sign({ body: Buffer.from('{"id":1}'), key: 'shopify secret', at: 0 });
    const fresh = { [`${family}-webhook-id`]: randomUUID(), [`${family}-event-id`]: randomUUID() };
    const first = await describedOf(shopify, sent, 'shopify secret');
    const again = await describedOf(shopify, { ...sent, headers: { ...sent.headers, ...fresh } }, 'shopify secret');
    expect(again.event.id).toBe(first.event.id);
    expect(first).toMatchObject({ event: { type: 'orders/create' }, tenant: 'snails.myshopify.com', deliveryId: '1' });
  });
});
