import { createHmac } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { withCopies } from '../../../functions/archive/copies.ts';
import { rawObjectOf } from '../../../functions/archive/raw-object.ts';
import { recordOf } from '../../../functions/archive/record.ts';
import { definePipeline } from '../../../functions/core/definition.ts';
import { encodeMessage, inlineLimitBytes, type Message } from '../../../functions/core/message.ts';
import { receiver } from '../../../functions/receive/receive.ts';
import { secretStore } from '../../../functions/receive/secrets/secrets.ts';
import type { ColumnType } from '../../../infra/athena/column-type.ts';
import { athenaType, hiveType } from '../../../infra/athena/column-type.ts';
import { recordColumns } from '../../../infra/athena/record-columns.ts';
import { aDelivery } from '../../support/deliveries.ts';
import { aMessage } from '../../support/messages.ts';
import { silent } from '../../support/silent-telemetry.ts';

const definition = definePipeline({
  sources: {
    telegram: { provider: 'telegram' },
    shop: {
      provider: {
        algorithm: 'sha256',
        encoding: 'hex',
        signature: { header: 'x-signature' },
        signed: '{body}',
        tenant: { header: 'x-shop' },
        deliveryId: { header: 'x-delivery' },
      },
    },
  },
  consumers: {},
});

/** What the receiver sends to the archive about a webhook: the text of the message. */
async function archived(webhook: Parameters<typeof aDelivery>[0]): Promise<string> {
  const sent: string[] = [];
  const receive = receiver({
    definition,
    publicUrl: 'https://hooks.example.com',
    secrets: secretStore(
      {
        read: async () => ({ text: 'secret', version: 'abcdefgh-ijkl' }),
        write: () => Promise.reject(new Error('no secret must be written')),
      },
      silent.log,
    ),
    send: async ({ queue }, message) => void (queue === 'archive' && sent.push(encodeMessage(message))),
    objects: { put: async () => undefined, get: () => Promise.reject(new Error('the receiver reads nothing')) },
    quota: async () => undefined,
    telemetry: silent,
    now: () => 1_795_262_400_000,
  });
  const { statusCode } = await receive(aDelivery(webhook));
  expect([statusCode, sent.length]).toEqual([200, 1]);
  return sent[0] ?? '';
}

function fromShop(body: string | Buffer): Promise<string> {
  const signature = createHmac('sha256', 'secret').update(body).digest('hex');
  const headers = { 'x-signature': signature, 'x-shop': 'shop-1', 'x-delivery': 'd-1', 'x-Odd.Name': 'odd' };
  return archived({ source: 'shop', body, headers });
}

/** What of a value a type does not hold, as the SerDe reads it: names in any letter case, nothing where nothing is. */
function unfit(value: unknown, type: ColumnType, path: string): string[] {
  const is = (right: boolean) => (right ? [] : [`${path} is no ${hiveType(type)}`]);
  if (type === 'string') return is(typeof value === 'string');
  if (type === 'boolean') return is(typeof value === 'boolean');
  if (type === 'int') return is(Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31);
  if (type === 'bigint') return is(Number.isSafeInteger(value));
  if (typeof value !== 'object' || value === null) return is(false);
  if ('array' in type) {
    return Array.isArray(value) ? value.flatMap((item, i) => unfit(item, type.array, `${path}[${i}]`)) : is(false);
  }
  const names = Object.keys(value).map((name) => name.toLowerCase());
  if (new Set(names).size < names.length) return [`${path} has a name twice`];
  return Object.entries(value).flatMap(([name, member]) => {
    const own = 'map' in type ? type.map : type.struct[name.toLowerCase()];
    return own ? unfit(member, own, `${path}.${name}`) : [`${path}.${name} has no column`];
  });
}

const record: ColumnType = { struct: recordColumns };
const problemsOf = (line: string) => unfit(JSON.parse(line), record, 'record');

describe('the columns hold', () => {
  test.each<[string, () => Promise<string>, object]>([
    ['a text', () => fromShop('{"a":"Grüße 🐌"}'), { body: '{"a":"Grüße 🐌"}', tenant: 'shop-1', namedDelivery: true }],
    ['no body at all', () => fromShop(''), { body: '' }],
    ['bytes that are no text', () => fromShop(Buffer.from([0, 0xff, 0xfe])), { body64: 'AP/+' }],
    ['what SQS would refuse', () => fromShop('\u0000\ufffe\uffff\r\n\u2028'), { body: '\u0000\ufffe\uffff\r\n\u2028' }],
    [
      'the key of a body that is an object of its own',
      () => fromShop('x'.repeat(inlineLimitBytes + 1)),
      { dataref: expect.stringMatching(/^archive\/bodies\/shop\/2026\/11\/21\//) },
    ],
    [
      'what no signature covers',
      () =>
        archived({
          source: 'telegram',
          body: '{"update_id":1,"message":{"date":1}}',
          headers: { 'x-telegram-bot-api-secret-token': 'secret' },
        }),
      { verified: { scheme: 'telegram', secret: 'abcdefgh#0', at: '2026-11-21T12:00:00.000Z', weakBody: true } },
    ],
  ])('what the receiver made of %s', async (_, made, members) => {
    const line = await made();
    expect(JSON.parse(line)).toMatchObject(members);
    expect(problemsOf(line)).toEqual([]);
  });

  test.each<[string, Partial<Message>]>([
    ['its partition key', { key: 'order-7' }],
    ['a replay', { run: Date.now(), gen: 3 }],
  ])('a message with %s', (_, difference) => {
    expect(problemsOf(encodeMessage(aMessage(difference)))).toEqual([]);
  });

  test('every line of an object as the writer stores it', async () => {
    const records = await Promise.all(
      ['{"a":1}', Buffer.from([0xff]), ''].map(async (body) => recordOf(await fromShop(body))),
    );
    const { bytes } = await rawObjectOf(records[0]?.hour ?? '', records);
    const lines = gunzipSync(bytes).toString('utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.flatMap(problemsOf)).toEqual([]);
  });

  test('what compaction adds', () => {
    const copies = [{ receivedAt: '2026-11-21T12:00:01.000Z', deliveryId: 'd-2' }];
    expect(problemsOf(withCopies(encodeMessage(aMessage()), copies))).toEqual([]);
  });
});

describe('a record does not fit', () => {
  test.each<[string, object, string]>([
    ['with a member that has no column', { shard: 1 }, 'record.shard has no column'],
    [
      'with an attribute that has none',
      { event: { ...aMessage().event, subject: 'x' } },
      'record.event.subject has no column',
    ],
    ['with a member of another type', { run: '0' }, 'record.run is no bigint'],
    ['with a header that is a list', { headers: { a: ['b'] } }, 'record.headers.a is no string'],
    ['with names that differ in letter case alone', { Run: 1 }, 'record has a name twice'],
  ])('%s', (_, difference, problem) => {
    expect(problemsOf(JSON.stringify({ ...aMessage(), ...difference }))).toEqual([problem]);
  });
});

test('columns are named as Glue and Athena keep names: in lower case', () => {
  const names = (type: ColumnType): string[] => {
    if (typeof type === 'string') return [];
    if ('array' in type) return names(type.array);
    if ('map' in type) return names(type.map);
    return Object.entries(type.struct).flatMap(([name, field]) => [name, ...names(field)]);
  };
  expect(names(record).filter((name) => !/^[a-z][a-z0-9]*$/.test(name))).toEqual([]);
});

test('types are written as Glue and as Athena write them', () => {
  const type: ColumnType = { struct: { a: 'string', b: { array: { struct: { c: 'int' } } }, d: { map: 'bigint' } } };
  expect(hiveType(type)).toBe('struct<a:string,b:array<struct<c:int>>,d:map<string,bigint>>');
  expect(athenaType(type)).toBe('row("a" varchar, "b" array(row("c" integer)), "d" map(varchar, bigint))');
});
