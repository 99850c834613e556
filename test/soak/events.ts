import { createHash, createHmac, randomBytes } from 'node:crypto';
import { githubWebhooks } from '../support/webhooks.ts';

/** A webhook to be sent, as often as it says. */
export interface SoakEvent {
  readonly kind: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export const secrets = { github: 'soak github secret', made: 'soak made secret' };

const sizes = { large: 900 * 1024, claimed: 200 * 1024 };

/** So many webhooks of every kind, in an order that mixes them: real ones, and bodies that are hard to keep. */
export async function soakEvents(count: number): Promise<SoakEvent[]> {
  const real = await githubWebhooks(secrets.github);
  const events = Array.from({ length: count }, (_, index) => {
    const webhook = real[index % real.length];
    // Each real payload once; then its like would be the same event.
    if (webhook && index < real.length) {
      return { kind: 'GitHub', path: '/webhooks/github', headers: webhook.headers, body: Buffer.from(webhook.body) };
    }
    return madeEvent(index);
  });
  return events.flatMap((event, index) => (index % 20 === 7 ? [event, { ...event, kind: 'sent twice' }] : [event]));
}

function madeEvent(index: number): SoakEvent {
  const id = `made-${index}`;
  const [kind, body] = bodyOf(index);
  const signature = createHmac('sha256', secrets.made).update(`${id}.`).update(body).digest('hex');
  return {
    kind,
    path: '/webhooks/made',
    headers: { 'content-type': 'application/json', 'x-made-id': id, 'x-made-signature': signature },
    body,
  };
}

function bodyOf(index: number): readonly [kind: string, body: Buffer] {
  const filler = createHash('sha256').update(String(index)).digest('hex').repeat(20);
  if (index % 500 === 3)
    return ['900 KB', Buffer.from(JSON.stringify({ type: 'large', filler: 'x'.repeat(sizes.large) }))];
  if (index % 200 === 5) return ['claim-checked binary', randomBytes(sizes.claimed + index)];
  switch (index % 5) {
    case 0:
      return ['binary', randomBytes(1 + (index % 3_000))];
    case 1:
      return [
        'emoji',
        Buffer.from(JSON.stringify({ type: 'made.emoji', index, text: '\u{1f980}\u{1f41a} é\u2028\u2029' })),
      ];
    case 2:
      return ['what SQS refuses', Buffer.from(`${index} \u0000\u0008\ufffe\uffff\r\n`)];
    case 3:
      return ['nothing', index === 3 ? Buffer.alloc(0) : Buffer.from(`\n${index}\n`)];
    default:
      return ['JSON', Buffer.from(JSON.stringify({ type: `made.${index % 7}`, index, filler }))];
  }
}
