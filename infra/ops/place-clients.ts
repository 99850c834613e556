import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { archiveClient } from './archive-access.ts';
import type { Places } from './replay-places.ts';

/** Clients of what a command works with. */
export interface PlaceClients {
  readonly s3: S3Client;
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  destroy(): void;
}

/** Clients of this machine's runtime where the places are there, else as the environment says. */
export function clientsOf({ endpoint }: Places): PlaceClients {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const settings =
    endpoint === undefined ? {} : { endpoint, region: process.env.AWS_REGION || 'us-east-1', credentials };
  const clients = {
    s3: archiveClient(endpoint),
    dynamodb: new DynamoDBClient(settings),
    sqs: new SQSClient({ ...settings, useQueueUrlAsEndpoint: false }),
  };
  return {
    ...clients,
    destroy: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
