import { expect, test } from 'vitest';
import { telegram } from '../../../../functions/receive/providers/telegram.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { telegram as platform } from '../../../../infra/platforms/telegram.ts';
import { contractUrl, describedOf, keepsPresetContract } from '../../../support/preset-contract.ts';

const header = 'x-telegram-bot-api-secret-token';
const described = (value: unknown) =>
  describedOf(telegram, { body: Buffer.from(JSON.stringify(value)), headers: { [header]: 'right' } }, 'right');

keepsPresetContract({
  provider: telegram,
  platform,
  right: { stored: 'right', key: 'right' },
  other: { stored: 'other', key: 'other' },
  sign: ({ body, key }) => ({ body, headers: { [header]: key } }),
  signature: header,
  toleranceSeconds: null,
});

test.each<[unknown, string]>([
  [{ update_id: 1, message: { text: '/start' } }, 'message'],
  [{ callback_query: { id: '1' }, update_id: 1 }, 'callback_query'],
  [{ update_id: 1 }, 'unknown'],
  [null, 'unknown'],
  ['text', 'unknown'],
])('%j is of type %s', async (value, type) => {
  expect((await described(value)).event.type).toBe(type);
});

test('an update is one event, however often it is sent', async () => {
  const first = await described({ update_id: 10000, message: { date: 1_795_262_000, text: 'a' } });
  const again = await described({ update_id: 10000, message: { date: 1_795_262_000, text: 'a', more: true } });
  const other = await described({ update_id: 10001, message: { date: 1_795_262_000, text: 'a' } });
  expect(again.event.id).toBe(first.event.id);
  expect(other.event.id).not.toBe(first.event.id);
  expect(first).toMatchObject({ event: { time: '2026-11-21T11:53:20.000Z' }, deliveryId: '10000' });
});

test('gets to read nothing that it could take for a call of its API', () => {
  const webhook = webhookOf({ url: contractUrl, headers: new Map(), body: Buffer.from('{"method":"sendMessage"}') });
  expect(telegram.acknowledge?.(webhook, 'right')).toEqual({});
});
