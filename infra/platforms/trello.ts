import { createHmac } from 'node:crypto';
import { hexSecret, jsonEvent, type Making, type Platform } from './platform.ts';

const board = { id: '5b06dd5fdd4e6a2a6b0f2c1a', name: 'Roadmap', shortLink: 'nC8QJJoZ' };
const action = (type: string, { id, at }: Making, data: object) =>
  jsonEvent({
    action: {
      id: id.slice(0, 24),
      idMemberCreator: '4ee7df1be582acdec80000ae',
      type,
      date: new Date(at).toISOString(),
      data: { board, ...data },
      memberCreator: { id: '4ee7df1be582acdec80000ae', username: 'ada', fullName: 'Ada Lovelace' },
    },
    model: { ...board, closed: false, url: 'https://trello.com/b/nC8QJJoZ/roadmap' },
  });

export const trello: Platform = {
  title: 'Trello',
  scheme: 'HMAC-SHA1 of `{body}{url}`, base64',
  secret: "the app's secret (OAuth 1.0)",
  checked: { by: 'documentation only', with: 'developer.atlassian.com' },
  handshake: 'HEAD when the webhook is made',
  note: 'The URL must be the very text that Trello was given. Texts beyond ASCII may be weakly signed.',
  makeSecret: hexSecret,
  events: {
    updateCard: (made) =>
      action('updateCard', made, {
        card: { id: made.id.slice(8), name: 'Snail mail', idList: '5b06dd5fdd4e6a2a6b0f2c1c' },
        old: { idList: '5b06dd5fdd4e6a2a6b0f2c1b' },
      }),
    commentCard: (made) => action('commentCard', made, { card: { id: made.id.slice(8) }, text: 'Looks good' }),
  },
  sign: ({ body }, { key, url }) => ({
    headers: { 'x-trello-webhook': createHmac('sha1', key).update(body).update(url).digest('base64') },
  }),
};
