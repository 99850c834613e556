import fc from 'fast-check';
import { expect, describe as group, test } from 'vitest';
import { RefusedError } from '../../../functions/core/errors.ts';
import { digestIdentity, eventId } from '../../../functions/core/event.ts';
import { describe } from '../../../functions/receive/event-of.ts';
import { answerOf, handshakeOf } from '../../../functions/receive/handshakes/handshake.ts';
import { github } from '../../../functions/receive/providers/github.ts';
import { hmac } from '../../../functions/receive/providers/hmac.ts';
import type { Provider } from '../../../functions/receive/providers/provider.ts';
import { shopify } from '../../../functions/receive/providers/shopify.ts';
import { slack } from '../../../functions/receive/providers/slack.ts';
import { standardWebhooks } from '../../../functions/receive/providers/standard-webhooks.ts';
import { stripe } from '../../../functions/receive/providers/stripe.ts';
import { verifierOf } from '../../../functions/receive/schemes/verify.ts';
import { webhookOf } from '../../../functions/receive/webhook.ts';

const receivedAt = '2026-11-21T12:00:00.500Z';
const url = 'https://hooks.example.com/webhooks/s';
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const declared = hmac({
  algorithm: 'sha256',
  encoding: 'hex',
  signature: { header: 'x-sig' },
  signed: '{body}',
  type: { header: 'x-kind' },
  tenant: { field: 'site.id' },
  deliveryId: { field: 'items.0.id' },
});
const inMilliseconds: Provider = { ...declared, time: { field: 'at', unit: 'ms' } };
const presets: Readonly<Record<string, Provider>> = { github, stripe, shopify, slack, standardWebhooks, declared };

const described = (provider: Provider, body: unknown, headers: Readonly<Record<string, string>> = {}, id?: string) => {
  const bytes =
    body instanceof Uint8Array
      ? Buffer.from(body)
      : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const proof = { secret: 0, ...(id === undefined ? {} : { id }) };
  const webhook = webhookOf({ url, headers: new Map(Object.entries(headers)), body: bytes });
  return { ...describe(provider, webhook, { source: 's', proof, receivedAt }), bytes };
};

group('an event type', () => {
  const command = 'command=%2Fdeploy&text=now&team_id=T1&trigger_id=1.2';
  const press = `payload=${encodeURIComponent('{"type":"block_actions","team":{"id":"T1"},"trigger_id":"3.4"}')}`;
  test.each<[string, Provider, unknown, Record<string, string>, string]>([
    ['GitHub with an action', github, { action: 'opened' }, { 'x-github-event': 'issues' }, 'issues.opened'],
    ['GitHub without', github, { ref: 'main' }, { 'x-github-event': 'push' }, 'push'],
    ['GitHub with an action that is no text', github, { action: 5 }, { 'x-github-event': 'push' }, 'push'],
    [
      'GitHub as a form',
      github,
      'payload=%7B%22action%22%3A%22a%22%7D',
      { 'x-github-event': 'star', ...form },
      'star.a',
    ],
    ['GitHub without its header', github, { action: 'opened' }, {}, 'unknown'],
    ['Stripe', stripe, { id: 'evt_1', type: 'invoice.paid' }, {}, 'invoice.paid'],
    ['Shopify', shopify, {}, { 'x-shopify-topic': 'orders/create' }, 'orders/create'],
    ["Shopify's events", shopify, {}, { 'shopify-topic': 'orders/create' }, 'orders/create'],
    ['a Slack event', slack, { type: 'event_callback', event: { type: 'app_mention' } }, {}, 'app_mention'],
    ['another Slack request', slack, { type: 'app_rate_limited' }, {}, 'app_rate_limited'],
    ['a slash command', slack, command, form, 'command./deploy'],
    ['a press of a button', slack, press, form, 'interactivity.block_actions'],
    ['an empty Slack form', slack, 'a=b', form, 'unknown'],
    ['Standard Webhooks', standardWebhooks, { type: 'user.created' }, {}, 'user.created'],
    ['a declared header', declared, {}, { 'x-kind': 'Größe geändert' }, 'Größe geändert'],
    ['JSON of another kind', stripe, [1], {}, 'unknown'],
    ['no JSON', stripe, '<xml/>', {}, 'unknown'],
    ['nothing', stripe, '', {}, 'unknown'],
    ['an inherited property', hmac({ ...declaredScheme(), type: { field: 'constructor.name' } }), {}, {}, 'unknown'],
    ['control characters', stripe, { type: 'a\u0000\nb\ud800' }, {}, 'a__b\ufffd'],
  ])('of %s', (_what, provider, body, headers, type) => {
    expect(described(provider, body, headers).event.type).toBe(type);
  });

  test('is bounded', () => {
    expect(described(stripe, { type: 'x'.repeat(5_000) }).event.type).toHaveLength(200);
  });
});

function declaredScheme() {
  return { algorithm: 'sha256', encoding: 'hex', signature: { header: 'x-sig' }, signed: '{body}' } as const;
}

group('an identity', () => {
  const id = (value: string) => eventId('s', { kind: 'id', value });

  test('is the id that is signed', () => {
    expect(described(stripe, { id: 'evt_1' }).event.id).toBe(id('evt_1'));
    expect(described(slack, { type: 'event_callback', event_id: 'Ev1' }).event.id).toBe(id('Ev1'));
    expect(described(standardWebhooks, '{}', {}, 'msg_1').event.id).toBe(id('msg_1'));
    expect(described(declared, '{}', {}, 'd-1').event.id).toBe(id('d-1'));
  });

  test.each<[string, Provider, unknown]>([
    ['an empty id', stripe, { id: '' }],
    ['an id that is no text', stripe, { id: { a: 1 } }],
    ['no id', slack, { type: 'event_callback' }],
    ['a platform that signs none', github, { id: 1 }],
    ['no JSON', stripe, 'text'],
    ['nothing', shopify, ''],
  ])('is a digest of the body with %s', (_what, provider, body) => {
    const { event, bytes } = described(provider, body);
    expect(event.id).toBe(eventId('s', digestIdentity(bytes)));
  });

  test.each(Object.entries(presets))('of %s is the same whatever the unsigned headers say', (_name, provider) => {
    const hidden = encodeURIComponent('{"id":"evt_2","event_id":"Ev2","type":"minted"}');
    const body = { id: 'evt_1', event_id: 'Ev1', type: 'honest', text: `x&payload=${hidden}&y=` };
    const plain = described(provider, body);
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...headerNames), fc.string()), (headers) => {
        expect(described(provider, body, headers).event.id).toBe(plain.event.id);
        expect(described(provider, body, { ...headers, ...form }).event.id).toBe(plain.event.id);
      }),
      { numRuns: 50 },
    );
  });

  test('of JSON that calls itself a form is not hidden from a handler either', () => {
    expect(described(stripe, { type: 'a&payload={}' }, form).event.datacontenttype).toBe('application/json');
    expect(described(github, 'payload={}', form).event.datacontenttype).toBe('application/x-www-form-urlencoded');
  });
});

const headerNames = [
  'content-type',
  'x-github-event',
  'x-github-delivery',
  'x-shopify-webhook-id',
  'x-shopify-event-id',
  'webhook-id',
  'svix-id',
  'x-slack-retry-num',
  '__proto__',
];

group('what else is known', () => {
  test.each<[string, Provider, unknown, Record<string, string>, string | undefined, string | undefined]>([
    ['GitHub', github, { repository: { full_name: 'o/r' } }, { 'x-github-delivery': 'd' }, 'o/r', 'd'],
    ['Stripe Connect', stripe, { id: 'evt_1', account: 'acct_1' }, {}, 'acct_1', 'evt_1'],
    ['Shopify', shopify, {}, { 'x-shopify-shop-domain': 'a.b', 'x-shopify-webhook-id': 'w' }, 'a.b', 'w'],
    ['Slack', slack, { team_id: 'T1', event_id: 'Ev1' }, {}, 'T1', 'Ev1'],
    ['a Slack command', slack, 'command=%2Fa&team_id=T1&trigger_id=1.2', form, 'T1', '1.2'],
    ['Svix', standardWebhooks, {}, { 'svix-id': 'msg_1' }, undefined, 'msg_1'],
    ['a declared scheme', declared, { site: { id: 7 }, items: [{ id: 'i' }] }, {}, '7', 'i'],
    ['nobody', stripe, {}, {}, undefined, undefined],
    ['a tenant of endless name', stripe, { account: 'a'.repeat(1_000) }, {}, undefined, undefined],
    ['a delivery of no name', github, {}, { 'x-github-delivery': '' }, undefined, undefined],
    ['a delivery of endless name', github, {}, { 'x-github-delivery': 'd'.repeat(1_000) }, undefined, 'd'.repeat(200)],
  ])('tenant and delivery of %s', (_what, provider, body, headers, tenant, deliveryId) => {
    expect(described(provider, body, headers).deliveryId).toBe(deliveryId);
    expect(described(provider, body, headers).tenant).toBe(tenant);
  });

  test.each<[string, Provider, unknown, string]>([
    ['Stripe', stripe, { created: 1_700_000_000 }, '2023-11-14T22:13:20.000Z'],
    ['Slack', slack, { event_time: 1_700_000_000 }, '2023-11-14T22:13:20.000Z'],
    ['Standard Webhooks', standardWebhooks, { timestamp: '2022-11-03T20:26:10.344522Z' }, '2022-11-03T20:26:10.344Z'],
    ['a time before all times', stripe, { created: -1 }, receivedAt],
    ['a time beyond all times', stripe, { created: 1e300 }, receivedAt],
    ['words', standardWebhooks, { timestamp: 'yesterday' }, receivedAt],
    ['a platform that signs none', github, { created: 1 }, receivedAt],
    ['a platform that counts milliseconds', inMilliseconds, { at: 1_700_000_000_123 }, '2023-11-14T22:13:20.123Z'],
    ['one that says so in words', inMilliseconds, { at: '2023-11-14T22:13:20.123Z' }, '2023-11-14T22:13:20.123Z'],
    ['seconds as a text', stripe, { created: '1700000000' }, receivedAt],
    ['milliseconds beyond all times', inMilliseconds, { at: 253_402_300_800_000 }, receivedAt],
  ])('time of %s', (_what, provider, body, time) => {
    expect(described(provider, body).event.time).toBe(time);
  });
});

group("Slack's handshake", () => {
  const asked = async (body: unknown) => {
    const webhook = webhookOf({ url, headers: new Map(), body: Buffer.from(JSON.stringify(body)) });
    const handshake = handshakeOf(slack.handshakes, webhook);
    return handshake && (await answerOf(handshake, webhook, () => 'secret'));
  };

  test('gives the challenge back', async () => {
    expect(await asked({ type: 'url_verification', challenge: '3eZbrw1a' })).toEqual({ body: '3eZbrw1a' });
    expect(await asked({ type: 'event_callback', challenge: '3eZbrw1a' })).toBeUndefined();
  });

  test.each([[''], [5], [undefined], ['x'.repeat(1_025)], ['é'.repeat(513)]])(
    'refuses to echo %j',
    async (challenge) => {
      const answer = asked({ type: 'url_verification', challenge });
      await expect(answer).rejects.toThrow(new RefusedError(400, 'handshake-malformed'));
    },
  );
});

group('what differs between two sendings', () => {
  const volatile: Provider = { ...declared, volatile: ['attempt', 'sent_at'] };
  const idOf = (body: string | Uint8Array) => described(volatile, body).event.id;

  test.each([
    ['a number', '{"id":1,"attempt":1}', '{"id":1,"attempt":22}'],
    ['a text', '{"sent_at":"2026-11-21T12:00:00Z","id":1}', '{"sent_at":"later","id":1}'],
    ['another kind', '{"attempt":null,"id":1}', '{"attempt":true,"id":1}'],
    ['a negative fraction', '{"attempt":-1.5e+3,"id":1}', '{"attempt":2,"id":1}'],
    ['members deep inside', '{"a":[{"b":{"attempt":1}}],"id":1}', '{"a":[{"b":{"attempt":2}}],"id":1}'],
    ['several at once', '{"sent_at":1,"attempt":1,"id":1}', '{"sent_at":"x","attempt":9,"id":1}'],
    ['spaces around the colon', '{"id":1,"attempt" : 1}', '{"id":1,"attempt" : 2}'],
  ])('leaves the id alone: %s', (_what, first, second) => {
    expect(idOf(first)).toBe(idOf(second));
  });

  test.each([
    ['another member', '{"id":1,"attempt":1}', '{"id":2,"attempt":1}'],
    ['a big integer', '{"id":9007199254740993,"attempt":1}', '{"id":9007199254740992,"attempt":1}'],
    ['a digit that a parser would drop', '{"price":1.0,"attempt":1}', '{"price":1.00,"attempt":1}'],
    ['the order of members', '{"a":1,"b":2,"attempt":1}', '{"b":2,"a":1,"attempt":1}'],
    ['a member that is there twice', '{"id":1,"id":2,"attempt":1}', '{"id":2,"id":2,"attempt":1}'],
    ['a space', '{"id":1,"attempt":1}', '{"id":1, "attempt":1}'],
    ['a longer name', '{"id":1,"attempts":1}', '{"id":1,"attempts":2}'],
    ['another case', '{"id":1,"Attempt":1}', '{"id":1,"Attempt":2}'],
    ['a text that quotes the member', '{"id":"\\"attempt\\":1"}', '{"id":"\\"attempt\\":2"}'],
    ['a text that is called like it', '{"id":"attempt","x":1}', '{"id":"attempt","x":2}'],
    ['a whole object', '{"id":1,"attempt":{"n":1}}', '{"id":1,"attempt":{"n":2}}'],
    ['that the member is there at all', '{"id":1}', '{"id":1,"attempt":1}'],
  ])('and nothing else does: %s', (_what, first, second) => {
    expect(idOf(first)).not.toBe(idOf(second));
  });

  test('is not looked for where the platform names none', () => {
    const ids = [1, 2].map((attempt) => described(declared, { id: 1, attempt }).event.id);
    expect(new Set(ids).size).toBe(2);
  });

  test('is left out of bytes that are no text as well, of which every other counts', () => {
    const bytes = (attempt: string, last: number) =>
      Buffer.concat([Buffer.from(`{"attempt":${attempt},"x":"`), Buffer.from([0xff, 0xc3, last])]);
    expect(idOf(bytes('1', 0x28))).toBe(idOf(bytes('2', 0x28)));
    for (const last of [0x29, 0xfe, 0xff]) expect(idOf(bytes('1', last))).not.toBe(idOf(bytes('1', 0x28)));
    expect(idOf(bytes('1', 0xfe))).not.toBe(idOf(bytes('1', 0xff)));
    expect(idOf('{"attempt":1,"x":"Ł"}')).not.toBe(idOf('{"attempt":1,"x":"A"}'));
  });

  test('does not matter where the id is signed', () => {
    const ids = [1, 2].map((attempt) => described(volatile, { attempt }, {}, 'd-1').event.id);
    expect(new Set(ids)).toEqual(new Set([eventId('s', { kind: 'id', value: 'd-1' })]));
  });

  test('is found in a moment, whatever a body is made of', () => {
    const hostile = ['"attempt"', '"attempt":', '"attempt":"', '"attempt":1', '"', ' ', '\\'].map((part) =>
      part.repeat(200_000),
    );
    const begun = performance.now();
    for (const body of hostile) idOf(body);
    expect(performance.now() - begun).toBeLessThan(3_000);
  });
});

group('hostile input', () => {
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.json().map((text) => Buffer.from(text)),
    fc.string({ unit: 'binary' }).map((text) => Buffer.from(`payload=${text}`)),
    fc
      .record(
        {
          id: fc.anything(),
          type: fc.anything(),
          action: fc.anything(),
          event: fc.anything(),
          created: fc.anything(),
          timestamp: fc.anything(),
          account: fc.anything(),
        },
        { requiredKeys: [] },
      )
      .map((value) =>
        Buffer.from(JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? String(item) : item))),
      ),
  );
  const names = [
    'x-sig',
    'x-kind',
    'stripe-signature',
    'x-hub-signature-256',
    'x-shopify-hmac-sha256',
    'x-slack-signature',
    'x-slack-request-timestamp',
    'webhook-signature',
    'webhook-timestamp',
    'svix-id',
    'svix-timestamp',
    'svix-signature',
  ];
  const value = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('v1=,t=', 'v0=x', 'sha256=', '1795262400', 'v1, v1,,'),
  );
  const headers = fc.dictionary(fc.constantFrom(...names, ...headerNames), value);
  const methods = fc.constantFrom('POST', 'GET', 'HEAD');

  test.each(Object.entries(presets))('never makes %s throw anything but a refusal', async (_name, provider) => {
    const verify = typeof provider.scheme === 'function' ? provider.scheme : verifierOf(provider.scheme);
    await fc.assert(
      fc.asyncProperty(headers, body, methods, async (fields, bytes, method) => {
        const fieldsOf = new Map(Object.entries(fields));
        const webhook = webhookOf({ method, url, headers: fieldsOf, body: Buffer.from(bytes) });
        const proving = async () => verify(webhook, ['whsec_c2VjcmV0'], 1_795_262_400_000);
        await expect(proving()).rejects.toThrow(RefusedError);
        const handshake = handshakeOf(provider.handshakes, webhook);
        const answering = async () => handshake && answerOf(handshake, webhook, () => 'secret');
        await answering().catch((error) => expect(error).toBeInstanceOf(RefusedError));
        provider.acknowledge?.(webhook, 'secret');
        const { event, deliveryId, tenant } = described(provider, bytes, fields);
        expect(event.type).toMatch(/^.{1,200}$/su);
        expect(event.type.isWellFormed()).toBe(true);
        expect(event.id).toMatch(/^[\w-]{43}$/);
        expect(new Date(event.time).toISOString()).toBe(event.time);
        expect(deliveryId ?? 'none').toMatch(/^.{1,200}$/su);
        expect(tenant ?? 'none').toMatch(/^.{1,200}$/su);
      }),
      { numRuns: 300 },
    );
  });
});
