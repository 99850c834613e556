import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type EndpointOptions, startEndpoint } from '../../infra/local/aws/endpoint.ts';
import { AwsError, type AwsRequest, type AwsService } from '../../infra/local/service.ts';

/** A service that answers every call with an empty object and remembers it. */
export class RecordingService implements AwsService {
  readonly requests: AwsRequest[] = [];

  async handle(request: AwsRequest) {
    this.requests.push(request);
    return { status: 200, body: '{}' };
  }
}

const absent: AwsService = {
  handle: async () => {
    throw new AwsError(400, 'Absent', 'this test has no such service');
  },
};

/**
 * The endpoint on a free port with the services that a test names, and the real SDK's clients for it.
 *
 * @param maxAttempts how often the clients ask before they give up, 3 as by default
 */
export async function awsEndpoint(options: Partial<EndpointOptions>, maxAttempts = 3) {
  const endpoint = await startEndpoint({
    port: 0,
    sqs: absent,
    dynamodb: absent,
    s3: absent,
    secrets: absent,
    ...options,
  });
  const settings = {
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts,
  };
  const clients = {
    s3: new S3Client(settings),
    dynamodb: new DynamoDBClient(settings),
    secrets: new SecretsManagerClient(settings),
    sqs: new SQSClient({ ...settings, useQueueUrlAsEndpoint: false }),
  };
  return {
    ...clients,
    url: endpoint.url,
    settings,
    close: async () => {
      for (const client of Object.values(clients)) client.destroy();
      await endpoint.close();
    },
  };
}
