import type { Answered } from '../../gateway/http-api.ts';
import type { MetricStore } from '../metric-store.ts';

export interface ApiFiguresOptions {
  readonly apiId: string;
  /** Whether a route has metrics of its own, by its key. */
  readonly isDetailed: (routeKey: string) => boolean;
}

/**
 * Writes down what API Gateway says of an HTTP API, its stage and the routes whose metrics are detailed.
 *
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
 */
export function apiFigures(
  store: Pick<MetricStore, 'put'>,
  { apiId, isDetailed }: ApiFiguresOptions,
): (answered: Answered) => void {
  const stage = { ApiId: apiId, Stage: '$default' };
  return ({ routeKey, status, latencyMs }) => {
    const sets: Record<string, string>[] = [{ ApiId: apiId }, stage];
    if (routeKey !== undefined && isDetailed(routeKey)) {
      const [method = '', path = ''] = routeKey.split(' ');
      sets.push({ ...stage, Method: method, Resource: path });
    }
    for (const dimensions of sets) {
      const put = (name: string, value: number, unit = 'Count') =>
        store.put({ namespace: 'AWS/ApiGateway', name, dimensions, value, unit });
      put('Count', 1);
      put('4xx', status >= 400 && status < 500 ? 1 : 0);
      put('5xx', status >= 500 ? 1 : 0);
      put('Latency', latencyMs, 'Milliseconds');
    }
  };
}
