import { sign } from 'node:crypto';
import { type Making, type Platform, type Unsigned, uuidOf } from './platform.ts';

const topic = 'arn:aws:sns:eu-central-1:123456789012:orders';
const endpoint = 'https://sns.eu-central-1.amazonaws.com/';

const message = (type: string, { id, at }: Making, more: object): Unsigned => ({
  body: Buffer.from(
    JSON.stringify({
      Type: type,
      MessageId: uuidOf(id),
      TopicArn: topic,
      ...more,
      Timestamp: new Date(at).toISOString(),
      SignatureVersion: '2',
      SigningCertURL: `${endpoint}SimpleNotificationService-0123456789abcdef0123456789abcdef.pem`,
    }),
  ),
  headers: {
    'content-type': 'text/plain; charset=UTF-8',
    'user-agent': 'Amazon Simple Notification Service Agent',
    'x-amz-sns-message-type': type,
    'x-amz-sns-message-id': uuidOf(id),
    'x-amz-sns-topic-arn': topic,
  },
});

const signed = ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];

export const awsSns: Platform = {
  title: 'Amazon SNS',
  scheme: 'RSA with SHA-1 or SHA-256 of the message, in the body; AWS’s certificate',
  secret: 'a list of the ARNs of topics; with it, if wanted, a certificate or public key of SNS (PEM) to hold it to',
  checked: { by: 'SDK verifies', with: 'sns-validator' },
  handshake: '`SubscriptionConfirmation`, confirmed by calling AWS',
  note: 'Message attributes are not signed. Raw message delivery is refused.',
  keys: 'rsa',
  makeSecret: (_, pair) => ({
    stored: { secret: topic, publicKey: pair?.publicKey ?? '' },
    key: pair?.privateKey ?? '',
  }),
  events: {
    Notification: (made) =>
      message('Notification', made, { Subject: 'Order', Message: JSON.stringify({ order: made.id, total: 29.35 }) }),
    UnsubscribeConfirmation: (made) =>
      message('UnsubscribeConfirmation', made, {
        Token: made.id,
        Message: `You have chosen to deactivate subscription ${topic}:${uuidOf(made.id)}.`,
        SubscribeURL: `${endpoint}?Action=ConfirmSubscription&TopicArn=${topic}&Token=${made.id}`,
      }),
  },
  sign: ({ body }, { key }) => {
    const fields: Readonly<Record<string, unknown>> = JSON.parse(body.toString('utf8'));
    const lines = signed.flatMap((name) => (fields[name] === undefined ? [] : [`${name}\n${fields[name]}\n`]));
    const Signature = sign('sha256', Buffer.from(lines.join('')), key).toString('base64');
    return { headers: {}, body: Buffer.from(JSON.stringify({ ...fields, Signature })) };
  },
};
