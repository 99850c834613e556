import { createHash } from 'node:crypto';
import { RefusedError } from '../../core/errors.ts';
import { fieldOf, listAt } from '../find.ts';
import { tokenAmong } from '../schemes/token.ts';
import type { Proof, VerifyAtOnce } from '../schemes/verify.ts';
import type { Provider } from './provider.ts';

/**
 * Microsoft Graph's change notifications. Nothing is signed: every item must show the `clientState` that its
 * subscription was made with, which is the secret. An item's id is optional: without it the
 * next change is the same bytes, so that the moment of its arrival is part of the event's id, as nothing else tells them
 * apart. The tokens and the encrypted data of rich notifications are left to handlers. It asked for an answer
 * within 3 seconds and then within 10, at different times; we keep to the shorter.
 *
 * Source: https://learn.microsoft.com/en-us/graph/change-notifications-delivery-webhooks
 */
export const microsoftGraph: Provider = {
  name: 'microsoft-graph',
  scheme: verifyClientStates(),
  deadlineSeconds: 3,
  retrySpanHours: 4,
  type: ({ json }) => itemsOf(json).map(typeOf),
  tenant: { field: 'value.0.tenantId' },
  weakBody: true,
  handshakes: [
    {
      when: [{ query: 'validationToken' }],
      proof: 'nothing',
      challenge: { query: 'validationToken' },
      answer: 'text',
    },
  ],
};

function verifyClientStates(): VerifyAtOnce {
  return ({ json, body }, secrets, now) => {
    let first: Proof | undefined;
    for (const item of itemsOf(json)) {
      const state = fieldOf(item, 'clientState');
      if (typeof state !== 'string') throw new RefusedError(401, 'signature-missing');
      const proof = tokenAmong(state, secrets);
      first ??= proof;
    }
    // What holds no item shows nothing; but without a secret nothing could.
    const proof = first ?? tokenAmong('', secrets);
    return { ...proof, id: idOf(json) ?? `${now}.${createHash('sha256').update(body).digest('base64url')}` };
  };
}

/** `undefined` where an item has none, as in drives: then each change is the same bytes as the one before. */
function idOf(json: unknown): string | undefined {
  const ids = itemsOf(json).map((item) => fieldOf(item, 'id'));
  const isWhole = ids.length > 0 && ids.every((id) => typeof id === 'string' && id !== '');
  return isWhole ? JSON.stringify(ids) : undefined;
}

function itemsOf(json: unknown): readonly unknown[] {
  return listAt(json, 'value');
}

function typeOf(item: unknown): unknown {
  const change = fieldOf(item, 'lifecycleEvent') ?? fieldOf(item, 'changeType');
  const kind = kindOf(fieldOf(item, 'resourceData'));
  return kind && typeof change === 'string' && change !== '' ? `${kind}.${change}` : change;
}

/** `message` of `#Microsoft.Graph.Message`. */
function kindOf(resource: unknown): string | undefined {
  const [, type] = Object.entries(resource ?? {}).find(([name]) => name === '@odata.type') ?? [];
  if (typeof type !== 'string') return undefined;
  return type.slice(type.lastIndexOf('.') + 1).toLowerCase() || undefined;
}
