import { hexSecret, jsonEvent, type Making, type Platform } from './platform.ts';

const event = (event_type: string, { id, at }: Making, rest: object) =>
  jsonEvent({
    event_type,
    file_key: id.slice(0, 22),
    file_name: 'Developer page mockup demo',
    passcode: '',
    timestamp: `${new Date(at).toISOString().slice(0, 19)}Z`,
    webhook_id: '22',
    ...rest,
  });

export const figma: Platform = {
  title: 'Figma',
  scheme: 'static passcode in the body',
  secret: 'the passcode that the webhook was created with',
  checked: { by: 'documentation only', with: 'https://developers.figma.com/docs/rest-api/webhooks-security/' },
  handshake: '`PING` is answered and never becomes an event',
  note: 'The passcode is part of the data that handlers get.',
  makeSecret: hexSecret,
  events: {
    FILE_UPDATE: (made) => event('FILE_UPDATE', made, {}),
    FILE_COMMENT: (made) =>
      event('FILE_COMMENT', made, { comment: [{ text: 'Nice' }], comment_id: made.id.slice(0, 9), parent_id: '' }),
  },
  sign: ({ body }, { key }) => {
    const unsigned: unknown = JSON.parse(body.toString('utf8'));
    return { headers: {}, body: Buffer.from(JSON.stringify(Object.assign({}, unsigned, { passcode: key }))) };
  },
};
