import type { Plan, Throttle } from './plan.ts';

/** A route of the HTTP API, and the function behind it. */
export interface Route {
  /** @example 'POST /webhooks/github' */
  readonly key: string;
  readonly function: string;
  readonly throttle?: Throttle;
}

/** Whether API Gateway measures a route for itself, as the stage says for it or for all. */
export function hasDetailedMetrics({ stages }: Pick<Plan, 'stages'>, routeKey: string): boolean {
  const [stage] = stages;
  return stage?.routeDetailedMetrics.get(routeKey) ?? stage?.detailedMetrics ?? false;
}

/** The routes of a plan, each with the throttle that the stage gives it. */
export function routesOf({ routes, integrations, stages }: Plan): Route[] {
  const [stage] = stages;
  return routes.map(({ key, integration }) => {
    const target = integrations.find(({ name }) => name === integration)?.function ?? '';
    const throttle = stage?.routeThrottles.get(key) ?? stage?.throttle;
    return { key, function: target, ...(throttle ? { throttle } : {}) };
  });
}
