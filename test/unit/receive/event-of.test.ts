import fc from 'fast-check';
import { expect, describe as group, test } from 'vitest';
import { RefusedError } from '../../../functions/core/errors.ts';
import { digestIdentity, eventId } from '../../../functions/core/event.ts';
import { describe } from '../../../functions/receive/event-of.ts';
import { github } from '../../../functions/receive/providers/github.ts';
import { hmac } from '../../../functions/receive/providers/hmac.ts';
import type { Provider } from '../../../functions/receive/providers/provider.ts';
import { shopify } from '../../../functions/receive/providers/shopify.ts';
import { slack } from '../../../functions/receive/providers/slack.ts';
import { standardWebhooks } from '../../../functions/receive/providers/standard-webhooks.ts';
import { stripe } from '../../../functions/receive/providers/stripe.ts';
import { verifierOf } from '../../../functions/receive/verify.ts';
import { webhookOf } from '../../../functions/receive/webhook.ts';

const receivedAt = '2026-11-21T12:00:00.500Z';
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
const presets: Readonly<Record<string, Provider>> = { github, stripe, shopify, slack, standardWebhooks, declared };

const described = (provider: Provider, body: unknown, headers: Readonly<Record<string, string>> = {}, id?: string) => {
  const bytes =
    body instanceof Uint8Array
      ? Buffer.from(body)
      : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const proof = { secret: 0, ...(id === undefined ? {} : { id }) };
  const webhook = webhookOf(new Map(Object.entries(headers)), bytes);
  return { ...describe(provider, webhook, { source: 's', proof, requestId: 'request-1', receivedAt }), bytes };
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
  test.each<[string, Provider, unknown, Record<string, string>, string | undefined, string]>([
    ['GitHub', github, { repository: { full_name: 'o/r' } }, { 'x-github-delivery': 'd' }, 'o/r', 'd'],
    ['Stripe Connect', stripe, { id: 'evt_1', account: 'acct_1' }, {}, 'acct_1', 'evt_1'],
    ['Shopify', shopify, {}, { 'x-shopify-shop-domain': 'a.b', 'x-shopify-webhook-id': 'w' }, 'a.b', 'w'],
    ['Slack', slack, { team_id: 'T1', event_id: 'Ev1' }, {}, 'T1', 'Ev1'],
    ['a Slack command', slack, 'command=%2Fa&team_id=T1&trigger_id=1.2', form, 'T1', '1.2'],
    ['Svix', standardWebhooks, {}, { 'svix-id': 'msg_1' }, undefined, 'msg_1'],
    ['a declared scheme', declared, { site: { id: 7 }, items: [{ id: 'i' }] }, {}, '7', 'i'],
    ['nobody', stripe, {}, {}, undefined, 'request-1'],
    ['a tenant of endless name', stripe, { account: 'a'.repeat(1_000) }, {}, undefined, 'request-1'],
  ])('tenant and delivery of %s', (_what, provider, body, headers, tenant, deliveryId) => {
    expect(described(provider, body, headers)).toMatchObject({ deliveryId });
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
  ])('time of %s', (_what, provider, body, time) => {
    expect(described(provider, body).event.time).toBe(time);
  });
});

group("Slack's handshake", () => {
  const asked = (body: unknown) => slack.handshake?.(webhookOf(new Map(), Buffer.from(JSON.stringify(body))));

  test('gives the challenge back', () => {
    expect(asked({ type: 'url_verification', challenge: '3eZbrw1a' })).toBe('3eZbrw1a');
    expect(asked({ type: 'event_callback', challenge: '3eZbrw1a' })).toBeUndefined();
  });

  test.each([[''], [5], [undefined], ['x'.repeat(1_025)], ['é'.repeat(513)]])('refuses to echo %j', (challenge) => {
    expect(() => asked({ type: 'url_verification', challenge })).toThrow(new RefusedError(400, 'handshake-malformed'));
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

  test.each(Object.entries(presets))('never makes %s throw anything but a refusal', (_name, provider) => {
    const verify = typeof provider.scheme === 'function' ? provider.scheme : verifierOf(provider.scheme);
    fc.assert(
      fc.property(headers, body, (fields, bytes) => {
        const webhook = webhookOf(new Map(Object.entries(fields)), Buffer.from(bytes));
        expect(() => verify(webhook, ['whsec_c2VjcmV0'], 1_795_262_400_000)).toThrow(RefusedError);
        try {
          provider.handshake?.(webhook);
        } catch (error) {
          expect(error).toBeInstanceOf(RefusedError);
        }
        provider.answersEmpty?.(webhook);
        const { event, deliveryId, tenant } = described(provider, bytes, fields);
        expect(event.type).toMatch(/^.{1,200}$/su);
        expect(event.type.isWellFormed()).toBe(true);
        expect(event.id).toMatch(/^[\w-]{43}$/);
        expect(new Date(event.time).toISOString()).toBe(event.time);
        expect(deliveryId).toMatch(/^.{1,200}$/su);
        expect(tenant ?? 'none').toMatch(/^.{1,200}$/su);
      }),
      { numRuns: 300 },
    );
  });
});
