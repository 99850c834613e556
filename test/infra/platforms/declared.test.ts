import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HeaderField, HmacProvider } from '../../../functions/core/definition.ts';
import { describe as described } from '../../../functions/receive/event-of.ts';
import { found } from '../../../functions/receive/find.ts';
import { hmac } from '../../../functions/receive/providers/hmac.ts';
import { type Scheme, verifierOf } from '../../../functions/receive/schemes/verify.ts';
import { webhookOf } from '../../../functions/receive/webhook.ts';
import { problemsOf } from '../../../infra/definition/validate.ts';
import { signedEvent } from '../../../infra/ops/send.ts';
import { declared } from '../../../infra/platforms/declared.ts';

const at = Date.parse('2026-11-21T12:00:00.678Z');
const url = 'https://hooks.example.com/webhooks/own';

const plain: HmacProvider = {
  algorithm: 'sha256',
  encoding: 'hex',
  signature: { header: 'x-signature' },
  signed: '{body}',
};

/** A declared platform's webhook, and what the receiver makes of it. */
function exchanged(provider: HmacProvider, values: readonly string[] = ['secret'], to = url) {
  const platform = declared(provider);
  const [type = ''] = Object.keys(platform.events);
  const { headers, body } = signedEvent(platform, type, { key: values[0] ?? '', values, url: to, at });
  const webhook = webhookOf({ url: to, headers: new Map(Object.entries(headers)), body });
  const preset = hmac(provider);
  const proof = verifierOf(preset.scheme as Scheme)(webhook, values, at);
  return { headers, webhook, proof, preset };
}

const one = (header: string): fc.Arbitrary<HeaderField> =>
  fc.record({
    header: fc.oneof(fc.constant(header), fc.constant([header, `${header}-old`])),
    prefix: fc.constantFrom('v1=', 'sha256=', 'Bearer ', 't_'),
    // None that stands in the prefix: no platform could send that.
    separator: fc.constantFrom(',', ', ', ';'),
  });
const withoutPrefix = (header: string): fc.Arbitrary<HeaderField> =>
  fc.constantFrom({ header }, { header: [header, 'x-else'] });
const placed = (header: string) => fc.oneof(one(header), withoutPrefix(header));

/** Signature, timestamp and id in one header, told apart by what they begin with. */
const together: fc.Arbitrary<Record<'signature' | 'timestamp' | 'id', HeaderField>> = fc
  .constantFrom(',', ';', ' ')
  .map((separator) => ({
    signature: { header: 'x-all', separator, prefix: 'v1=' },
    timestamp: { header: 'x-all', separator, prefix: 't=' },
    id: { header: 'x-all', separator, prefix: 'id=' },
  }));
const apart = fc.record({
  signature: placed('x-signature'),
  timestamp: placed('x-timestamp'),
  id: placed('x-id'),
});

const scheme: fc.Arbitrary<HmacProvider> = fc
  .record({
    algorithm: fc.constantFrom('sha1', 'sha256', 'sha512'),
    encoding: fc.constantFrom('hex', 'base64'),
    secret: fc.option(
      fc.record({ encoding: fc.constantFrom('utf8', 'base64', 'hex'), prefix: fc.constantFrom('whsec_', 'é') }),
      { nil: undefined },
    ),
    places: fc.oneof(apart, together),
    unit: fc.option(fc.constantFrom('s', 'ms', 'iso8601'), { nil: undefined }),
    hasId: fc.boolean(),
    more: fc.subarray(['{url}', '{method}', '{body}', 'v0', 'é', '$&']),
    glue: fc.constantFrom('.', ':', '', '\n'),
    type: fc.constantFrom(undefined, { field: 'type' }, { field: 'data.event.type' }, { header: 'x-topic' }),
    deliveryId: fc.constantFrom(undefined, { header: 'x-delivery' }),
  })
  .map(({ places: { signature, timestamp, id }, unit, hasId, more, glue, type, secret, deliveryId, ...rest }) => ({
    ...rest,
    signature,
    signed: [...more, ...(hasId ? ['{id}'] : []), ...(unit ? ['{timestamp}'] : []), '{body}'].join(glue),
    ...(secret ? { secret } : {}),
    ...(unit ? { timestamp: { ...timestamp, unit } } : {}),
    ...(hasId ? { id } : {}),
    ...(type ? { type } : {}),
    ...(deliveryId ? { deliveryId } : {}),
  })) as fc.Arbitrary<HmacProvider>;

describe('a declared platform', () => {
  test('signs what the receiver takes, whatever is declared', () => {
    fc.assert(
      fc.property(scheme, fc.boolean(), (provider, prefixed) => {
        const definition = {
          sources: { own: { provider } },
          consumers: { one: { from: { source: 'own' }, handler: 'one.ts' } },
        };
        // Only what a definition may say counts.
        expect(problemsOf(definition, { root: '/', fileExists: () => true })).toEqual([]);
        const { stored } = declared(provider).makeSecret(Buffer.alloc(32, 7), undefined);
        const key = (prefixed ? (provider.secret?.prefix ?? '') : '') + String(stored);
        const { webhook, proof, preset } = exchanged(provider, [key, 'another']);
        expect(proof.secret).toBe(0);
        expect(proof.id).toEqual(provider.id ? expect.stringMatching(/^[0-9a-f]{32}$/) : undefined);
        const context = { source: 'own', proof, receivedAt: '2026-11-21T12:00:00.678Z' };
        expect(described(preset, webhook, context).event.type).toBe('example');
        expect(found(webhook, preset.deliveryId) === undefined).toBe(provider.deliveryId === undefined);
      }),
      { numRuns: 300 },
    );
  });

  test('signs the URL that it was given, and no other', () => {
    const provider = { ...plain, signed: '{method} {url} {body}' };
    const { headers, webhook } = exchanged(provider, ['secret'], `${url}?a=b`);
    const verify = verifierOf(hmac(provider).scheme as Scheme);
    for (const wrong of [{ url }, { method: 'PUT' }]) {
      const other = webhookOf({
        url: `${url}?a=b`,
        headers: new Map(Object.entries(headers)),
        body: webhook.body,
        ...wrong,
      });
      expect(() => verify(other, ['secret'], at)).toThrow('signature-mismatch');
    }
  });

  test('signs with its key and no other', () => {
    const { webhook } = exchanged(plain);
    expect(() => verifierOf(plain)(webhook, ['another'], at)).toThrow('signature-mismatch');
  });

  test('puts signature, time and id into one header where they are declared so', () => {
    const separator = ',';
    const { headers } = exchanged({
      ...plain,
      signature: { header: 'x-all', separator, prefix: 'v1=' },
      signed: '{id}{timestamp}{body}',
      timestamp: { header: 'x-all', separator, prefix: 't=', unit: 's' },
      id: { header: 'x-all', separator, prefix: 'id=' },
    });
    expect(headers['x-all']).toMatch(/^v1=[0-9a-f]{64},t=1795262400,id=[0-9a-f]{32}$/);
  });

  test('sends another event each time', () => {
    const { webhook, proof, preset } = exchanged(plain);
    const again = exchanged(plain);
    const context = { source: 'own', proof, receivedAt: '2026-11-21T12:00:00.678Z' };
    expect(described(preset, webhook, context).event.id).not.toBe(described(preset, again.webhook, context).event.id);
  });
});
