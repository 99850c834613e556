import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform, uuidOf } from './platform.ts';

const event = (type: string, { id, at }: Making, data: object) =>
  jsonEvent({
    id: uuidOf(id),
    timestamp: new Date(at).toISOString(),
    workspace_id: '13950b26-c203-4f3b-b97d-93ec06319565',
    workspace_name: 'Snails',
    subscription_id: '29d75c0d-5546-4414-8459-7b7a92f1fc4b',
    integration_id: '0ef2e755-4912-8096-91c1-00376a88a5ca',
    type,
    authors: [{ id: 'c7c11cca-1d73-471d-9b6e-bdef51470190', type: 'person' }],
    accessible_by: [],
    attempt_number: 1,
    entity: { id: '153104cd-477e-809d-8dc4-ff2d96ae3090', type: 'page' },
    data,
  });

export const notion: Platform = {
  title: 'Notion',
  scheme: 'HMAC-SHA256 of the body, hex',
  secret: 'nothing: arm the source, and the first request delivers it',
  checked: { by: 'documentation only', with: 'developers.notion.com' },
  handshake: 'the first request delivers the verification token, unsigned',
  makeSecret: (random) => {
    const secret = `secret_${random.toString('hex').slice(0, 43)}`;
    return { stored: secret, key: secret };
  },
  events: {
    'page.content_updated': (made) =>
      event('page.content_updated', made, { updated_blocks: [{ id: uuidOf(made.id), type: 'block' }] }),
    'page.created': (made) =>
      event('page.created', made, { parent: { id: '0ef104cd-477e-80e1-8571-cfd10e92339a', type: 'page' } }),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'x-notion-signature': `sha256=${createHmac('sha256', key).update(body).digest('hex')}` },
  }),
};
