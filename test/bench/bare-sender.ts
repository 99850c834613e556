import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

const { QUEUE_URL: QueueUrl } = process.env;
const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });

/** Hands on whatever comes. */
export async function handler({ body }: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
  return { statusCode: 200 };
}
