import { hexSecret, jsonEvent, type Making, type Platform } from './platform.ts';

const log = (type: string, { id, at }: Making, position = 0) => ({
  log_id: `900${id}${position}`,
  data: {
    date: new Date(at).toISOString(),
    type,
    connection: 'Username-Password-Authentication',
    client_id: 'AaiyAPdpYdesoKnqjj8HJqRn4T5titww',
    ip: '192.0.2.7',
    user_id: 'auth0|56c75c4e42b6359e98374bc2',
    tenant_name: 'example',
    log_id: `900${id}${position}`,
  },
});

export const auth0: Platform = {
  title: 'Auth0',
  scheme: 'static token',
  secret: "the log stream's authorization token, exactly as it was entered there",
  checked: {
    by: 'documentation only',
    with: 'https://auth0.com/docs/customize/log-streams/custom-log-streams',
  },
  note: 'Set the content format to JSON Array or JSON Object. A delivery is a list of logs.',
  makeSecret: hexSecret,
  events: {
    s: (made) => jsonEvent([log('s', made)]),
    fp: (made) => jsonEvent([log('fp', made), log('fp', made, 1)]),
    mixed: (made) => jsonEvent([log('s', made), log('slo', made, 1)]),
  },
  sign: (_, { key }) => ({ headers: { authorization: key } }),
};
