import type { IncomingMessage } from 'node:http';
import { eventBodyOf } from './body-encoding.ts';
import { eventHeadersOf } from './request-headers.ts';
import type { RequestTarget } from './request-target.ts';

export interface ProxyEventOptions {
  readonly target: RequestTarget;
  readonly routeKey: string;
  readonly apiId: string;
  readonly region: string;
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly timeEpoch: number;
}

/**
 * A request as API Gateway hands it to a function, payload format 2.0.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function proxyEventOf(request: IncomingMessage, body: Buffer, options: ProxyEventOptions) {
  const { target, routeKey, apiId, region, requestId, timeEpoch } = options;
  const { headers, cookies } = eventHeadersOf(request, body.length, timeEpoch);
  const queryStringParameters = queryParametersOf(target.query);
  return {
    version: '2.0',
    routeKey,
    rawPath: target.path,
    rawQueryString: target.query,
    ...(cookies.length > 0 ? { cookies } : {}),
    headers,
    ...(queryStringParameters ? { queryStringParameters } : {}),
    requestContext: {
      accountId: '000000000000',
      apiId,
      domainName: `${apiId}.execute-api.${region}.amazonaws.com`,
      domainPrefix: apiId,
      http: {
        method: request.method,
        path: target.path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey,
      stage: '$default',
      time: commonLogTime(new Date(timeEpoch)),
      timeEpoch,
    },
    ...eventBodyOf(body, headers['content-type']),
  };
}

/** Decoded, values of one name joined by commas; `undefined` where there are none. */
function queryParametersOf(query: string): Record<string, string> | undefined {
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before},${value}`);
  }
  return values.size > 0 ? Object.fromEntries(values) : undefined;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Such as `12/Mar/2020:19:03:58 +0000`. */
function commonLogTime(time: Date): string {
  const [date = '', clock = ''] = time.toISOString().slice(0, 19).split('T');
  const [year, , day] = date.split('-');
  return `${day}/${months[time.getUTCMonth()]}/${year}:${clock} +0000`;
}
