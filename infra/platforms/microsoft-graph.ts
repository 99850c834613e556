import { hexSecret, jsonEvent, type Making, type Platform, uuidOf } from './platform.ts';

const tenantId = '84bd8158-6d4d-4958-8b9f-9d6445542f95';
const subscription = ({ at }: Making) => ({
  subscriptionId: '7f105c7d-2dc5-4530-97cd-4e7ae6534c07',
  subscriptionExpirationDateTime: new Date(at + 3_600_000).toISOString(),
  tenantId,
});
const change = (made: Making, changeType: string) =>
  jsonEvent({
    value: [
      {
        id: uuidOf(made.id),
        ...subscription(made),
        changeType,
        resource: `users/ddfcd489-628b-40d7-b48b-57002df800e5/messages/${made.id}`,
        resourceData: {
          '@odata.type': '#Microsoft.Graph.Message',
          '@odata.id': `Users/ddfcd489-628b-40d7-b48b-57002df800e5/Messages/${made.id}`,
          id: made.id,
        },
      },
    ],
  });

export const microsoftGraph: Platform = {
  title: 'Microsoft Graph',
  scheme: 'nothing is signed; the `clientState` of each item is compared',
  secret: 'the `clientState` that you make subscriptions with',
  checked: { by: 'documentation only', with: 'learn.microsoft.com, “Receive change notifications through webhooks”' },
  handshake: 'answers `validationToken` as text',
  note: 'Nothing proves what an item says: read the resource before you act on it. Subscriptions must be renewed.',
  makeSecret: hexSecret,
  events: {
    'message.created': (made) => change(made, 'created'),
    'message.updated': (made) => change(made, 'updated'),
    reauthorizationRequired: (made) =>
      jsonEvent({
        value: [{ ...subscription(made), id: uuidOf(made.id), lifecycleEvent: 'reauthorizationRequired' }],
      }),
  },
  sign: ({ body }, { key }) => {
    const { value } = JSON.parse(body.toString()) as { readonly value: readonly object[] };
    const items = value.map((item) => ({ ...item, clientState: key }));
    return { headers: {}, body: Buffer.from(JSON.stringify({ value: items })) };
  },
};
