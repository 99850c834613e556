import { RefusedError } from '../../core/errors.ts';
import { fieldOf } from '../find.ts';
import { type VerifyAtOnce, verifierOf } from '../schemes/verify.ts';
import { webhookOf } from '../webhook.ts';
import type { Provider } from './provider.ts';

const verifyAsSent = verifierOf({
  algorithm: 'sha256',
  encoding: 'base64',
  signature: { header: 'x-hubspot-signature-v3', exact: true },
  signed: '{method}{url}{body}{timestamp}',
  timestamp: { header: 'x-hubspot-request-timestamp', exact: true, unit: 'ms' },
});

/** What HubSpot decodes in a URL before it signs it, and nothing else. */
const decodedCharacters = /%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi;

/**
 * HubSpot, by version 3 of its signatures, made with the app's client secret: over the method, the URL with some
 * characters decoded, the body and the time. A body is a list of up to 100 events, whose `eventId` need not be unique;
 * a digest of all, but for the number of the attempt, tells lists apart. Each one's type counts.
 *
 * Which characters are decoded was not checked against the SDK, which leaves that to its caller; so a URL with such
 * characters is taken as it was sent as well.
 *
 * Sources: https://developers.hubspot.com/docs/guides/apps/authentication/validating-requests,
 * https://developers.hubspot.com/docs/guides/api/app-management/webhooks
 */
export const hubspot: Provider = {
  name: 'hubspot',
  scheme: verifyDecodedOrAsSent(),
  deadlineSeconds: 5,
  retrySpanHours: 24,
  volatile: ['attemptNumber'],
  type: ({ json }) => (Array.isArray(json) ? json : [json]).map((event) => fieldOf(event, 'subscriptionType')),
  tenant: [{ field: '0.portalId' }, { field: 'portalId' }, { field: 'origin.portalId' }],
  time: { field: '0.occurredAt', unit: 'ms' },
};

function verifyDecodedOrAsSent(): VerifyAtOnce {
  return (webhook, secrets, now) => {
    const { method, url, headers, body } = webhook;
    const decoded = url.replace(decodedCharacters, decodeURIComponent);
    if (decoded === url) return verifyAsSent(webhook, secrets, now);
    try {
      return verifyAsSent(webhookOf({ method, url: decoded, headers, body }), secrets, now);
    } catch (error) {
      if (!(error instanceof RefusedError) || error.reason !== 'signature-mismatch') throw error;
      return verifyAsSent(webhook, secrets, now);
    }
  };
}
