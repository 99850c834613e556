import { consumersOf } from '../../functions/core/definition.ts';
import { pipeline } from '../../functions/pipeline.ts';
import { eventOf, LocalApis, post } from '../support/local-api.ts';
import { expectedOf } from '../support/outcomes.ts';
import { githubWebhooks, type Webhook } from '../support/webhooks.ts';

/** The consumer that takes every webhook from GitHub. */
export const everyWebhooksConsumer = 'notifier';

/** Real webhooks from GitHub that so many consumers take, each another event; `extra` makes others of all of them. */
export async function webhooksFor(consumers: number, secret: string, extra: object = {}): Promise<Webhook[]> {
  // Some examples are the same bytes, and the second copy would wait for the first one.
  const all = new Map((await githubWebhooks(secret, extra)).map((webhook) => [webhook.body, webhook]));
  return [...all.values()].filter((webhook) => expectedOf(pipeline, { id: '', ...webhook }).length === consumers);
}

/** The consumers that take all of these webhooks. */
export function consumersOfAll(webhooks: readonly Webhook[]): string[] {
  const takes = (name: string, webhook: Webhook): boolean =>
    expectedOf(pipeline, { id: '', ...webhook }).some(({ consumer }) => consumer === name);
  return consumersOf(pipeline)
    .map(({ name }) => name)
    .filter((name) => webhooks.every((webhook) => takes(name, webhook)));
}

/** Webhooks as API Gateway hands them to the receiver. */
export async function requestsOf(webhooks: readonly Webhook[]): Promise<unknown[]> {
  const apis = new LocalApis();
  try {
    const api = await apis.start();
    const requests: unknown[] = [];
    for (const { body, headers } of webhooks) requests.push(await eventOf(post(api, body, { ...headers })));
    return requests;
  } finally {
    await apis.remove();
  }
}
