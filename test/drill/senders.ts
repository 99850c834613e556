import { randomUUID } from 'node:crypto';
import { httpPost } from '../support/http-post.ts';
import { github, shopify, slack, stripe, warehouse } from '../support/signers.ts';

/** Sources that the drill sends to. */
export type SourceName = 'github' | 'stripe' | 'slack' | 'shopify' | 'warehouse' | 'unset' | 'metered';

/** How a webhook differs from a usual one. */
export interface Sending {
  /** GitHub's events by their type. @default 'push' */
  readonly type?: string;
  /** Signed with a secret that never was the source's. @default false */
  readonly forged?: boolean;
  /** The body; a new one is a new event. */
  readonly body?: string;
}

const signers = { github, stripe, slack, shopify, warehouse, unset: github, metered: github };

/** Secrets of the drill's sources; one has none. */
export const secrets = Object.fromEntries(
  [github, stripe, slack, shopify, warehouse].map(({ source, secrets: all }) => [source, all] as const),
);

/** A body that no other event has. */
export function newBody(source: SourceName, action?: string): string {
  const nonce = randomUUID();
  if (source === 'slack') return JSON.stringify({ type: 'event_callback', event: { type: 'message' }, nonce });
  return JSON.stringify({ id: `evt_${nonce}`, type: 'invoice.paid', action, nonce });
}

/** Sends a webhook as the platform does, or as somebody who only claims to be it; answers the status. */
export async function send(
  url: string,
  source: SourceName,
  { type = 'push', forged = false, body }: Sending = {},
): Promise<number> {
  const signer = signers[source];
  const [event = '', action] = type.split('.');
  const sent = body ?? newBody(source, action);
  const signed = await signer.sign(sent, forged ? { secret: signer.foreign } : {});
  const headers = {
    'content-type': 'application/json',
    ...signed,
    ...(signer === github ? { 'x-github-event': event } : {}),
  };
  return (await httpPost(url, { path: `/webhooks/${source}`, headers, body: sent })).status;
}
