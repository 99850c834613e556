import { expect, test } from 'vitest';
import { answerOf, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { figma } from '../../../../functions/receive/providers/figma.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { figma as platform } from '../../../../infra/platforms/figma.ts';
import { contractUrl, describedOf, keepsPresetContract, outcomeOf } from '../../../support/preset-contract.ts';

const headers = { 'content-type': 'application/json' };
const event = {
  event_type: 'FILE_UPDATE',
  file_key: 'k',
  passcode: 'right',
  timestamp: '2026-11-21T11:53:20Z',
  webhook_id: '22',
};
const sent = (value: unknown) => ({
  body: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  headers,
});

keepsPresetContract({
  provider: figma,
  platform,
  right: { stored: 'right', key: 'right' },
  other: { stored: 'other', key: 'other' },
  sign: ({ body, key }) => sent(Object.assign({}, JSON.parse(body.toString('utf8')), { passcode: key })),
  toleranceSeconds: null,
});

test.each<[string, unknown, string]>([
  ['no passcode', { ...event, passcode: undefined }, '401 signature-missing'],
  ['an inherited one', '{"__proto__":{"passcode":"right"}}', '401 signature-missing'],
  ['an empty one', { passcode: '' }, '401 signature-malformed'],
  ['one that is no text', { passcode: ['right'] }, '401 signature-malformed'],
  ['null for one', { passcode: null }, '401 signature-malformed'],
  ['another one', { passcode: 'right ' }, '401 signature-mismatch'],
  ['no JSON', 'right', '401 signature-missing'],
  ['a list', [event], '401 signature-missing'],
])('a body with %s is refused', async (_, value, expected) => {
  expect(await outcomeOf(figma, sent(value), ['right'])).toBe(expected);
});

test('a ping must show the passcode, and is answered with nothing', async () => {
  const ping = webhookOf({
    url: contractUrl,
    headers: new Map(),
    body: sent({ ...event, event_type: 'PING' }).body,
  });
  const handshake = handshakeOf(figma.handshakes, ping);
  expect(handshake?.proof ?? 'signature').toBe('signature');
  expect(handshake && (await answerOf(handshake, ping, () => ''))).toEqual({});
  expect(
    handshakeOf(figma.handshakes, webhookOf({ url: contractUrl, headers: new Map(), body: sent(event).body })),
  ).toBeUndefined();
});

test('is the same event when it is sent again', async () => {
  const first = await describedOf(figma, sent({ ...event, retries: 0 }), 'right');
  const again = await describedOf(figma, sent({ ...event, retries: 1 }), 'right');
  const other = await describedOf(figma, sent({ ...event, timestamp: '2026-11-21T11:53:21Z' }), 'right');
  expect(again.event.id).toBe(first.event.id);
  expect(other.event.id).not.toBe(first.event.id);
  expect(first.event).toMatchObject({ type: 'FILE_UPDATE', time: '2026-11-21T11:53:20.000Z' });
});
