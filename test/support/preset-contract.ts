import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RefusedError } from '../../functions/core/errors.ts';
import { describe as describeEvent } from '../../functions/receive/event-of.ts';
import { handshakeOf } from '../../functions/receive/handshakes/handshake.ts';
import type { Provider } from '../../functions/receive/providers/provider.ts';
import { requestOf } from '../../functions/receive/request.ts';
import { verifierOf } from '../../functions/receive/schemes/verify.ts';
import { webhookOf } from '../../functions/receive/webhook.ts';
import type { Platform } from '../../infra/platforms/platform.ts';
import { aDelivery } from './deliveries.ts';

/** When the contract's webhooks are sent: not on a whole second. */
export const contractNow = 1_795_262_400_500;
/** What the platform was told to send to. */
export const contractUrl = 'https://hooks.example.com/webhooks/there';

export interface Sent {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly url?: string;
}

export interface Signing {
  readonly body: Buffer;
  /** What the platform signs with. */
  readonly key: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface PresetContract {
  readonly provider: Provider;
  readonly platform: Platform;
  /** What the source's secret holds (its values), and what signs by it; twice, for rotation and for strangers. */
  readonly right: { readonly stored: string; readonly key: string };
  readonly other: { readonly stored: string; readonly key: string };
  /** An authentic request: made by the platform's own SDK, or after its documentation, never by the preset's data. */
  readonly sign: (signing: Signing) => Sent | Promise<Sent>;
  /** Lower-case name of the header that the signature stands in; none where it stands in the body. */
  readonly signature?: string;
  /** A body that the platform could send. @default '{"type":"a","note":"🦀 é"}' */
  readonly body?: string;
  /** Whether what is signed covers the body's bytes, whatever they are. @default true */
  readonly coversBytes?: boolean;
  /** Seconds that the signed time may be off, where one is signed. `null`: none is. */
  readonly toleranceSeconds: number | null;
  /** The platform's own verifier, where its SDK has one. */
  readonly sdkAccepts?: (sent: Sent, stored: string) => boolean | Promise<boolean>;
}

/** `#0` for the secret that matched, or the status and reason of the refusal. Whatever else is thrown is a defect. */
export async function outcomeOf(
  provider: Provider,
  { headers, body, url = contractUrl }: Sent,
  secrets: readonly string[],
  at = contractNow,
): Promise<string> {
  const verify = typeof provider.scheme === 'function' ? provider.scheme : verifierOf(provider.scheme);
  try {
    const proof = await verify(webhookOf({ url, headers: new Map(Object.entries(headers)), body }), secrets, at);
    return `#${proof.secret}`;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return `${error.status} ${error.reason}`;
  }
}

/** The id that an authentic request's event gets, with its type and the rest. */
export async function describedOf(provider: Provider, { headers, body, url = contractUrl }: Sent, stored: string) {
  const verify = typeof provider.scheme === 'function' ? provider.scheme : verifierOf(provider.scheme);
  const webhook = webhookOf({ url, headers: new Map(Object.entries(headers)), body });
  const proof = await verify(webhook, [stored], contractNow);
  return describeEvent(provider, webhook, { source: 'there', proof, receivedAt: new Date(contractNow).toISOString() });
}

function capital(letter: string): string {
  return letter.toUpperCase();
}

/** What every preset must do; each test file adds what is special about its platform. */
export function keepsPresetContract(contract: PresetContract): void {
  const { provider, platform, right, other, signature, toleranceSeconds, sdkAccepts } = contract;
  const { coversBytes = true } = contract;
  const body = Buffer.from(contract.body ?? '{"type":"a","note":"\u{1f980} é"}');
  const sign = (difference: Partial<Signing> = {}) =>
    contract.sign({ body, key: right.key, at: contractNow, ...difference });
  const outcome = (sent: Sent, secrets: readonly string[] = [right.stored]) => outcomeOf(provider, sent, secrets);
  const covers = coversBytes && !provider.weakBody;

  describe(`${provider.name} keeps the contract of presets`, () => {
    test('accepts an authentic request, as its own SDK does', async () => {
      const sent = await sign();
      expect(await outcome(sent)).toBe('#0');
      if (sdkAccepts) expect(await sdkAccepts(sent, right.stored)).toBe(true);
    });

    test('is the same with its headers in any letter case', async () => {
      const { headers, body: content, url = contractUrl } = await sign();
      for (const written of [
        (name: string) => name.toUpperCase(),
        (name: string) => name.replace(/(^|-)./g, capital),
      ]) {
        const loud = Object.fromEntries(Object.entries(headers).map(([name, value]) => [written(name), value]));
        const {
          requestId: _,
          sourceIp: __,
          ...request
        } = requestOf({ ...aDelivery({ body: content }), headers: loud }, url);
        expect(await outcome({ ...request, headers: Object.fromEntries(request.headers) })).toBe('#0');
      }
    });

    test('refuses the signature of somebody else', async () => {
      const sent = await sign({ key: other.key });
      expect(await outcome(sent)).toMatch(/^401 /);
      if (sdkAccepts) expect(await sdkAccepts(sent, right.stored)).toBe(false);
    });

    test('accepts either of two secrets during a rotation, and tells which', async () => {
      const sent = await sign();
      expect(await outcome(sent, [right.stored, other.stored])).toBe('#0');
      expect(await outcome(sent, [other.stored, right.stored])).toBe('#1');
    });

    test('has no secret to go by where none is usable', async () => {
      const sent = await sign();
      expect(await outcome(sent, [])).toBe('503 no-secret');
      expect(await outcome(sent, [' '])).toMatch(/^(503 no-secret|401 .+)$/);
    });

    test.runIf(covers)('refuses a body that was changed, cut short or lengthened', async () => {
      const sent = await sign();
      for (const changed of [
        Buffer.concat([sent.body, Buffer.from(' ')]),
        sent.body.subarray(0, -1),
        Buffer.concat([Buffer.from(' '), sent.body]),
      ]) {
        expect(await outcome({ ...sent, body: changed })).toMatch(/^401 /);
        if (sdkAccepts) expect(await sdkAccepts({ ...sent, body: changed }, right.stored)).toBe(false);
      }
    });

    test.runIf(covers && contract.body === undefined)('proves the exact bytes, whatever they are', async () => {
      const contents = ['', 'plain, with \r\n and a space ', '\u0000\u0008\ufffe\uffff', 'x'.repeat(300_000)];
      const binary = Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28]);
      for (const content of [...contents.map((text) => Buffer.from(text)), binary]) {
        expect(await outcome(await sign({ body: content }))).toBe('#0');
      }
      const sent = await sign({ body: binary });
      expect(await outcome({ ...sent, body: Buffer.from(binary.toString('utf8')) })).toMatch(/^401 /);
    });

    test.runIf(signature)(
      'refuses a signature that is missing, empty, cut short, lengthened or there twice',
      async () => {
        const name = signature ?? '';
        const sent = await sign();
        const value = sent.headers[name] ?? '';
        const forged = (await sign({ key: other.key })).headers[name] ?? '';
        const { [name]: _, ...rest } = sent.headers;
        expect(await outcome({ ...sent, headers: rest })).toMatch(/^401 .*(missing|malformed)$/);
        for (const broken of [
          '',
          value.slice(0, -2),
          `${value}0`,
          value.slice(1),
          `${forged},${value}`,
          `${value},${value}`,
        ]) {
          expect(await outcome({ ...sent, headers: { ...sent.headers, [name]: broken } }), broken).toMatch(/^401 /);
        }
      },
    );

    test.runIf(toleranceSeconds !== null)(
      'accepts a time up to its tolerance and refuses beyond, both ways',
      async () => {
        const tolerance = (toleranceSeconds ?? 0) * 1000;
        for (const way of [1, -1]) {
          expect(await outcome(await sign({ at: contractNow + way * (tolerance - 1000) }))).toBe('#0');
          expect(await outcome(await sign({ at: contractNow + way * (tolerance + 2000) }))).toMatch(/^401 timestamp-/);
        }
      },
    );

    test('never throws anything but a refusal, whatever headers and bodies come', async () => {
      const authentic = await sign();
      const names = [...Object.keys(authentic.headers), 'authorization', 'content-type'];
      const value = fc.oneof(
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.constantFrom(...Object.values(authentic.headers)),
      );
      const headers = fc.dictionary(fc.constantFrom(...names), value);
      const bytes = fc.oneof(
        fc.uint8Array().map((array) => Buffer.from(array)),
        fc.json().map((text) => Buffer.from(text)),
        fc.json().map((text) => Buffer.from(`payload=${encodeURIComponent(text)}`)),
        fc.nat(authentic.body.length).map((end) => authentic.body.subarray(0, end)),
      );
      const methods = fc.constantFrom('POST', 'GET', 'HEAD');
      const query = fc.oneof(
        fc.constant(''),
        fc.webQueryParameters().map((text) => `?${text}`),
      );
      await fc.assert(
        fc.asyncProperty(headers, bytes, methods, query, async (fields, content, method, search) => {
          const sent = { headers: fields, body: content, url: `${contractUrl}${search}` };
          expect(await outcome(sent)).toMatch(/^(#0$|401 |503 )/);
          const webhook = webhookOf({ ...sent, method, headers: new Map(Object.entries(fields)) });
          handshakeOf(provider.handshakes, webhook);
          const described = describeEvent(provider, webhook, {
            source: 'there',
            proof: { secret: 0 },
            receivedAt: new Date(contractNow).toISOString(),
          });
          expect(described.event.type).not.toBe('');
          provider.acknowledge?.(webhook, right.stored);
        }),
        { numRuns: 150 },
      );
    });

    test('gives the same event for the same request, and another for another', async () => {
      const first = await describedOf(provider, await sign(), right.stored);
      const again = await describedOf(provider, await sign(), right.stored);
      expect(again.event.id).toBe(first.event.id);
    });

    test('accepts each event that the platform is played with, under the type that it is listed by', async () => {
      expect(Object.keys(platform.events).length).toBeGreaterThan(0);
      const ids = new Set<string>();
      for (const [type, make] of Object.entries(platform.events)) {
        for (const seed of ['a', 'b']) {
          const id = createHash('md5')
            .update(type + seed)
            .digest('hex');
          const unsigned = make({ id, at: contractNow });
          const signed = platform.sign(unsigned, { key: right.key, url: contractUrl, at: contractNow });
          const sent = { body: signed.body ?? unsigned.body, headers: { ...unsigned.headers, ...signed.headers } };
          expect(await outcome(sent), type).toBe('#0');
          if (sdkAccepts) expect(await sdkAccepts(sent, right.stored), type).toBe(true);
          const { event } = await describedOf(provider, sent, right.stored);
          expect(event.type).toBe(type);
          ids.add(event.id);
        }
      }
      expect(ids.size).toBe(2 * Object.keys(platform.events).length);
    });
  });
}
