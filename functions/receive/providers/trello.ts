import { RefusedError } from '../../core/errors.ts';
import { fieldOf } from '../find.ts';
import { type VerifyAtOnce, verifierOf } from '../schemes/verify.ts';
import { webhookOf } from '../webhook.ts';
import type { Provider } from './provider.ts';

const overBytes = verifierOf({
  algorithm: 'sha1',
  encoding: 'base64',
  signature: { header: 'x-trello-webhook', exact: true },
  signed: '{body}{url}',
});

/**
 * Trello has documented that it signs of each character its lowest eight bits. Where a body has characters that this
 * makes a difference for, either way counts; but then they are as good as unsigned.
 */
const verify: VerifyAtOnce = (webhook, secrets, now) => {
  try {
    return overBytes(webhook, secrets, now);
  } catch (refusal) {
    if (!(refusal instanceof RefusedError) || refusal.reason !== 'signature-mismatch') throw refusal;
    const text = webhook.body.toString('utf8');
    const body = Buffer.from(text, 'latin1');
    if (body.length === webhook.body.length) throw refusal;
    const { method, url, headers } = webhook;
    const proof = overBytes(webhookOf({ method, url, headers, body }), secrets, now);
    // An id of other characters would be somebody else's work.
    const id = fieldOf(webhook.json, 'action.id');
    if (typeof id !== 'string' || !/^[0-9a-f]{24}$/.test(id)) throw refusal;
    return { ...proof, weakBody: true };
  }
};

/**
 * Trello. It signs the body and then the URL that it was given, with the secret of the app; no time. It asks by HEAD
 * whether somebody is there when a webhook is made, and sends again three times within minutes. How long it waits is
 * not checked.
 *
 * Source: https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/
 */
export const trello: Provider = {
  name: 'trello',
  scheme: verify,
  deadlineSeconds: 10,
  retrySpanHours: 1,
  id: { field: 'action.id' },
  type: { field: 'action.type' },
  tenant: { field: 'model.id' },
  deliveryId: { field: 'action.id' },
  time: { field: 'action.date' },
  handshakes: [{ method: 'HEAD', when: [], proof: 'nothing', answer: 'nothing' }],
};
