import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** A webhook as API Gateway hands it to the receiver; a test states only its difference. */
export function aDelivery({
  source = 'github',
  headers = {},
  body = '{}',
  requestId = 'request-1=',
  method = 'POST',
  query = '',
  base64 = typeof body !== 'string',
}: {
  readonly source?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly requestId?: string;
  readonly method?: string;
  /** Without its question mark, as it was sent. */
  readonly query?: string;
  readonly base64?: boolean;
} = {}): APIGatewayProxyEventV2 {
  const path = `/webhooks/${source}`;
  return {
    version: '2.0',
    routeKey: `${method} ${path}`,
    rawPath: path,
    rawQueryString: query,
    headers: { 'content-type': 'application/json', ...headers },
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'api.execute-api.us-east-1.amazonaws.com',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId,
      routeKey: `${method} ${path}`,
      stage: '$default',
      time: '21/Nov/2026:12:00:00 +0000',
      timeEpoch: 1_795_262_400_000,
    },
    body: base64 ? Buffer.from(body).toString('base64') : String(body),
    isBase64Encoded: base64,
  };
}
