import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { calendly } from '../../../../functions/receive/providers/calendly.ts';
import { calendly as platform } from '../../../../infra/platforms/calendly.ts';
import { keepsHeaderContract } from '../../../support/header-contract.ts';
import { contractNow, describedOf, keepsPresetContract } from '../../../support/preset-contract.ts';

const sign = ({ body, key, at }: { readonly body: Buffer; readonly key: string; readonly at: number }) => {
  const t = Math.floor(at / 1000);
  const v1 = createHmac('sha256', key).update(`${t}.`).update(body).digest('hex');
  return { body, headers: { 'calendly-webhook-signature': `t=${t},v1=${v1}` } };
};
const contract = {
  provider: calendly,
  right: { stored: 'right', key: 'right' },
  other: { stored: 'other', key: 'other' },
  sign,
  signature: 'calendly-webhook-signature',
};

keepsPresetContract({ ...contract, platform, toleranceSeconds: 180 });
keepsHeaderContract({
  ...contract,
  timestamp: {
    header: 'calendly-webhook-signature',
    of: (text) => `t=${text},v1=${'0'.repeat(64)}`,
    toleranceSeconds: 180,
  },
});

test('an event is the same when Calendly signs it again', async () => {
  const event = {
    event: 'invitee.created',
    created_at: '2026-11-21T11:53:20.000000Z',
    created_by: 'https://api.calendly.com/users/AAAAAAAAAAAAAAAA',
    payload: { uri: 'https://api.calendly.com/scheduled_events/A/invitees/B' },
  };
  const described = (value: object, at = contractNow) =>
    describedOf(calendly, sign({ body: Buffer.from(JSON.stringify(value)), key: 'right', at }), 'right');
  const first = await described(event);
  expect((await described(event, contractNow + 60_000)).event.id).toBe(first.event.id);
  expect((await described({ ...event, event: 'invitee.canceled' })).event.id).not.toBe(first.event.id);
  expect(first).toMatchObject({
    event: { type: 'invitee.created', time: '2026-11-21T11:53:20.000Z' },
    tenant: 'https://api.calendly.com/users/AAAAAAAAAAAAAAAA',
  });
});
