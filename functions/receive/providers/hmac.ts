import type { HmacProvider } from '../../core/definition.ts';
import type { Provider } from './provider.ts';

/** A platform that the definition itself declares. */
export function hmac(declared: HmacProvider): Provider {
  return {
    name: 'hmac',
    scheme: declared,
    deadlineSeconds: declared.deadlineSeconds ?? 5,
    retrySpanHours: 72,
    type: declared.type ?? { field: 'type' },
    ...(declared.tenant ? { tenant: declared.tenant } : {}),
    ...(declared.deliveryId ? { deliveryId: declared.deliveryId } : {}),
    ...(declared.id ? {} : { identicalDeliveries: true }),
  };
}
