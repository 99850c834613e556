import { createHmac } from 'node:crypto';
import { jsonEvent, type MadeSecret, type Making, type Platform, type Unsigned } from './platform.ts';

/** The headers' family: the specification's, or Svix's. */
export type Family = 'webhook' | 'svix';

/** A secret of Standard Webhooks. */
export function whsec(random: Buffer): MadeSecret {
  const secret = `whsec_${random.toString('base64')}`;
  return { stored: secret, key: secret };
}

/** A JSON event under an id that is new. */
export function standardEvent(family: Family, { id }: Making, value: unknown): Unsigned {
  return jsonEvent(value, { [`${family}-id`]: `msg_${id}` });
}

/** Signs as Standard Webhooks do: HMAC-SHA256 of `{id}.{timestamp}.{body}` by the secret's bytes. */
export function signStandard(family: Family): Platform['sign'] {
  return ({ headers, body }, { key, at }) => {
    const id = headers[`${family}-id`] ?? '';
    const timestamp = String(Math.floor(at / 1000));
    const bytes = Buffer.from(key.replace(/^whsec_/, ''), 'base64');
    const signature = createHmac('sha256', bytes).update(`${id}.${timestamp}.`).update(body).digest('base64');
    return {
      headers: {
        [`${family}-id`]: id,
        [`${family}-timestamp`]: timestamp,
        [`${family}-signature`]: `v1,${signature}`,
      },
    };
  };
}

/** What all that sign by Standard Webhooks have in common. */
export const standardScheme = 'HMAC-SHA256 of `{id}.{timestamp}.{body}`, base64';

const event = (made: Making, type: string, data: object) =>
  standardEvent('webhook', made, { type, timestamp: new Date(made.at).toISOString(), data });

export const standardWebhooks: Platform = {
  title: 'Standard Webhooks',
  scheme: `${standardScheme}; or Ed25519 of the same`,
  secret: 'the signing secret (`whsec_…`) or the public key (`whpk_…`) that the sender shows',
  checked: { by: 'SDK signs', with: 'standardwebhooks' },
  makeSecret: whsec,
  events: {
    'user.created': (made) => event(made, 'user.created', { id: `user_${made.id}`, email: 'ada@example.com' }),
    'invoice.paid': (made) => event(made, 'invoice.paid', { id: `in_${made.id}`, amount: 1250, currency: 'eur' }),
  },
  sign: signStandard('webhook'),
};
