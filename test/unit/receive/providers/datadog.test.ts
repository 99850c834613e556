import { expect, test } from 'vitest';
import { datadog } from '../../../../functions/receive/providers/datadog.ts';
import { datadog as platform } from '../../../../infra/platforms/datadog.ts';
import { describedOf, keepsPresetContract, outcomeOf } from '../../../support/preset-contract.ts';

const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`;
const sent = (authorization: string, content = '{}') => ({ body: Buffer.from(content), headers: { authorization } });

keepsPresetContract({
  provider: datadog,
  platform,
  right: { stored: 'datadog:right', key: 'datadog:right' },
  other: { stored: 'datadog:other', key: 'datadog:other' },
  sign: ({ body, key }) => ({ body, headers: { authorization: basic(key) } }),
  signature: 'authorization',
  toleranceSeconds: null,
});

test.each([
  [basic('datadog:right'), '#0'],
  [basic('datadog:right').replace('Basic', 'basic'), '#0'],
  ['Bearer token', '#1'],
  ['Bearer other', '401 signature-mismatch'],
  ['token', '401 signature-mismatch'],
  [basic('datadog:'), '401 signature-mismatch'],
  [basic('Bearer token2'), '401 signature-mismatch'],
  ['Basic', '401 signature-mismatch'],
  ['Basic !', '401 signature-malformed'],
  ['Basic ', '401 signature-malformed'],
  [basic('datadog:right').replace('==', ''), '401 signature-mismatch'],
  [`${basic('datadog:right')},${basic('datadog:right')}`, '401 signature-malformed'],
])('takes basic authentication or a token, each exactly: %s', async (authorization, expected) => {
  expect(await outcomeOf(datadog, sent(authorization), ['datadog:right', 'Bearer token'])).toBe(expected);
});

test("a secret that is blank is nobody's", async () => {
  expect(await outcomeOf(datadog, sent(basic(' ')), [' '])).toBe('503 no-secret');
});

test('an event is named by the default payload, as JSON or as a form', async () => {
  const json = '{"id":"4","event_type":"query_alert_monitor","org":{"id":"11","name":"x"}}';
  const form = 'id=4&event_type=query_alert_monitor';
  for (const content of [json, form]) {
    expect(await describedOf(datadog, sent(basic('a:b'), content), 'a:b')).toMatchObject({
      event: { type: 'query_alert_monitor' },
      deliveryId: '4',
    });
  }
  expect((await describedOf(datadog, sent(basic('a:b'), json), 'a:b')).tenant).toBe('11');
});

test('an id that a customer may have given to several events does not make them one', async () => {
  const first = await describedOf(datadog, sent(basic('a:b'), '{"id":"monitor","date":"1"}'), 'a:b');
  const other = await describedOf(datadog, sent(basic('a:b'), '{"id":"monitor","date":"2"}'), 'a:b');
  expect(other.event.id).not.toBe(first.event.id);
});
