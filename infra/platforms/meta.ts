import { createHmac } from 'node:crypto';
import { jsonEvent, type Making, type Platform } from './platform.ts';

const pageId = '157245231044012';
const userId = '5274834932611223';
const entry = ({ at }: Making, id: string, more: object) => ({ id, time: Math.floor(at / 1000), ...more });

export const meta: Platform = {
  title: 'Meta (Facebook, Instagram, Messenger)',
  scheme: 'HMAC-SHA256 of the body, hex',
  secret: "the app's secret as `secret`, and the verify token that you gave to Meta as `verifyToken`",
  checked: { by: 'documentation only', with: 'developers.facebook.com, “Webhooks: Get Started”' },
  handshake: 'answers `hub.challenge` to whom shows the verify token',
  note: 'A delivery can hold many changes.',
  makeSecret: (random) => {
    const secret = random.subarray(0, 16).toString('hex');
    return { stored: { secret, verifyToken: random.subarray(16).toString('hex') }, key: secret };
  },
  events: {
    'page.feed': (made) =>
      jsonEvent({
        object: 'page',
        entry: [
          entry(made, pageId, {
            changes: [
              {
                field: 'feed',
                value: { item: 'post', post_id: `${pageId}_${made.id}`, verb: 'add', message: 'Hello' },
              },
            ],
          }),
        ],
      }),
    'page.messages': (made) =>
      jsonEvent({
        object: 'page',
        entry: [
          entry(made, pageId, {
            messaging: [
              {
                sender: { id: userId },
                recipient: { id: pageId },
                timestamp: made.at,
                message: { mid: `m_${made.id}`, text: 'Hello' },
              },
            ],
          }),
        ],
      }),
    'instagram.comments': (made) =>
      jsonEvent({
        object: 'instagram',
        entry: [
          entry(made, '17841405793187218', {
            changes: [
              { field: 'comments', value: { id: made.id, from: { id: userId, username: 'ada' }, text: 'Nice' } },
            ],
          }),
        ],
      }),
  },
  sign: ({ body }, { key }) => ({
    headers: { 'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}` },
  }),
};
