import type { SQSMessageAttribute, SQSMessageAttributes, SQSRecord } from 'aws-lambda';
import type { MessageAttribute } from '../aws/sqs/message-attributes.ts';
import type { ReceivedMessage } from '../aws/sqs/received-message.ts';

/**
 * A message as a function gets it.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
export function recordOf(message: ReceivedMessage, queueArn: string): SQSRecord {
  const [, , , region = ''] = queueArn.split(':');
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes as SQSRecord['attributes'] & Record<string, string>,
    messageAttributes: attributesOf(message.MessageAttributes ?? {}),
    md5OfBody: message.MD5OfBody,
    ...(message.MD5OfMessageAttributes === undefined ? {} : { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}

function attributesOf(attributes: Readonly<Record<string, MessageAttribute>>): SQSMessageAttributes {
  return Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, attributeOf(attribute)]));
}

function attributeOf({ DataType, StringValue, BinaryValue }: MessageAttribute): SQSMessageAttribute {
  return {
    ...(StringValue === undefined ? {} : { stringValue: StringValue }),
    ...(BinaryValue === undefined ? {} : { binaryValue: BinaryValue }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType as SQSMessageAttribute['dataType'],
  };
}
