import { describe, expect, test } from 'vitest';
import { contractNow, outcomeOf, type PresetContract, type Sent } from './preset-contract.ts';

const seconds = Math.floor(contractNow / 1000);

export interface HeaderContract
  extends Required<Pick<PresetContract, 'provider' | 'right' | 'other' | 'sign' | 'signature'>> {
  /** A signed time, where there is one. */
  readonly timestamp?: {
    readonly header: string;
    /** The header's value with an odd text in the time's place. @default the text */
    readonly of?: (text: string) => string;
    readonly toleranceSeconds: number;
    /** @default s */
    readonly unit?: 's' | 'ms';
  };
  /** Only JSON objects are taken, whatever is signed. */
  readonly objectsOnly?: true;
}

/** What must hold where everything that proves a request stands in its headers, with the reasons that people get to see. */
export function keepsHeaderContract(contract: HeaderContract): void {
  const { provider, right, other, sign, signature, timestamp, objectsOnly = false } = contract;
  const body = Buffer.from('{"type":"a","note":"\u{1f980} é"}');
  const signed = async (at = seconds * 1000, content = body): Promise<Sent> =>
    sign({ body: content, key: right.key, at });
  const outcome = (sent: Sent, secrets: readonly string[] = [right.stored]) => outcomeOf(provider, sent, secrets);
  const changed = (sent: Sent, header: string, value: string): Sent => ({
    ...sent,
    headers: { ...sent.headers, [header]: value },
  });
  const without = (sent: Sent, header: string): Sent => {
    const { [header]: _, ...headers } = sent.headers;
    return { ...sent, headers };
  };

  describe(`what proves a request of ${provider.name} by ${signature}`, () => {
    test.skipIf(objectsOnly)('covers texts of any kind', async () => {
      for (const content of ['\u{1f980}', '\u0000\u0008\ufffe\uffff', 'payload=%7B%22a%22%3A1%7D']) {
        expect(await outcome(await signed(seconds * 1000, Buffer.from(content)))).toBe('#0');
      }
    });

    test('is refused for what it is', async () => {
      const sent = await signed();
      const tampered = { ...sent, body: Buffer.concat([sent.body, Buffer.from(' ')]) };
      expect(await outcome(tampered)).toBe('401 signature-mismatch');
      expect(await outcome(sent, [other.stored])).toBe('401 signature-mismatch');
      expect(await outcome(sent, [''])).toBe('503 no-secret');
      expect(await outcome(sent, [])).toBe('503 no-secret');
      expect(await outcome(without(sent, signature))).toMatch(/^401 (signature|timestamp)-missing$/);
      expect(await outcome(changed(sent, signature, ''))).toMatch(/^401 .*-missing$/);
    });

    test('is written in one way only', async () => {
      const sent = await signed();
      const value = sent.headers[signature] ?? '';
      for (const broken of [
        value.slice(0, -1),
        `${value}0`,
        value.slice(1),
        value.toUpperCase(),
        value.toLowerCase().slice(0, -2),
      ]) {
        expect(await outcome(changed(sent, signature, broken)), broken).toMatch(/^401 /);
      }
    });

    test.runIf(timestamp)('is accepted up to its tolerance and refused a second beyond', async () => {
      const { toleranceSeconds = 0, unit = 's' } = timestamp ?? {};
      const aged = async (age: number) => outcome(await signed((seconds - age) * 1000));
      // Half a second of the contract's time counts where the unit is milliseconds.
      expect(await aged(unit === 'ms' ? toleranceSeconds - 1 : toleranceSeconds)).toBe('#0');
      expect(await aged(toleranceSeconds + 1)).toBe('401 timestamp-stale');
      expect(await aged(-toleranceSeconds)).toBe('#0');
      expect(await aged(-toleranceSeconds - 1)).toBe('401 timestamp-future');
    });

    test.runIf(timestamp)('is refused with a time that is missing or not a plain number', async () => {
      const { header = '', of = String } = timestamp ?? {};
      const sent = await signed();
      expect(await outcome(without(sent, header))).toMatch(/^401 (timestamp|signature)-missing$/);
      const plain = String(seconds);
      const malformed = [
        '',
        ' ',
        '-1',
        '+1',
        `${plain}.0`,
        `${plain}x`,
        `0${plain}`,
        '1e9',
        '0x10',
        'NaN',
        'Infinity',
        '١٢٣',
      ];
      for (const text of [...malformed, `${plain},${plain}`]) {
        expect(await outcome(changed(sent, header, of(text))), text).toMatch(/^401 (timestamp|signature)-/);
      }
    });
  });
}
