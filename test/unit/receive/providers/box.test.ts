import { createHmac } from 'node:crypto';
import { WebhooksManager } from 'box-node-sdk/lib/managers/webhooks';
import { describe, expect, test, vi } from 'vitest';
import { box } from '../../../../functions/receive/providers/box.ts';
import { box as platform } from '../../../../infra/platforms/box.ts';
import {
  contractNow,
  describedOf,
  keepsPresetContract,
  outcomeOf,
  type Sent,
} from '../../../support/preset-contract.ts';

const written = (at: number) => `${new Date(at).toISOString().slice(0, 19)}+00:00`;
const signature = (body: Buffer, timestamp: string, key: string) =>
  createHmac('sha256', key).update(body).update(timestamp).digest('base64');
const headersOf = (timestamp: string, rest: Readonly<Record<string, string>>) => ({
  'box-delivery-id': 'f96bb54b-ee16-4fc5-aa65-8c2d9e5b546f',
  'box-delivery-timestamp': timestamp,
  'box-signature-algorithm': 'HmacSHA256',
  'box-signature-version': '1',
  ...rest,
});

async function sdkAccepts({ body, headers }: Sent, stored: string): Promise<boolean> {
  vi.useFakeTimers({ now: contractNow, toFake: ['Date'] });
  try {
    return await WebhooksManager.validateMessage(body.toString('utf8'), { ...headers }, stored);
  } finally {
    vi.useRealTimers();
  }
}

keepsPresetContract({
  provider: box,
  platform,
  right: { stored: 'SamplePrimaryKey', key: 'SamplePrimaryKey' },
  other: { stored: 'SampleSecondaryKey', key: 'SampleSecondaryKey' },
  sign: ({ body, key, at }) => {
    const timestamp = written(at);
    return { body, headers: headersOf(timestamp, { 'box-signature-primary': signature(body, timestamp, key) }) };
  },
  signature: 'box-signature-primary',
  toleranceSeconds: 600,
  sdkAccepts,
});

describe('either of the two signatures', () => {
  const body = Buffer.from('{"id":"1"}');
  const timestamp = written(contractNow);
  const sentWith = (primary: string | undefined, secondary: string | undefined) => ({
    body,
    headers: headersOf(timestamp, {
      ...(primary === undefined ? {} : { 'box-signature-primary': primary }),
      ...(secondary === undefined ? {} : { 'box-signature-secondary': secondary }),
    }),
  });
  const right = signature(body, timestamp, 'right');

  test.each([
    ['the primary one', right, 'forged'],
    ['the secondary one', 'forged', right],
    ['the only one', undefined, right],
    ['the one that is not empty', '', right],
  ])('is enough: %s', async (_, primary, secondary) => {
    expect(await outcomeOf(box, sentWith(primary, secondary), ['right'])).toBe('#0');
    expect(await outcomeOf(box, sentWith(primary, secondary), ['other', 'right'])).toBe('#1');
  });

  test.each([
    ['none is there', undefined, undefined, '401 signature-missing'],
    ['both are empty', '', '', '401 signature-missing'],
    ['both are forged', 'forged', 'forged', '401 signature-mismatch'],
    ['it stands beside another in one header', 'forged', `forged,${right}`, '401 signature-mismatch'],
    ['it stands on a line of its own', `forged\r\n${right}`, 'forged\n', '#0'],
  ])('where %s, that decides', async (_, primary, secondary, expected) => {
    expect(await outcomeOf(box, sentWith(primary, secondary), ['right'])).toBe(expected);
  });
});

test.each([
  ['plain', 'Test.txt', '6TfeAW3A1PASkgboxxA5yqHNKOwFyMWuEXny/FPD5hI=', 'SamplePrimaryKey', { type: 'webhook_event' }],
  [
    'plain',
    'Test.txt',
    'v+1CD1Jdo3muIcbpv5lxxgPglOqMfsNHPV899xWYydo=',
    'SampleSecondaryKey',
    { type: 'webhook_event' },
  ],
  [
    'escaped',
    '\\u30b9\\u30af\\u30ea\\u30fc\\u30f3\\u30b7\\u30e7\\u30c3\\u30c8 2020-08-05.txt',
    'LV2uCu+5NJtIHrCXDYgZ0v/PP5THGRuegw3RtdnEyuE=',
    'SamplePrimaryKey',
    {},
  ],
  ['escaped', '\\ud83d\\ude00 2020-08-05.txt', 'xF/SDZosX4le+v4A0Qn59sZhuD1RqY5KRUKzVMSbh0E=', 'SamplePrimaryKey', {}],
])("accepts the SDK's own examples as they are on the wire (%s %s)", async (_, name, value, key, type) => {
  const file = `{"id":"1234567890","type":"file","name":"${name}"}`;
  const head = JSON.stringify({ ...type, webhook: { id: '1234567890' }, trigger: 'FILE.UPLOADED' }).slice(0, -1);
  const timestamp = '2020-01-01T00:00:00-07:00';
  const sent = {
    body: Buffer.from(`${head},"source":${file}}`),
    headers: headersOf(timestamp, { 'box-signature-primary': value }),
  };
  expect(await outcomeOf(box, sent, [key], Date.parse(timestamp))).toBe('#0');
});

test('is the same event when it is sent again: later, signed anew, under another delivery id', async () => {
  const body = Buffer.from('{"id":"e-1","trigger":"FILE.UPLOADED","created_at":"2026-11-21T03:53:20-08:00"}');
  const at = (time: number, id: string) => {
    const timestamp = written(time);
    const signed = { 'box-signature-secondary': signature(body, timestamp, 'right'), 'box-delivery-id': id };
    return { body, headers: headersOf(timestamp, signed) };
  };
  const first = await describedOf(box, at(contractNow, 'd-1'), 'right');
  const again = await describedOf(box, at(contractNow + 60_000, 'd-2'), 'right');
  expect(again.event.id).toBe(first.event.id);
  expect(first).toMatchObject({
    event: { type: 'FILE.UPLOADED', time: '2026-11-21T11:53:20.000Z' },
    deliveryId: 'e-1',
  });
});
