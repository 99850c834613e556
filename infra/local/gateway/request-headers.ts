import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Headers that concern one connection only, and never reach an integration. */
const hopByHop = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export interface EventHeaders {
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
}

/**
 * The headers of a request as payload format 2.0 has them: lower-case names, duplicates joined by commas, cookies
 * apart, and what API Gateway adds itself.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function eventHeadersOf(request: IncomingMessage, bodyLength: number, timeEpoch: number): EventHeaders {
  const values = new Map<string, string[]>();
  const add = (name: string, value: string) => values.set(name, [...(values.get(name) ?? []), value]);
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at]?.toLowerCase() ?? '';
    if (!hopByHop.has(name)) add(name, request.rawHeaders[at + 1] ?? '');
  }
  const { remoteAddress = '127.0.0.1', localPort = 0 } = request.socket;
  values.set('x-forwarded-for', [[...(values.get('x-forwarded-for') ?? []), remoteAddress].join(', ')]);
  values.set('x-forwarded-port', [String(localPort)]);
  values.set('x-forwarded-proto', ['http']);
  values.set('content-length', [String(bodyLength)]);
  if (!values.has('x-amzn-trace-id')) add('x-amzn-trace-id', traceId(timeEpoch));
  const cookies = (values.get('cookie') ?? []).flatMap((line) => line.split(/;\s*/)).filter(Boolean);
  values.delete('cookie');
  return { headers: Object.fromEntries([...values].map(([name, all]) => [name, all.join(',')])), cookies };
}

/** @see https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
function traceId(timeEpoch: number): string {
  const seconds = Math.floor(timeEpoch / 1000)
    .toString(16)
    .padStart(8, '0');
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')}`;
}
