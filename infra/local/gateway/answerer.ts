import type { IncomingMessage } from 'node:http';
import type { Clock } from '../service.ts';
import { type HttpAnswer, headersTooLarge, notFound, tooLarge, tooManyRequests, unavailable } from './http-answer.ts';
import { integrationAnswer } from './integration-answer.ts';
import { proxyEventOf } from './proxy-event.ts';
import { bodyIsTooLarge, headIsTooLarge, readBody } from './request-limits.ts';
import { requestTargetOf } from './request-target.ts';
import { type RouteOptions, routesIn } from './routes.ts';

/** An HTTP API waits no longer for its integration. */
const integrationTimeoutMs = 30_000;

export interface AnswererOptions {
  readonly routes: readonly RouteOptions[];
  readonly apiId: string;
  readonly clock: Clock;
}

/**
 * Takes a request through route, throttle, limits and integration.
 *
 * @param proceed called when the body is wanted: the client may be waiting for `100 Continue`
 */
export type Answerer = (request: IncomingMessage, requestId: string, proceed: () => void) => Promise<HttpAnswer>;

/** @throws Error for a route that cannot be served. */
export function answererFor({ routes, apiId, clock }: AnswererOptions): Answerer {
  const routeOf = routesIn(routes, clock);
  return async (request, requestId, proceed) => {
    if (headIsTooLarge(request)) return headersTooLarge;
    const target = requestTargetOf(request.url ?? '/');
    const route = routeOf(request.method ?? '', target.path);
    if (!route) return notFound;
    if (route.bucket && !route.bucket.take()) return tooManyRequests;
    if (bodyIsTooLarge(request)) return tooLarge;
    proceed();
    const body = await readBody(request);
    if (!body) return tooLarge;
    const event = proxyEventOf(request, body, {
      target,
      routeKey: route.key,
      apiId,
      region: route.function.spec.region,
      requestId,
      timeEpoch: clock.now(),
    });
    return inTime(clock, route.function.invoke(event).then(integrationAnswer));
  };
}

/** The function goes on when the client is told that it took too long. */
async function inTime(clock: Clock, answer: Promise<HttpAnswer>): Promise<HttpAnswer> {
  const { promise: tooLate, resolve } = Promise.withResolvers<HttpAnswer>();
  const stop = clock.after(integrationTimeoutMs, () => resolve(unavailable));
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    stop();
  }
}
