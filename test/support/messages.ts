import { randomUUID } from 'node:crypto';
import type { Message } from '../../functions/core/message.ts';

/** A valid message about a push to GitHub; a test states only its difference. */
export function aMessage(difference: Partial<Message> & { readonly id?: string } = {}): Message {
  const { id = randomUUID(), ...rest } = difference;
  return {
    v: 1,
    event: {
      specversion: '1.0',
      id,
      source: 'github',
      type: 'push',
      time: '2026-11-21T12:00:00.000Z',
      datacontenttype: 'application/json',
    },
    body: '{"ref":"refs/heads/main"}',
    headers: { 'x-github-event': 'push' },
    receivedAt: '2026-11-21T12:00:00.000Z',
    deliveryId: 'delivery-1',
    verified: { scheme: 'github', secret: 'abcdefgh#0', at: '2026-11-21T12:00:00.000Z' },
    run: 0,
    gen: 0,
    ...rest,
  } as Message;
}
