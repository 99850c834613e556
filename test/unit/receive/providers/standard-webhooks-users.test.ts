import { describe, expect, test } from 'vitest';
import { brex } from '../../../../functions/receive/providers/brex.ts';
import { clerk } from '../../../../functions/receive/providers/clerk.ts';
import { openai } from '../../../../functions/receive/providers/openai.ts';
import type { Provider } from '../../../../functions/receive/providers/provider.ts';
import { replicate } from '../../../../functions/receive/providers/replicate.ts';
import { resend } from '../../../../functions/receive/providers/resend.ts';
import { svix } from '../../../../functions/receive/providers/svix.ts';
import { brex as brexPlatform } from '../../../../infra/platforms/brex.ts';
import { clerk as clerkPlatform } from '../../../../infra/platforms/clerk.ts';
import { openai as openaiPlatform } from '../../../../infra/platforms/openai.ts';
import type { Platform } from '../../../../infra/platforms/platform.ts';
import { replicate as replicatePlatform } from '../../../../infra/platforms/replicate.ts';
import { resend as resendPlatform } from '../../../../infra/platforms/resend.ts';
import type { Family } from '../../../../infra/platforms/standard-webhooks.ts';
import { svix as svixPlatform } from '../../../../infra/platforms/svix.ts';
import { contractNow, describedOf, keepsPresetContract, outcomeOf } from '../../../support/preset-contract.ts';
import { standardContract, standardSecret } from '../../../support/standard-contract.ts';

interface User {
  readonly provider: Provider;
  readonly platform: Platform;
  readonly family: Family;
  /** An event as it is documented, and what must be known of it. */
  readonly body: object;
  readonly known: object;
}

const users: readonly User[] = [
  {
    provider: svix,
    platform: svixPlatform,
    family: 'svix',
    body: { type: 'invoice.paid', timestamp: '2026-11-21T11:53:20Z', data: { id: 'inv_1' } },
    known: { event: { type: 'invoice.paid', time: '2026-11-21T11:53:20.000Z' }, tenant: undefined },
  },
  {
    provider: clerk,
    platform: clerkPlatform,
    family: 'svix',
    body: { type: 'user.created', object: 'event', instance_id: 'ins_123', timestamp: 1_795_262_000_500, data: {} },
    known: { event: { type: 'user.created', time: '2026-11-21T11:53:20.500Z' }, tenant: 'ins_123' },
  },
  {
    provider: resend,
    platform: resendPlatform,
    family: 'svix',
    body: { type: 'email.delivered', created_at: '2026-11-21T11:53:20.126Z', data: { email_id: 'e' } },
    known: { event: { type: 'email.delivered', time: '2026-11-21T11:53:20.126Z' }, tenant: undefined },
  },
  {
    provider: openai,
    platform: openaiPlatform,
    family: 'webhook',
    body: {
      object: 'event',
      id: 'evt_1',
      type: 'response.completed',
      created_at: 1_795_262_000,
      data: { id: 'resp_1' },
    },
    known: { event: { type: 'response.completed', time: '2026-11-21T11:53:20.000Z' }, tenant: undefined },
  },
  {
    provider: brex,
    platform: brexPlatform,
    family: 'webhook',
    body: { event_type: 'TRANSFER_FAILED', transfer_id: 'ptx_1', payment_type: 'ACH', company_id: 'cuacc_1' },
    known: { event: { type: 'TRANSFER_FAILED' }, tenant: 'cuacc_1' },
  },
  {
    provider: replicate,
    platform: replicatePlatform,
    family: 'webhook',
    body: { id: 'p1', version: 'v', created_at: '2026-11-21T11:53:10Z', status: 'succeeded', input: {}, output: 'x' },
    known: { event: { type: 'succeeded', time: new Date(contractNow).toISOString() }, tenant: undefined },
  },
];

describe.each(users)('$platform.title', ({ provider, platform, family, body, known }) => {
  const contract = standardContract(provider, platform, family);
  const sign = (at = contractNow) =>
    contract.sign({ body: Buffer.from(JSON.stringify(body)), key: standardSecret, at });
  keepsPresetContract(contract);

  test('has its type, its time and whose it is where the platform puts them', async () => {
    const described = await describedOf(provider, await sign(), standardSecret);
    expect(described).toMatchObject({ ...known, deliveryId: 'msg_1' });
  });

  test('is the same event when it is sent again later, and not proven under another id', async () => {
    const first = await describedOf(provider, await sign(), standardSecret);
    const again = await sign(contractNow + 60_000);
    expect((await describedOf(provider, again, standardSecret)).event.id).toBe(first.event.id);
    const minted = { ...again, headers: { ...again.headers, [`${family}-id`]: 'msg_2' } };
    expect(await outcomeOf(provider, minted, [standardSecret])).toBe('401 signature-mismatch');
  });

  test('may come under the other family of headers, and has its secret without a prefix', async () => {
    const other = standardContract(provider, platform, family === 'svix' ? 'webhook' : 'svix');
    const sent = await other.sign({ body: Buffer.from('{}'), key: standardSecret, at: contractNow });
    expect(await outcomeOf(provider, sent, [standardSecret])).toBe('#0');
    expect(await outcomeOf(provider, sent, [standardSecret.replace('whsec_', '')])).toBe('#0');
  });

  test('is played with a secret that its own library takes', async () => {
    const { stored, key } = platform.makeSecret(Buffer.alloc(32, 7), undefined);
    const sent = await contract.sign({ body: Buffer.from('{}'), key, at: contractNow });
    expect(await outcomeOf(provider, sent, [String(stored)])).toBe('#0');
  });
});
