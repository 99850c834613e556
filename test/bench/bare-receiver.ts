import { createHmac, timingSafeEqual } from 'node:crypto';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

const { SECRET = '', QUEUE_URLS = '' } = process.env;
const queueUrls = QUEUE_URLS.split(',');
// As the receiver's own client.
const requestHandler = { connectionTimeout: 500, requestTimeout: 1_000, throwOnRequestTimeout: true };
const sqs = new SQSClient({ useQueueUrlAsEndpoint: false, maxAttempts: 2, requestHandler });

/** The least that takes a webhook from GitHub: check it, parse it, hand it on. */
export async function handler({
  headers,
  body = '',
}: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const expected = Buffer.from(`sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`);
  const given = Buffer.from(headers['x-hub-signature-256'] ?? '');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { statusCode: 401 };
  JSON.parse(body);
  await Promise.all(queueUrls.map((QueueUrl) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }))));
  return { statusCode: 200 };
}
