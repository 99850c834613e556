import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeMessage,
  encodeMessage,
  inlineBody,
  inlineBytes,
  inlineLimitBytes,
} from '../../../functions/core/message.ts';
import { aMessage } from '../../support/messages.ts';

/** Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
const sqsTakes = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;

const through = (bytes: Uint8Array) => {
  const inline = inlineBody(bytes);
  if (!inline) throw new Error('too large');
  const { body: _, ...rest } = aMessage() as Extract<ReturnType<typeof aMessage>, { body: string }>;
  const text = encodeMessage({ ...rest, ...inline });
  const message = decodeMessage(text);
  if ('dataref' in message) throw new Error('not inline');
  return { text, bytes: inlineBytes(message), message };
};

describe('a message', () => {
  test('carries any bytes exactly, in characters that SQS takes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const carried = through(bytes);
        expect(carried.text).toMatch(sqsTakes);
        expect(carried.bytes.equals(bytes)).toBe(true);
      }),
    );
  });

  test('carries any text exactly, in characters that SQS takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const bytes = Buffer.from(text, 'utf8');
        const carried = through(bytes);
        expect(carried.text).toMatch(sqsTakes);
        expect(carried.bytes.equals(bytes)).toBe(true);
      }),
    );
  });

  test.each([
    ['an emoji', '\u{1f980}'],
    ['characters that SQS refuses', '\u0000\u0008\uffff\ufffe'],
    ['a byte order mark', '\ufeff{}'],
    ['nothing', ''],
  ])('carries %s as text', (_name, text) => {
    const { bytes, message } = through(Buffer.from(text, 'utf8'));
    expect(bytes.toString('utf8')).toBe(text);
    expect(message).toHaveProperty('body');
  });

  test('is not inline beyond its limit, counted after encoding', () => {
    expect(inlineBody(Buffer.alloc(inlineLimitBytes - 2, 'a'))).toBeDefined();
    expect(inlineBody(Buffer.alloc(inlineLimitBytes - 1, 'a'))).toBeUndefined();
    expect(inlineBody(Buffer.alloc(inlineLimitBytes / 4, '\u0000'))).toBeUndefined();
  });

  test.each([
    ['no JSON', '{', 'message must be JSON'],
    ['another version', '{"v":2}', 'message.v must be 1, got 2'],
    ['no event', '{"v":1}', 'message.event must be an object'],
    [
      'two bodies',
      JSON.stringify({ ...aMessage(), body64: '' }),
      'message must have one of body, body64, dataref, got 2 of them',
    ],
    [
      'a generation below zero',
      JSON.stringify({ ...aMessage(), gen: -1 }),
      'message.gen must be a whole number from 0',
    ],
  ])('with %s is refused in words', (_name, text, problem) => {
    expect(() => decodeMessage(text)).toThrow(problem);
  });
});
