import type { LambdaFunction } from '../lambda/lambda-function.ts';
import type { Clock } from '../service.ts';
import { TokenBucket } from './token-bucket.ts';

/** One route of an HTTP API, with its Lambda integration. */
export interface RouteOptions {
  /** Method and path, such as `POST /webhooks/github`. */
  readonly key: string;
  readonly function: LambdaFunction;
  /** @default no limit */
  readonly throttle?: { readonly ratePerSecond: number; readonly burst: number };
}

export interface Route {
  readonly key: string;
  readonly function: LambdaFunction;
  readonly bucket: TokenBucket | undefined;
}

const form = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/[^\s?#{}]*)$/;

/**
 * Finds the route of a request. A path that is known under another method only is as unknown as any other: HTTP APIs
 * answer both with 404.
 *
 * @throws Error for a key with path parameters, `ANY` or `$default`, and for one that occurs twice.
 */
export function routesIn(
  options: readonly RouteOptions[],
  clock: Clock,
): (method: string, path: string) => Route | undefined {
  const routes = new Map<string, Route>();
  for (const { key, function: integration, throttle } of options) {
    if (!form.test(key)) throw new Error(`route key must be <METHOD> </path> without parameters, got ${key}`);
    if (routes.has(key)) throw new Error(`route key must occur once, got ${key} twice`);
    routes.set(key, { key, function: integration, bucket: throttle && new TokenBucket(throttle, clock) });
  }
  return (method, path) => routes.get(`${method} ${path}`);
}
