import { hexSecret, jsonEvent, type Making, type Platform, uuidOf } from './platform.ts';

const hook = (eventType: string, { id, at }: Making, displayMessage: string) => {
  const time = new Date(at).toISOString();
  return jsonEvent({
    eventType: 'com.okta.event_hook',
    eventTypeVersion: '1.0',
    cloudEventsVersion: '0.1',
    source: 'https://example.okta.com/api/v1/eventHooks/whoql0HfiLGPWc8Jx0g3',
    eventId: uuidOf(id),
    data: {
      events: [
        {
          uuid: uuidOf(id),
          published: time,
          eventType,
          version: '0',
          displayMessage,
          severity: 'INFO',
          actor: { id: '00uq8tMo3zV0OfJON0g3', type: 'User', alternateId: 'ada@example.com' },
          outcome: { result: 'SUCCESS' },
        },
      ],
    },
    eventTime: time,
    contentType: 'application/json',
  });
};

export const okta: Platform = {
  title: 'Okta',
  scheme: 'a static text in `Authorization`',
  secret: "the event hook's authentication secret, exactly as it is sent",
  checked: { by: 'documentation only', with: 'developer.okta.com' },
  handshake: 'GET with `X-Okta-Verification-Challenge`',
  note: 'Nothing of the body is signed.',
  makeSecret: hexSecret,
  events: {
    'user.session.start': (made) => hook('user.session.start', made, 'User login to Okta'),
    'user.lifecycle.create': (made) => hook('user.lifecycle.create', made, 'Create okta user'),
  },
  sign: (_, { key }) => ({ headers: { authorization: key } }),
};
