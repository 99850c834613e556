import { createHash, createHmac } from 'node:crypto';
import { hexSecret, jsonEvent, type Making, type Platform } from './platform.ts';

const event = (topic: string, { id, at }: Making) => ({
  ...jsonEvent({
    sys: {
      type: 'Entry',
      id: id.slice(0, 22),
      space: { sys: { type: 'Link', linkType: 'Space', id: 'yadj1kx9rmg0' } },
      environment: { sys: { type: 'Link', linkType: 'Environment', id: 'master' } },
      contentType: { sys: { type: 'Link', linkType: 'ContentType', id: 'article' } },
      revision: 3,
      updatedAt: new Date(at).toISOString(),
    },
    fields: { title: { 'en-US': 'Hello, World!' } },
  }),
  headers: {
    'content-type': 'application/vnd.contentful.management.v1+json',
    'x-contentful-topic': topic,
    'x-contentful-webhook-name': 'nerite',
    'x-contentful-idempotency-key': createHash('sha256').update(id).digest('hex'),
  },
});

export const contentful: Platform = {
  title: 'Contentful',
  scheme: 'HMAC-SHA256 of method, path, the headers that it lists and the body, hex',
  secret: 'the signing secret of the space, from the settings of its webhooks',
  checked: { by: 'SDK signs', with: '@contentful/node-apps-toolkit' },
  note: 'Which headers it signs is up to Contentful; the type stands in one of them.',
  makeSecret: hexSecret,
  events: {
    'ContentManagement.Entry.publish': (made) => event('ContentManagement.Entry.publish', made),
    'ContentManagement.Entry.unpublish': (made) => event('ContentManagement.Entry.unpublish', made),
  },
  sign: ({ body, headers: described }, { key, url, at }) => {
    const names = [...Object.keys(described), 'x-contentful-signed-headers', 'x-contentful-timestamp'].sort();
    const signed: Readonly<Record<string, string>> = {
      ...described,
      'x-contentful-signed-headers': names.join(','),
      'x-contentful-timestamp': String(at),
    };
    const fields = names.map((name) => `${name}:${signed[name]}`).join(';');
    const head = ['POST', new URL(url).pathname, fields, ''].join('\n');
    return {
      headers: {
        'x-contentful-signed-headers': names.join(','),
        'x-contentful-timestamp': String(at),
        'x-contentful-signature': createHmac('sha256', key).update(head).update(body).digest('hex'),
      },
    };
  },
};
