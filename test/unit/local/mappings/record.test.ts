import { expect, test } from 'vitest';
import { recordOf } from '../../../../infra/local/mappings/record.ts';

test('a record has the names and the shape that Lambda gives it', () => {
  const record = recordOf(
    {
      MessageId: 'id',
      ReceiptHandle: 'handle',
      Body: 'text',
      MD5OfBody: 'md5',
      MD5OfMessageAttributes: 'md5a',
      Attributes: { ApproximateReceiveCount: '1', SentTimestamp: '5', MessageGroupId: 'g' },
      MessageAttributes: {
        reason: { DataType: 'String', StringValue: 'why' },
        gen: { DataType: 'Number', StringValue: '2' },
        raw: { DataType: 'Binary', BinaryValue: 'AAE=' },
      },
    },
    'arn:aws:sqs:eu-west-1:000000000000:orders',
  );
  expect(record).toEqual({
    messageId: 'id',
    receiptHandle: 'handle',
    body: 'text',
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: '5', MessageGroupId: 'g' },
    messageAttributes: {
      reason: { stringValue: 'why', stringListValues: [], binaryListValues: [], dataType: 'String' },
      gen: { stringValue: '2', stringListValues: [], binaryListValues: [], dataType: 'Number' },
      raw: { binaryValue: 'AAE=', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
    },
    md5OfBody: 'md5',
    md5OfMessageAttributes: 'md5a',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-west-1:000000000000:orders',
    awsRegion: 'eu-west-1',
  });
});
