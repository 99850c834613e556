import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { SqsWorld } from './sqs-world.ts';

const mebibyte = 1_048_576;
const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const text = (StringValue: string) => ({ DataType: 'String', StringValue });

async function refusalOf(input: object): Promise<string> {
  const world = new SqsWorld();
  return world.refusal('SendMessage', { QueueUrl: world.queue(), MessageBody: 'body', ...input });
}

describe('a message body', () => {
  test('comes back as it was sent, emoji and line ends too, with its MD5', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    const body = 'grüß 🐌🏳️‍🌈\r\n\t\u{10FFFF}\uFFFD\uE000\uD7FF';
    const sent = await world.send(QueueUrl, body);
    const message = await world.one(QueueUrl);
    expect(sent.MD5OfMessageBody).toBe(md5(body));
    expect([message.Body, message.MD5OfBody, message.MessageId]).toEqual([body, md5(body), sent.MessageId]);
  });

  test.each([
    ['\b', '#x8'],
    ['\0', '#x0'],
    ['\u000b', '#xB'],
    ['\uFFFE', '#xFFFE'],
    ['\uFFFF', '#xFFFF'],
    ['\ud800', '#xD800'],
    ['x\udc00', '#xDC00'],
  ])('with the character %j is refused', async (MessageBody, name) => {
    const refusal = await refusalOf({ MessageBody });
    expect(refusal).toMatch(/^InvalidMessageContents/);
    expect(refusal).toContain(`'${name}'`);
  });

  test('must not be empty', async () => {
    expect(await refusalOf({ MessageBody: '' })).toBe(
      'MissingRequiredParameterException: The request must contain the parameter MessageBody.',
    );
  });

  test('may have 1 MiB in UTF-8, attributes included', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    const MessageAttributes = { name: text('value') };
    const room = mebibyte - 'name'.length - 'String'.length - 'value'.length;
    const half = 'ß'.repeat(room / 2 - 0.5);
    await world.send(QueueUrl, `${half}x`, { MessageAttributes });
    expect(await world.refusal('SendMessage', { QueueUrl, MessageBody: `${half}xx`, MessageAttributes })).toBe(
      'InvalidParameterValueException: One or more parameters are invalid. ' +
        'Reason: Message must be shorter than 1048576 bytes.',
    );
  });

  test('may have no more than the queue lets it', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue('orders', { MaximumMessageSize: '1024' });
    await world.send(QueueUrl, 'x'.repeat(1024));
    expect(await world.refusal('SendMessage', { QueueUrl, MessageBody: 'x'.repeat(1025) })).toContain('1024 bytes');
  });
});

describe('message attributes', () => {
  test('come back with the MD5 that AWS documents', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    const MessageAttributes = {
      'Help.Me': text('Me'),
      Hello: text('There'),
      General: text('Kenobi'),
    };
    const sent = await world.send(QueueUrl, 'msg', { MessageAttributes });
    // As real SQS answered it.
    expect(sent.MD5OfMessageAttributes).toBe('4c360f3fdafd970e05fae2f149d997f5');
    const message = await world.one(QueueUrl, { MessageAttributeNames: ['All'] });
    expect(message.MessageAttributes).toEqual(MessageAttributes);
    expect(message.MD5OfMessageAttributes).toBe('4c360f3fdafd970e05fae2f149d997f5');
  });

  test('can be binary', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    const bytes = Buffer.from([0, 255, 1]);
    const MessageAttributes = { raw: { DataType: 'Binary.gzip', BinaryValue: bytes.toString('base64') } };
    const sent = await world.send(QueueUrl, 'x', { MessageAttributes });
    const length = (size: number) => Buffer.from([0, 0, 0, size]);
    const expected = createHash('md5')
      .update(Buffer.concat([length(3), Buffer.from('raw'), length(11), Buffer.from('Binary.gzip')]))
      .update(Buffer.concat([Buffer.of(2), length(3), bytes]))
      .digest('hex');
    expect(sent.MD5OfMessageAttributes).toBe(expected);
    expect((await world.one(QueueUrl, { MessageAttributeNames: ['raw'] })).MessageAttributes).toEqual(
      MessageAttributes,
    );
  });

  test.each([
    [{ 'attr.1øßä': text('x') }],
    [{ ['n'.repeat(256)]: text('x') }],
    [{ n: { DataType: 'Number', StringValue: '-12.5e10' } }],
    [{ n: { DataType: 'Number.int', StringValue: '9'.repeat(38) } }],
    [{ n: { DataType: 'Number', StringValue: '1e126' } }],
    [Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`a${index}`, text('x')]))],
  ])('may be %j', async (MessageAttributes) => {
    const world = new SqsWorld();
    const QueueUrl = world.queue();
    await world.send(QueueUrl, 'x', { MessageAttributes });
    expect((await world.one(QueueUrl, { MessageAttributeNames: ['.*'] })).MessageAttributes).toEqual(MessageAttributes);
  });

  test.each([
    [Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`a${index}`, text('x')])), /attributes \[11\]/],
    [{ '': text('x') }, /Invalid message attribute name/],
    [{ 'aWs.x': text('x') }, /Invalid message attribute name/],
    [{ 'AMAZON.x': text('x') }, /Invalid message attribute name/],
    [{ '.x': text('x') }, /Invalid message attribute name/],
    [{ 'x.': text('x') }, /Invalid message attribute name/],
    [{ 'x..y': text('x') }, /Invalid message attribute name/],
    [{ 'x y': text('x') }, /Invalid message attribute name/],
    [{ 'x!': text('x') }, /Invalid message attribute name/],
    [{ ['n'.repeat(257)]: text('x') }, /Invalid message attribute name/],
    [{ x: { StringValue: 'x' } }, /invalid message attribute type/],
    [{ x: { DataType: 'Text', StringValue: 'x' } }, /invalid message attribute type/],
    [{ x: { DataType: 'String.', StringValue: 'x' } }, /invalid message attribute type/],
    [{ x: { DataType: `Number.${'l'.repeat(256)}`, StringValue: '1' } }, /invalid message attribute type/],
    [{ x: text('') }, /attribute 'x' must contain a non-empty value of type 'String'/],
    [{ x: text('\b') }, /invalid character '#x8'/],
    [{ x: { DataType: 'Number', StringValue: 'one' } }, /cast the value of message \(user\) attribute 'x'/],
    [{ x: { DataType: 'Number', StringValue: '1'.repeat(39) } }, /cast the value/],
    [{ x: { DataType: 'Number', StringValue: '1e127' } }, /cast the value/],
    [{ x: { DataType: 'Number', StringValue: '1e-129' } }, /cast the value/],
    [{ x: { DataType: 'Binary' } }, /non-empty value of type 'Binary'/],
    [{ x: { DataType: 'Binary', BinaryValue: '***' } }, /base64/],
    [{ x: { DataType: 'String', StringValue: 'x', StringListValues: ['y'] } }, /StringListValues/],
  ])('must not be %j', async (MessageAttributes, expected) => {
    const refusal = await refusalOf({ MessageAttributes });
    expect(refusal).toMatch(/^InvalidParameterValueException/);
    expect(refusal).toMatch(expected);
  });

  test('of the system can only be a trace header, which does not count towards the size', async () => {
    const world = new SqsWorld();
    const QueueUrl = world.queue('orders', { MaximumMessageSize: '1024' });
    const header = 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1';
    const MessageSystemAttributes = { AWSTraceHeader: text(header) };
    const sent = await world.send(QueueUrl, 'x'.repeat(1024), { MessageSystemAttributes });
    expect(sent.MD5OfMessageSystemAttributes).toMatch(/^[\da-f]{32}$/);
    expect(sent.MD5OfMessageAttributes).toBeUndefined();
    const message = await world.one(QueueUrl, { MessageSystemAttributeNames: ['AWSTraceHeader'] });
    expect(message.Attributes).toEqual({ AWSTraceHeader: header });
    expect(await refusalOf({ MessageSystemAttributes: { SenderId: text('me') } })).toMatch(/only AWSTraceHeader/);
    const number = { DataType: 'Number', StringValue: '1' };
    expect(await refusalOf({ MessageSystemAttributes: { AWSTraceHeader: number } })).toMatch(/type 'String'/);
  });
});

describe('a standard queue', () => {
  test('refuses a deduplication id, a group with a space, and a delay above 15 minutes', async () => {
    expect(await refusalOf({ MessageDeduplicationId: 'd' })).toMatch(/MessageDeduplicationId is invalid/);
    expect(await refusalOf({ MessageGroupId: 'a b' })).toMatch(/MessageGroupId can only include alphanumeric/);
    expect(await refusalOf({ MessageGroupId: 'g'.repeat(129) })).toMatch(/1 to 128 in length/);
    expect(await refusalOf({ DelaySeconds: 901 })).toMatch(/Value 901 for parameter DelaySeconds is invalid/);
  });
});

describe('a batch', () => {
  const batch = async (Entries: readonly object[], attributes: Record<string, string> = {}) => {
    const world = new SqsWorld();
    const QueueUrl = world.queue('orders', attributes);
    return { world, QueueUrl, answer: await world.call('SendMessageBatch', { QueueUrl, Entries }) };
  };
  const entries = (count: number, rest: object = {}) =>
    Array.from({ length: count }, (_, index) => ({ Id: `e${index}`, MessageBody: `m${index}`, ...rest }));

  test('sends what is good of it and names what is not', async () => {
    const { world, QueueUrl, answer } = await batch(
      [
        { Id: 'good', MessageBody: 'a' },
        { Id: 'control', MessageBody: '\u0001' },
        { Id: 'large', MessageBody: 'x'.repeat(1025) },
        { Id: 'late', MessageBody: 'b', DelaySeconds: 901 },
        { Id: 'also-good_2', MessageBody: 'c' },
      ],
      { MaximumMessageSize: '1024' },
    );
    expect(answer.status).toBe(200);
    expect(answer.body.Successful?.map(({ Id }) => Id)).toEqual(['good', 'also-good_2']);
    expect(answer.body.Failed).toMatchObject([
      { Id: 'control', Code: 'InvalidMessageContents', SenderFault: true },
      { Id: 'large', Code: 'InvalidParameterValue', SenderFault: true },
      { Id: 'late', Code: 'InvalidParameterValue', SenderFault: true },
    ]);
    expect(await world.bodies(QueueUrl)).toEqual(['a', 'c']);
  });

  test('has no list of failures where there is none', async () => {
    const { answer } = await batch(entries(10));
    expect(Object.keys(answer.body)).toEqual(['Successful']);
  });

  test.each([
    [[], 'EmptyBatchRequest'],
    [entries(11), 'TooManyEntriesInBatchRequest'],
    [[...entries(1), ...entries(1)], 'BatchEntryIdsNotDistinct'],
    [[{ Id: 'a b', MessageBody: 'x' }], 'InvalidBatchEntryId'],
    [[{ Id: 'i'.repeat(81), MessageBody: 'x' }], 'InvalidBatchEntryId'],
    [[{ MessageBody: 'x' }], 'InvalidBatchEntryId'],
    [entries(2, { MessageBody: 'x'.repeat(mebibyte / 2 + 1) }), 'BatchRequestTooLong'],
  ])('as a whole is refused, case %#', async (cases, code) => {
    const { world, answer } = await batch(cases);
    expect(answer.body.__type).toBe(`com.amazonaws.sqs#${code}`);
    expect(answer.headers['x-amzn-query-error']).toBe(`AWS.SimpleQueueService.${code};Sender`);
    expect(world.sqs.figures('orders').visible).toBe(0);
  });

  test('may have 1 MiB in all', async () => {
    const { answer } = await batch(entries(2, { MessageBody: 'x'.repeat(mebibyte / 2) }));
    expect(answer.body.Successful).toHaveLength(2);
  });
});
