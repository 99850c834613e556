import type { SQSClient } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import type { AddToCount } from './quota.ts';
import { within } from './within.ts';

export interface SharedCountOptions {
  /** Lends its region, credentials, connections and hash: another client would be 320 KB more to load. */
  readonly client: {
    readonly config: Pick<SQSClient['config'], 'region' | 'credentials' | 'requestHandler' | 'sha256'>;
  };
  /** The state table. */
  readonly table: string;
  /** Where DynamoDB is, unless at AWS. @default what the SDK's own variables say */
  readonly endpoint?: string | undefined;
  /** How long an answer may take: a platform waits. @default 300 */
  readonly patienceMs?: number;
}

/** The endpoint that the environment names for DynamoDB, as the SDK reads it; `undefined` for AWS's own. */
export function dynamoDbEndpoint(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  return env.AWS_ENDPOINT_URL_DYNAMODB || env.AWS_ENDPOINT_URL || undefined;
}

/**
 * Counts in DynamoDB, one update for each, without the DynamoDB client.
 *
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
 */
export function sharedCountIn(options: SharedCountOptions): AddToCount {
  const { client, table, endpoint = dynamoDbEndpoint(), patienceMs = 300 } = options;
  const { region, credentials, requestHandler, sha256 } = client.config;
  const signer = new SignatureV4({ service: 'dynamodb', region, credentials, sha256 });

  async function update(input: object, abortSignal: AbortSignal): Promise<unknown> {
    const where = await region();
    const suffix = where.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    const { protocol, hostname, port, host } = new URL(endpoint ?? `https://dynamodb.${where}.${suffix}`);
    const request = await signer.sign({
      method: 'POST',
      protocol,
      hostname,
      ...(port === '' ? {} : { port: Number(port) }),
      path: '/',
      query: {},
      headers: {
        host,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.UpdateItem',
      },
      body: JSON.stringify(input),
    });
    const { response } = await requestHandler.handle(request as never, { abortSignal, requestTimeout: patienceMs });
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body) chunks.push(chunk);
    return response.statusCode === 200 ? JSON.parse(Buffer.concat(chunks).toString('utf8')) : undefined;
  }

  return async (key, window, count, until) => {
    const input = {
      TableName: table,
      Key: { key: { S: key }, sort: { S: String(window) } },
      UpdateExpression: 'ADD #used :count SET #expiresAt = :until',
      ExpressionAttributeNames: { '#used': 'used', '#expiresAt': 'expiresAt' },
      ExpressionAttributeValues: { ':count': { N: String(count) }, ':until': { N: String(until) } },
      ReturnValues: 'UPDATED_NEW',
    };
    try {
      const answer = (await within(patienceMs, (signal) => update(input, signal))) as
        | { readonly Attributes?: { readonly used?: { readonly N?: string } } }
        | undefined;
      const used = Number(answer?.Attributes?.used?.N);
      return Number.isSafeInteger(used) ? used : undefined;
    } catch {
      // Whatever it was, the event must not wait for it.
      return undefined;
    }
  };
}
