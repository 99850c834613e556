import { expect, test } from 'vitest';
import { auth0 } from '../../../../functions/receive/providers/auth0.ts';
import { auth0 as platform } from '../../../../infra/platforms/auth0.ts';
import { describedOf, keepsPresetContract, outcomeOf } from '../../../support/preset-contract.ts';

const log = (id: unknown, type: string) => ({ log_id: id, data: { type, tenant_name: 'example', log_id: id } });
const sent = (content: string, authorization = 'right') => ({ body: Buffer.from(content), headers: { authorization } });
const described = (value: unknown) => describedOf(auth0, sent(JSON.stringify(value)), 'right');

keepsPresetContract({
  provider: auth0,
  platform,
  right: { stored: 'right', key: 'right' },
  other: { stored: 'other', key: 'other' },
  sign: ({ body, key }) => ({ body, headers: { authorization: key } }),
  signature: 'authorization',
  toleranceSeconds: null,
});

test('the token is what was entered, with every word of it', async () => {
  expect(await outcomeOf(auth0, sent('[]', 'Bearer right'), ['right'])).toBe('401 signature-mismatch');
  expect(await outcomeOf(auth0, sent('[]', 'Bearer right'), ['Bearer right'])).toBe('#0');
});

test.each<[string, unknown, string]>([
  ['a list of one', [log('l-1', 's')], 's'],
  ['a list of one type', [log('l-1', 'fp'), log('l-2', 'fp')], 'fp'],
  ['a list of several types', [log('l-1', 's'), log('l-2', 'slo')], 'mixed'],
  ['an object with a list', { logs: [log('l-1', 'sv')] }, 'sv'],
  ['a single log', log('l-1', 's'), 's'],
  ['an empty list', [], 'unknown'],
  ['no log', 'text', 'unknown'],
])('%s has the type of its logs', async (_, value, type) => {
  expect((await described(value)).event.type).toBe(type);
});

test('logs in lines have no type, and are told apart', async () => {
  const lines = (...ids: string[]) => ids.map((id) => JSON.stringify(log(id, 's'))).join('\n');
  const first = await describedOf(auth0, sent(lines('l-1', 'l-2')), 'right');
  const other = await describedOf(auth0, sent(lines('l-1', 'l-3')), 'right');
  expect(first.event.type).toBe('unknown');
  expect(other.event.id).not.toBe(first.event.id);
});

test('its logs are what makes an event, and all of them', async () => {
  const first = await described([log('l-1', 's'), log('l-2', 's')]);
  expect((await described([log('l-1', 'f'), log('l-2', 'f')])).event.id).toBe(first.event.id);
  expect((await described([log('l-1', 's')])).event.id).not.toBe(first.event.id);
  expect((await described([log('l-1', 's'), log(undefined, 's')])).event.id).not.toBe(first.event.id);
  expect(first).toMatchObject({ tenant: 'example', deliveryId: 'l-1' });
});
