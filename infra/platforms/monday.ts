import { createHmac } from 'node:crypto';
import { hexSecret, jsonEvent, type Making, type Platform } from './platform.ts';

const event = (type: string, { id, at }: Making, rest: object) =>
  jsonEvent({
    event: {
      app: 'monday',
      type,
      triggerTime: new Date(at).toISOString(),
      subscriptionId: 73759690,
      isRetry: false,
      userId: 9603417,
      originalTriggerUuid: null,
      boardId: 1771812698,
      pulseId: 1772099344,
      pulseName: 'New task',
      triggerUuid: id,
      ...rest,
    },
  });

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

export const monday: Platform = {
  title: 'monday.com',
  scheme: 'JSON Web Token in `Authorization`, HMAC-SHA256; the body is not signed',
  secret: "the app's signing secret, from its developer center",
  checked: {
    by: 'documentation only',
    with: 'https://developer.monday.com/apps/docs/integration-authorization',
  },
  handshake: '`challenge` sent back in JSON',
  note: 'Create the webhook with a token of the app: one that is added to a board by hand carries no token.',
  makeSecret: hexSecret,
  events: {
    create_pulse: (made) => event('create_pulse', made, { groupId: 'topics', columnValues: {} }),
    update_column_value: (made) =>
      event('update_column_value', made, { columnId: 'status', columnType: 'color', changedAt: made.at / 1000 }),
  },
  sign: (_, { key, url, at }) => {
    const issued = Math.floor(at / 1000);
    const claims = { accountId: 1825529, userId: 4012689, aud: url, exp: issued + 300, iat: issued };
    const signed = `${encoded({ alg: 'HS256', typ: 'JWT' })}.${encoded(claims)}`;
    return { headers: { authorization: `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}` } };
  },
};
