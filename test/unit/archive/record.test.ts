import { describe, expect, test } from 'vitest';
import { recordOf } from '../../../functions/archive/record.ts';
import { encodeMessage } from '../../../functions/core/message.ts';
import { aMessage } from '../../support/messages.ts';

const withSource = (source: string) => encodeMessage(aMessage({ event: { ...aMessage().event, source } }));
const receivedAt = (at: string) => encodeMessage(aMessage({ receivedAt: at }));

describe('a record', () => {
  test('is the very text that travelled, in the hour of its source', () => {
    // Another order of members, another spelling of the same text, and spaces.
    const body = encodeMessage(aMessage({ id: 'e' })).replace(/^\{"v":1,(.*)\}$/, '{ $1, "\\u0076":1 }');
    expect(recordOf(body)).toEqual({
      hour: 'source=github/year=2026/month=11/day=21/hour=12',
      receivedAt: '2026-11-21T12:00:00.000Z',
      line: body,
    });
  });

  test.each([
    ['is no JSON', '{', 'message must be JSON'],
    ['is of another version', '{"v":2}', 'message.v must be 1, got 2'],
    ['has no body', encodeMessage(aMessage({ body: undefined } as never)), /^message must have one of body/],
    ['would be two lines', JSON.stringify(aMessage(), null, 1), 'message must be JSON in one line'],
    ['would be two lines to Hadoop', `${encodeMessage(aMessage())}\r`, 'message must be JSON in one line'],
    [
      'UTF-8 cannot write',
      encodeMessage(aMessage({ body: 'x' })).replace('"x"', '"\ud83d"'),
      'message must be text that UTF-8 can write',
    ],
  ])('is nothing that %s', (_what, body, reason) => {
    expect(() => recordOf(body)).toThrow(reason);
  });

  test.each(['', 'GitHub', '1password', 'a/b', '../etc', 'a=b', 'é', 'git hub', `a${'b'.repeat(40)}`, 'github\n'])(
    'is of a source that has a name: not %j',
    (source) => expect(() => recordOf(withSource(source))).toThrow(/^message.event.source must be /),
  );

  test.each(['a', 'stripe-eu-1', 'a'.repeat(40)])(
    'is of a source by any name that a definition takes: %s',
    (source) => {
      expect(recordOf(withSource(source)).hour).toMatch(`source=${source}/year=`);
    },
  );

  test.each([
    '',
    'yesterday',
    '2026-11-21',
    '2026-11-21T12:00:00Z',
    '2026-11-21T12:00:00.000',
    '2026-11-21T12:00:00.000z',
    '2026-11-21T12:00:00.0000Z',
    '2026-11-21T13:00:00.000+01:00',
    '2026-02-30T12:00:00.000Z',
    '2026-11-21T24:00:00.000Z',
    '+010000-01-01T00:00:00.000Z',
    ' 2026-11-21T12:00:00.000Z',
  ])('was received at a time in the one form that sorts: not %j', (at) => {
    expect(() => recordOf(receivedAt(at))).toThrow(
      /^message.receivedAt must be RFC 3339 in UTC with milliseconds, got /,
    );
  });

  test('quotes little of what it refuses', () => {
    const long = 'x'.repeat(100_000);
    for (const body of [withSource(long), receivedAt(long)]) {
      expect(() => recordOf(body)).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{1,200}$/) }));
    }
  });
});
