import { type Place, TemplateError } from '../template/template-error.ts';
import type { Plan, QueuePlan } from './plan.ts';

/**
 * Checks what templates say to each other by name alone, which only the whole plan can tell.
 *
 * @throws TemplateError naming the resource and what is not there, or is there twice.
 */
export function checkLinks(plan: Plan): void {
  const { queues, tables, buckets, secrets, functions, mappings, apis, integrations, routes, stages, schedules } = plan;
  for (const [kind, list] of Object.entries({
    queue: queues,
    table: tables,
    bucket: buckets,
    secret: secrets,
    function: functions,
  })) {
    noneTwice(kind, list);
  }
  for (const { place, function: name } of [...mappings, ...integrations, ...schedules]) {
    if (!functions.some((known) => known.name === name)) missing(place, 'the function', name);
  }
  for (const { place, integration } of routes) {
    if (!integrations.some(({ name }) => name === integration)) missing(place, 'the integration', integration);
  }
  for (const { place, queue: name, function: target } of mappings) {
    const queue = queues.find((known) => known.name === name) ?? missing(place, 'the queue', name);
    const timeoutMs = functions.find((known) => known.name === target)?.timeoutMs ?? 0;
    // Lambda refuses such a mapping: messages would come back while they are being worked on.
    if (visibilityTimeoutMs(queue) < timeoutMs) {
      throw new TemplateError(
        `${place}: VisibilityTimeout of ${name} must be at least the ${timeoutMs / 1000} s of its function, got ${visibilityTimeoutMs(queue) / 1000}`,
      );
    }
  }
  for (const [kind, list] of Object.entries({ 'HTTP API': apis, stage: stages })) {
    if (list[1]) throw new TemplateError(`${list[1].place} is a second ${kind}; the embedded runtime serves one`);
  }
  noneTwice(
    'route',
    routes.map(({ key, place }) => ({ name: key, place })),
  );
}

/** How long a received message stays hidden, as the queue is set. */
export function visibilityTimeoutMs({ attributes }: Pick<QueuePlan, 'attributes'>): number {
  return Number(attributes.VisibilityTimeout ?? 30) * 1000;
}

function missing(place: Place, what: string, name: string): never {
  throw new TemplateError(`${place} refers to ${what} ${name}, which no stack has`);
}

function noneTwice(kind: string, list: readonly { readonly name: string; readonly place: Place }[]): void {
  const places = new Map<string, Place>();
  for (const { name, place } of list) {
    const other = places.get(name);
    if (other) throw new TemplateError(`${place} is the ${kind} ${name}, as is ${other}`);
    places.set(name, place);
  }
}
