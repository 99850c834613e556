import { consume } from '../consume/consume.ts';
import { request } from '../consume/http.ts';
import { PermanentError } from '../core/errors.ts';

interface Customer {
  readonly data?: { readonly object?: { readonly id?: string; readonly email?: string } };
}

/**
 * Keeps a rate-limited CRM up to date. What its answers mean for the event (429: come later, 5xx: try again, 4xx: never)
 * is `request`'s business, and how often it is called the pace's.
 */
export const handler = consume<Customer>('crm', async (event, { logger, idempotencyKey, signal }) => {
  const customer = event.data.data?.object;
  if (!customer?.id) throw new PermanentError('event.data.data.object.id must be the customer, got none');
  const { CRM_URL: crm } = process.env;
  if (!crm) {
    logger.warn('environment variable CRM_URL is not set: nothing was sent', { customer: customer.id });
    return;
  }
  await request(`${crm}/customers/${encodeURIComponent(customer.id)}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
    body: JSON.stringify({ email: customer.email }),
    signal,
  });
});
