import { fieldOf, listAt } from '../find.ts';
import { tokenAt } from '../schemes/token.ts';
import type { Webhook } from '../webhook.ts';
import type { Provider } from './provider.ts';

/**
 * Auth0's log streams to a webhook. A static token in the header proves who sends; nothing is signed. A delivery is a
 * list of logs, an object with one, or a log: its type is theirs, such as `s` for a login, or `mixed`. The format "JSON Lines" is no JSON
 * where there are several logs; they have no type then. The answer's deadline is not documented.
 *
 * Source: https://auth0.com/docs/customize/log-streams/custom-log-streams
 */
export const auth0: Provider = {
  name: 'auth0',
  scheme: tokenAt({ header: 'authorization' }),
  deadlineSeconds: 5,
  retrySpanHours: 1,
  id: (webhook) => idOf(logsIn(webhook)),
  type: (webhook) => logsIn(webhook).map((log) => fieldOf(log, 'data.type')),
  tenant: (webhook) => fieldOf(logsIn(webhook)[0], 'data.tenant_name'),
  deliveryId: (webhook) => fieldOf(logsIn(webhook)[0], 'log_id'),
  weakBody: true,
};

/** A list, an object that holds one, or a log by itself. */
function logsIn({ json }: Webhook): readonly unknown[] {
  const logs = Array.isArray(json) ? json : listAt(json, 'logs');
  return logs.length > 0 ? logs : [json];
}

/** All of them, or none: part of a list is not the list. */
function idOf(logs: readonly unknown[]): string | undefined {
  const ids = logs.map((log) => fieldOf(log, 'log_id'));
  return ids.every((id) => typeof id === 'string' && id !== '') ? ids.join(',') : undefined;
}
