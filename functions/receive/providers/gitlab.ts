import { RefusedError } from '../../core/errors.ts';
import { noUsableSecret } from '../schemes/key.ts';
import { verifyStandard } from '../schemes/standard-webhooks.ts';
import { tokenAt } from '../schemes/token.ts';
import type { Proof, VerifyAtOnce } from '../schemes/verify.ts';
import type { Provider } from './provider.ts';

/**
 * GitLab, both ways: secrets that begin with `whsec_` are signing tokens (Standard Webhooks: id, time and body are
 * signed), others are the plain secret token, which proves who sends and nothing of what. Both ways give an event the
 * same id: the signed `webhook-id` is the `Idempotency-Key`, which stays when GitLab sends again. For how long people
 * can make it do so was not checked.
 *
 * Sources: https://docs.gitlab.com/user/project/integrations/webhooks/,
 * https://gitlab.com/gitlab-org/gitlab/-/merge_requests/230944
 */
export const gitlab: Provider = {
  name: 'gitlab',
  scheme: verifyEitherWay,
  deadlineSeconds: 10,
  retrySpanHours: 72,
  // For a minute at first, then for longer; after 40 for good. What happens meanwhile is not sent.
  // Source: https://gitlab.com/gitlab-org/gitlab/-/merge_requests/166329
  disables: { failures: 4 },
  id: { header: 'idempotency-key' },
  type: [{ field: 'object_kind' }, { field: 'event_name' }, { header: 'x-gitlab-event' }],
  tenant: [{ field: 'project.id' }, { field: 'project_id' }],
  deliveryId: [{ header: 'webhook-id' }, { header: 'idempotency-key' }],
};

const isSigning = (secret: string): boolean => secret.startsWith('whsec_');
const verifyToken = tokenAt({ header: 'x-gitlab-token' });

/** A signature that could be checked decides, whatever token stands beside it. */
function verifyEitherWay(...[webhook, secrets, now]: Parameters<VerifyAtOnce>): Proof {
  const ofKind = (signing: boolean) => secrets.map((secret) => (isSigning(secret) === signing ? secret : ''));
  const signing = secrets.some(isSigning);
  if (signing && webhook.headers.get('webhook-signature')) return verifyStandard(webhook, ofKind(true), now);
  const tokens = ofKind(false);
  if (tokens.some((token) => token.trim() !== '')) return verifyToken(webhook, tokens, now);
  if (signing) throw new RefusedError(401, 'signature-missing');
  throw noUsableSecret('a secret must be a signing token (whsec_…) or a secret token');
}
