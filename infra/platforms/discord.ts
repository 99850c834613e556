import { createPublicKey, sign } from 'node:crypto';
import { jsonEvent, type Making, type Platform } from './platform.ts';

const applicationId = '1234560123453231555';
const user = { id: '53908232506183680', username: 'ada', discriminator: '0', avatar: null };
/** Ids are numbers of 64 bits, written as texts. */
const snowflake = ({ id }: Making) => (BigInt(`0x${id.slice(0, 16)}`) >> 1n).toString();
const interaction = (made: Making, type: number, more: object) =>
  jsonEvent({
    id: snowflake(made),
    application_id: applicationId,
    type,
    token: `aW50ZXJhY3Rpb246${made.id}`,
    guild_id: '290926798626357999',
    channel_id: '645027906669510667',
    member: { user, roles: [], permissions: '2147483647' },
    version: 1,
    ...more,
  });

export const discord: Platform = {
  title: 'Discord',
  scheme: 'Ed25519 of the time and the body, hex',
  secret: "the application's public key",
  checked: { by: 'SDK verifies', with: 'discord-interactions' },
  handshake: 'answers `PING`: interactions with `{"type":1}`, webhook events with 204',
  note: "Interactions are answered as deferred; the handler follows up with the interaction's token, within 15 minutes.",
  keys: 'ed25519',
  makeSecret: (_, pair) => {
    const { publicKey = '', privateKey = '' } = pair ?? {};
    const { x = '' } = publicKey === '' ? {} : createPublicKey(publicKey).export({ format: 'jwk' });
    return { stored: Buffer.from(x, 'base64url').toString('hex'), key: privateKey };
  },
  events: {
    APPLICATION_COMMAND: (made) =>
      interaction(made, 2, { data: { id: '771825006014889984', name: 'cardsearch', type: 1 } }),
    MESSAGE_COMPONENT: (made) =>
      interaction(made, 3, {
        data: { component_type: 2, custom_id: 'click_one' },
        message: { id: snowflake(made), type: 0, content: 'Choose' },
      }),
    APPLICATION_AUTHORIZED: (made) =>
      jsonEvent({
        version: 1,
        application_id: applicationId,
        type: 1,
        event: {
          type: 'APPLICATION_AUTHORIZED',
          timestamp: new Date(made.at).toISOString(),
          data: { integration_type: 1, scopes: ['applications.commands'], user: { ...user, id: snowflake(made) } },
        },
      }),
  },
  sign: ({ body }, { key, at }) => {
    const timestamp = String(Math.floor(at / 1000));
    const signature = sign(null, Buffer.concat([Buffer.from(timestamp), body]), key);
    return { headers: { 'x-signature-ed25519': signature.toString('hex'), 'x-signature-timestamp': timestamp } };
  },
};
