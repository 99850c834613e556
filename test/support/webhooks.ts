import { createHmac, randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { sign } from '@octokit/webhooks-methods';
import Stripe from 'stripe';

/** A webhook as it goes over the wire. */
export interface Webhook {
  readonly source: string;
  /** Its event type, as the definition's patterns mean it. */
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Example {
  readonly name: string;
  readonly examples: readonly ({ readonly action?: string } & Readonly<Record<string, unknown>>)[];
}

const examples = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Example[];

/** Every payload of `@octokit/webhooks-examples`, signed; `extra` goes into each payload. */
export async function githubWebhooks(secret: string, extra: object = {}): Promise<Webhook[]> {
  const payloads = examples.flatMap(({ name, examples: payloads }) => payloads.map((payload) => ({ name, payload })));
  return Promise.all(payloads.map(({ name, payload }) => githubWebhook(secret, name, { ...payload, ...extra })));
}

/** One signed GitHub webhook. */
export async function githubWebhook(
  secret: string,
  name: string,
  payload: { readonly action?: unknown },
): Promise<Webhook> {
  const body = JSON.stringify(payload);
  return {
    source: 'github',
    type: typeof payload.action === 'string' ? `${name}.${payload.action}` : name,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/044aadd',
      'x-github-event': name,
      'x-github-delivery': randomUUID(),
      'x-hub-signature-256': await sign(secret, body),
    },
    body,
  };
}

/** One Stripe webhook, signed by Stripe's own SDK; `at` in seconds since 1970. */
export function stripeWebhook(secret: string, type: string, at = Math.floor(Date.now() / 1000)): Webhook {
  const body = JSON.stringify({
    id: `evt_${randomUUID()}`,
    object: 'event',
    type,
    data: { object: { id: `in_${randomUUID()}` } },
  });
  const signature = new Stripe('sk_test_unused').webhooks.generateTestHeaderString({
    payload: body,
    secret,
    timestamp: at,
  });
  return {
    source: 'stripe',
    type,
    headers: { 'content-type': 'application/json', 'stripe-signature': signature },
    body,
  };
}

/** The same webhook with a signature by somebody who does not know the secret. */
export function forged(webhook: Webhook): Webhook {
  const name = webhook.source === 'stripe' ? 'stripe-signature' : 'x-hub-signature-256';
  const hex = createHmac('sha256', 'not the secret').update(webhook.body).digest('hex');
  const genuine = webhook.headers[name] ?? '';
  return { ...webhook, headers: { ...webhook.headers, [name]: genuine.replace(/[0-9a-f]{64}/, hex) } };
}

/** The same webhook under another delivery id: a platform's retry, or somebody's replay. */
export function redelivered(webhook: Webhook): Webhook {
  return { ...webhook, headers: { ...webhook.headers, 'x-github-delivery': randomUUID() } };
}

/** Posts a webhook; answers the status and the event's id. */
export async function post(url: string, { source, headers, body }: Webhook): Promise<{ status: number; id: string }> {
  const response = await fetch(`${url}/webhooks/${source}`, { method: 'POST', headers, body });
  const answer = (await response.json().catch(() => ({}))) as { id?: string };
  return { status: response.status, id: answer.id ?? '' };
}

/** Does something with each item, so many at once. */
export async function eachAtOnce<Item>(
  items: readonly Item[],
  atOnce: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await act(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
