import { expect, test } from 'vitest';
import { type Selection, selects } from '../../../infra/ops/erase-selection.ts';
import { aMessage } from '../../support/messages.ts';

const receivedAt = '2026-11-21T12:00:00.000Z';
const anything: Selection = {
  sources: [],
  from: 0,
  to: Number.POSITIVE_INFINITY,
  tenant: undefined,
  ids: [],
  subject: undefined,
  mention: undefined,
};

const chosen = (selection: Partial<Selection>, message: Parameters<typeof aMessage>[0] = {}) =>
  selects({ ...anything, ...selection }, async () => Buffer.from('{"mail":"ada@example.com"}'))(
    aMessage({ receivedAt, ...message }),
  );

test.each<[string, Partial<Selection>, boolean]>([
  ['the tenant', { tenant: 'acme' }, true],
  ['another tenant', { tenant: 'other' }, false],
  ['the id', { ids: ['another', 'the-id'] }, true],
  ['another id', { ids: ['another'] }, false],
  ['the source', { tenant: 'acme', sources: ['github'] }, true],
  ['another source', { tenant: 'acme', sources: ['stripe'] }, false],
  ['a range that begins with it', { tenant: 'acme', from: Date.parse(receivedAt) }, true],
  ['a range that ends with it', { tenant: 'acme', to: Date.parse(receivedAt) }, false],
  ['one that fits and one that does not', { tenant: 'acme', ids: ['another'] }, false],
])('an event is chosen, or not, by %s', async (_name, selection, expected) => {
  expect(await chosen(selection, { id: 'the-id', tenant: 'acme' })).toBe(expected);
});

test.each([
  ['a value', '{"a":[{"mail":"ada@example.com"}]}', true],
  ['a name', '{"ada@example.com":{"seen":true}}', true],
  ['escapes', '{"mail":"ada\\u0040example.com"}', true],
  ['JSON in a text', '{"inner":"{\\"mail\\":\\"ada@example.com\\"}"}', true],
  ["a form's field", 'mail=ada%40example.com&x=1', true],
  ["JSON in a form's field", 'payload=%7B%22mail%22%3A%22ada%40example.com%22%7D', true],
  ['a longer value', '{"mail":"ada@example.com.au"}', false],
  ['a sentence', '{"text":"ask ada@example.com"}', false],
  ['nothing of it', '{"mail":"eve@example.com"}', false],
  ['no JSON at all', 'ada@example.com', true],
])('a subject is found in %s, or not', async (_name, body, expected) => {
  expect(await chosen({ subject: 'ada@example.com' }, { body })).toBe(expected);
});

test.each([
  ['{"customer":42}', '42', true],
  ['{"customer":142}', '42', false],
  ['{"customer":12345678901234567891}', '12345678901234567891', true],
  ['{"customer":12345678901234567892}', '12345678901234567891', false],
])('a number is a subject too: %s for %s', async (body, subject, expected) => {
  expect(await chosen({ subject }, { body })).toBe(expected);
});

test('a header can name the subject', async () => {
  expect(await chosen({ subject: 'shop.example' }, { body: '', headers: { 'x-shop': 'shop.example' } })).toBe(true);
});

test('a mention is found within other text, escaped or not', async () => {
  expect(await chosen({ mention: 'ada@example.com' }, { body: '{"text":"ask ada@example.com"}' })).toBe(true);
  expect(await chosen({ mention: 'ada@example.com' }, { body: '{"text":"ask ada\\u0040example.com"}' })).toBe(true);
  expect(await chosen({ mention: 'ada@example.com' }, { body: '{"text":"ask eve"}' })).toBe(false);
});
