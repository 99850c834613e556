import { createHmac } from 'node:crypto';
import Stripe from 'stripe';
import { describe, expect, test } from 'vitest';
import { stripe } from '../../../../functions/receive/providers/stripe.ts';
import { stripe as platform } from '../../../../infra/platforms/stripe.ts';
import { acceptsAtContractTime } from '../../../support/at-contract-time.ts';
import { keepsHeaderContract } from '../../../support/header-contract.ts';
import {
  contractNow,
  describedOf,
  keepsPresetContract,
  outcomeOf,
  type PresetContract,
} from '../../../support/preset-contract.ts';
import { textOf } from '../../../support/text-of.ts';

const { webhooks } = new Stripe('sk_test_unused');
const seconds = Math.floor(contractNow / 1000);

const contract: PresetContract & { readonly signature: string } = {
  provider: stripe,
  platform,
  right: { stored: 'whsec_stripe', key: 'whsec_stripe' },
  other: { stored: 'whsec_other', key: 'whsec_other' },
  sign: ({ body, key, at }) => {
    const timestamp = Math.floor(at / 1000);
    const payload = textOf(body);
    const signature =
      payload === undefined
        ? `t=${timestamp},v1=${createHmac('sha256', key).update(`${timestamp}.`).update(body).digest('hex')}`
        : webhooks.generateTestHeaderString({ payload, secret: key, timestamp });
    return { body, headers: { 'stripe-signature': signature } };
  },
  signature: 'stripe-signature',
  toleranceSeconds: 300,
  sdkAccepts: ({ body, headers }, stored) =>
    acceptsAtContractTime(() => webhooks.constructEvent(body, headers['stripe-signature'] ?? '', stored)),
};

keepsPresetContract(contract);
keepsHeaderContract({
  ...contract,
  timestamp: { header: 'stripe-signature', of: (text) => `t=${text},v1=${'0'.repeat(64)}`, toleranceSeconds: 300 },
});

describe('a signature of Stripe', () => {
  const body = '{"id":"evt_1"}';
  const header = (secret: string) => webhooks.generateTestHeaderString({ payload: body, secret, timestamp: seconds });
  const v1 = (secret: string) => header(secret).split(',')[1] ?? '';
  const outcome = (value: string) =>
    outcomeOf(stripe, { body: Buffer.from(body), headers: { 'stripe-signature': value } }, ['right']);
  const sdk = (value: string) =>
    acceptsAtContractTime(() => webhooks.constructEvent(body, value, 'right', 300, undefined, contractNow));

  test.each([
    ['two v1 of which the first is right', `t=${seconds},${v1('right')},${v1('wrong')}`, '#0'],
    ['two v1 of which the second is right', `t=${seconds},${v1('wrong')},${v1('right')}`, '#0'],
    ['parts in another order', `${v1('right')},t=${seconds}`, '#0'],
    ['parts that nobody knows', `t=${seconds},v2=1,${v1('right')},x`, '#0'],
    ['the right signature as v0', `t=${seconds},${v1('right').replace('v1', 'v0')}`, '401 signature-malformed'],
    ['no timestamp', v1('right'), '401 timestamp-missing'],
    ['spaces between its parts', `t=${seconds}, ${v1('right')}`, '401 signature-malformed'],
    ['an empty v1', `t=${seconds},v1=`, '401 signature-mismatch'],
  ])('with %s is judged as by its SDK', async (_what, value, expected) => {
    expect(await outcome(value)).toBe(expected);
    expect(sdk(value)).toBe(expected === '#0');
  });

  test.each([
    `t=1,t=${seconds},${v1('right')}`,
    `t=${seconds},t=1,${v1('right')}`,
    `${header('right')}, ${header('right')}`,
  ])('with two timestamps is refused: %s', async (value) => {
    expect(await outcome(value)).toBe('401 timestamp-malformed');
  });
});

test('an event is the same when it is sent again, whose it is and when it happened', async () => {
  const body = Buffer.from(
    JSON.stringify({ id: 'evt_1', type: 'invoice.paid', account: 'acct_1', created: 1_795_262_000 }),
  );
  const first = await describedOf(
    stripe,
    await contract.sign({ body, key: 'whsec_stripe', at: contractNow }),
    'whsec_stripe',
  );
  const pending = Buffer.from(body.toString().replace('{', '{"pending_webhooks":2,'));
  const again = await contract.sign({ body: pending, key: 'whsec_stripe', at: contractNow + 200_000 });
  expect((await describedOf(stripe, again, 'whsec_stripe')).event.id).toBe(first.event.id);
  expect(first).toMatchObject({
    event: { type: 'invoice.paid', time: '2026-11-21T11:53:20.000Z' },
    tenant: 'acct_1',
    deliveryId: 'evt_1',
  });
});
