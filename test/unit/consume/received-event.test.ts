import { expect, test } from 'vitest';
import { receivedEvent } from '../../../functions/consume/received-event.ts';
import { aMessage } from '../../support/messages.ts';

const eventOf = (bytes: Buffer, datacontenttype?: string) => {
  const message = aMessage();
  return receivedEvent({ ...message, event: { ...message.event, datacontenttype } }, bytes);
};

test('parses JSON, and keeps the exact bytes beside it', () => {
  const event = eventOf(Buffer.from('{ "a": "\u{1f980}" }'));
  expect(event.data).toEqual({ a: '\u{1f980}' });
  expect(event.text).toBe('{ "a": "\u{1f980}" }');
  expect(event.data).toBe(event.data);
});

test('finds the JSON that a form carries in its field payload', () => {
  const event = eventOf(Buffer.from('payload=%7B%22a%22%3A1%7D'), 'application/x-www-form-urlencoded; charset=utf-8');
  expect(event.data).toEqual({ a: 1 });
});

test('gives the fields of a form, and the text of what is neither', () => {
  expect(eventOf(Buffer.from('command=%2Fdeploy&text=now'), 'application/x-www-form-urlencoded').data).toEqual({
    command: '/deploy',
    text: 'now',
  });
  expect(eventOf(Buffer.from('<a/>'), 'text/xml').data).toBe('<a/>');
  expect(eventOf(Buffer.alloc(0)).data).toBe('');
});

test('keeps bytes that are no text', () => {
  expect(eventOf(Buffer.from([0xff, 0, 0xfe])).bytes).toEqual(Buffer.from([0xff, 0, 0xfe]));
});
