import { fieldOf } from '../find.ts';
import { basicAuth, tokenAt } from '../schemes/token.ts';
import type { VerifyAtOnce } from '../schemes/verify.ts';
import type { Webhook } from '../webhook.ts';
import type { Provider } from './provider.ts';

const ownHeader = tokenAt({ header: 'authorization' });
/** A header of one's own may hold whatever somebody entered, also what looks like credentials. */
const verify: VerifyAtOnce = (...request) => {
  if (!/^basic /i.test(request[0].headers.get('authorization') ?? '')) return ownHeader(...request);
  try {
    return basicAuth(...request);
  } catch (error) {
    try {
      return ownHeader(...request);
    } catch {
      throw error;
    }
  }
};

/**
 * Datadog's webhooks integration. It signs nothing: HTTP's basic authentication, or a header `Authorization` with a
 * text of one's own, proves who sends. What is sent is up to the customer, so nothing in it is an id for certain, and
 * two deliveries of a payload without `$ID` or `$DATE` can be the same. The members of its default payload, and for how
 * long it sends again, were not checked.
 *
 * Source: https://docs.datadoghq.com/integrations/webhooks/
 */
export const datadog: Provider = {
  name: 'datadog',
  scheme: verify,
  deadlineSeconds: 15,
  retrySpanHours: 1,
  type: (webhook) => memberOf(webhook, 'event_type'),
  tenant: { field: 'org.id' },
  deliveryId: (webhook) => memberOf(webhook, 'id'),
  weakBody: true,
  identicalDeliveries: true,
};

/** It can encode the payload as a form. */
function memberOf({ json, form }: Webhook, name: string): unknown {
  return form?.get(name) ?? fieldOf(json, name);
}
