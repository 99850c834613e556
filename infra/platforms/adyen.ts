import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform } from './platform.ts';

interface Item {
  readonly pspReference: string;
  readonly originalReference?: string;
  readonly merchantAccountCode: string;
  readonly merchantReference: string;
  readonly amount: { readonly value: number; readonly currency: string };
  readonly eventCode: string;
  readonly success: string;
}

interface Notification {
  readonly notificationItems?: readonly { readonly NotificationRequestItem: Item }[];
}

const payment = (eventCode: string, { id, at }: Making, more: Partial<Item> = {}) => {
  const item: Item & { readonly eventDate: string; readonly paymentMethod: string } = {
    pspReference: id.slice(0, 16).toUpperCase(),
    merchantAccountCode: 'ExampleECOM',
    merchantReference: `order-${id.slice(0, 8)}`,
    amount: { value: 1130, currency: 'EUR' },
    eventCode,
    eventDate: new Date(at).toISOString(),
    paymentMethod: 'visa',
    success: 'true',
    ...more,
  };
  return jsonEvent({ live: 'false', notificationItems: [{ NotificationRequestItem: item }] });
};

export const adyen: Platform = {
  title: 'Adyen',
  scheme: 'HMAC-SHA256, base64: of 8 fields of each payment, in the body; else of the body',
  secret: "the webhook's HMAC key, in hex",
  checked: { by: 'SDK signs', with: '@adyen/api-library' },
  note: 'Of a payment only 8 fields are signed. Answers `[accepted]`.',
  makeSecret: (random) => {
    const secret = random.toString('hex').toUpperCase();
    return { stored: secret, key: secret };
  },
  events: {
    AUTHORISATION: (made) => payment('AUTHORISATION', made),
    REFUND: (made) => payment('REFUND', made, { originalReference: '7914073381342284' }),
    'balancePlatform.transfer.updated': ({ id, at }) =>
      jsonEvent(
        {
          data: {
            balancePlatform: 'ExampleBalancePlatform',
            id: id.slice(0, 16).toUpperCase(),
            amount: { currency: 'EUR', value: 9887 },
            status: 'booked',
            sequenceNumber: 4,
          },
          environment: 'test',
          timestamp: new Date(at).toISOString(),
          type: 'balancePlatform.transfer.updated',
        },
        { protocol: 'HmacSHA256' },
      ),
  },
  sign: ({ body }, { key }): ReturnType<Platform['sign']> => {
    const hmac = (content: string | Buffer) =>
      createHmac('sha256', Buffer.from(key, 'hex')).update(content).digest('base64');
    const notification: Notification = JSON.parse(body.toString('utf8'));
    if (!notification.notificationItems) return { headers: { hmacsignature: hmac(body) }, body };
    const notificationItems = notification.notificationItems.map(({ NotificationRequestItem: item }) => {
      const { pspReference, originalReference = '', merchantAccountCode, merchantReference, amount } = item;
      const merchant = [merchantAccountCode, merchantReference, amount.value, amount.currency];
      const content = [pspReference, originalReference, ...merchant, item.eventCode, item.success].join(':');
      return { NotificationRequestItem: { ...item, additionalData: { hmacSignature: hmac(content) } } };
    });
    return { headers: {}, body: Buffer.from(JSON.stringify({ ...notification, notificationItems })) };
  },
};
