import { createPublicKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { RefusedError } from '../../core/errors.ts';
import type { Reply } from '../answers.ts';
import { fieldOf } from '../find.ts';
import { type CertificateStore, certificateStore, commonNameOf } from '../schemes/certificates.ts';
import { indexOfSame } from '../schemes/constant-time.ts';
import { noUsableSecret } from '../schemes/key.ts';
import { bytesOf, isSignature } from '../schemes/public-key.ts';
import { checkTimestamp } from '../schemes/timestamp.ts';
import type { Verify } from '../schemes/verify.ts';
import type { Provider } from './provider.ts';

/** What the preset asks the network for. */
export interface AwsSnsOptions {
  readonly certificates: CertificateStore;
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds for the confirmation of a subscription. */
  readonly waitMs: number;
}

interface Message {
  readonly id: string;
  readonly topic: string;
  readonly certificateUrl: string;
  readonly hash: string;
  readonly signature: Buffer;
  readonly content: Buffer;
  readonly timestamp: string;
  readonly unsignedParts: boolean;
}

/** Exactly these: a bucket called `sns` has a name like them, `sns.s3-eu-west-1.amazonaws.com`. */
const host = /^sns\.([a-z]{2,}(?:-[a-z]+){1,3}-\d{1,2})\.amazonaws\.com(?:\.cn)?$/;
const certificatePath = /^\/SimpleNotificationService-[0-9a-zA-Z]{1,64}\.pem$/;
/** Some regions have a name of their own in it. */
const owner = /^sns(?:(?:-signing)?[.-][a-z]{2,}(?:-[a-z]+){1,3}-\d{1,2})?\.amazonaws\.com(?:\.cn)?$/;

const notification = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'];
const confirmation = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
const signedOf: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['Notification', notification],
  ['SubscriptionConfirmation', confirmation],
  ['UnsubscribeConfirmation', confirmation],
]);
const hashes: ReadonlyMap<unknown, string> = new Map([
  ['1', 'sha1'],
  ['2', 'sha256'],
]);

/**
 * SNS sends again for an hour at most, always with the time of the first sending; another hour for queues and clocks.
 * What is replayed within has the same signed id, and is no second event.
 */
const toleranceSeconds = 2 * 3_600;

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a URL is SNS's of a region, over TLS. */
function isOfSns(url: URL, region?: string): boolean {
  const [, found] = host.exec(url.host) ?? [];
  return url.protocol === 'https:' && found !== undefined && (region === undefined || found === region);
}

/** Whether a URL names a signing certificate of SNS. */
export function keepsCertificateAt(url: URL): boolean {
  return isOfSns(url) && certificatePath.test(url.pathname);
}

/** Whether a certificate is one of SNS. */
export function isOfSnsItself(certificate: X509Certificate): boolean {
  return owner.test(commonNameOf(certificate) ?? '');
}

/**
 * Names are followed by what stands for them, each on lines of its own, and nothing is escaped: a text with lines of
 * its own could be read as several. Therefore nothing but the message itself may be of any form.
 */
function messageOf(json: unknown): Message {
  const text = (name: string): string | undefined => {
    const value = fieldOf(json, name);
    return typeof value === 'string' ? value : undefined;
  };
  const signature = text('Signature');
  if (!signature) throw new RefusedError(401, 'signature-missing');
  const bytes = bytesOf(signature, 'base64');
  const hash = hashes.get(fieldOf(json, 'SignatureVersion'));
  const names = signedOf.get(fieldOf(json, 'Type'));
  const [id, topic, timestamp, certificateUrl] = ['MessageId', 'TopicArn', 'Timestamp', 'SigningCertURL'].map(text);
  const subject = fieldOf(json, 'Subject') ?? '';
  if (!bytes || !hash || !names || !id || !uuid.test(id) || !topic || !timestamp || !certificateUrl) {
    throw new RefusedError(401, 'signature-malformed');
  }
  if (typeof subject !== 'string' || /\p{Cc}/u.test(subject)) throw new RefusedError(401, 'signature-malformed');
  const lines = names.flatMap((name) => {
    const value = text(name);
    if (value !== undefined) return [name, value];
    if (name !== 'Subject') throw new RefusedError(401, 'signature-malformed');
    return [];
  });
  const content = Buffer.from(`${lines.join('\n')}\n`);
  const unsignedParts = fieldOf(json, 'MessageAttributes') !== undefined;
  return { id, topic, certificateUrl, hash, signature: bytes, content, timestamp, unsignedParts };
}

/** The part of an ARN that is its region. */
function regionOf(topic: string): string {
  return topic.split(':')[3] ?? '';
}

/** The public keys that an operator holds SNS to. */
function pinned(secrets: readonly string[]): readonly KeyObject[] {
  return secrets
    .filter((text) => text.trimStart().startsWith('-----') && !text.includes('PRIVATE'))
    .flatMap((text) => {
      try {
        const key = createPublicKey(text);
        return key.asymmetricKeyType === 'rsa' ? [key] : [];
      } catch {
        return [];
      }
    });
}

function verifierWith(certificates: CertificateStore): Verify {
  return async ({ json }, secrets, now) => {
    const message = messageOf(json);
    const { id, topic, certificateUrl, hash, signature, content, timestamp } = message;
    if (!secrets.some((text) => text.startsWith('arn:'))) {
      throw noUsableSecret('secret must list the ARNs of topics');
    }
    // First of all: a topic of somebody else is signed by AWS as well.
    const secret = topic.startsWith('arn:') ? indexOfSame(topic, secrets) : -1;
    if (secret < 0) throw new RefusedError(401, 'signature-mismatch');
    checkTimestamp(timestamp, 'iso8601', toleranceSeconds, now);
    const url = URL.canParse(certificateUrl) ? new URL(certificateUrl) : undefined;
    if (!url || !isOfSns(url, regionOf(topic)) || !keepsCertificateAt(url)) {
      throw new RefusedError(401, 'certificate-url');
    }
    const held = secrets.some((text) => text.trimStart().startsWith('-----'));
    const keys = held ? pinned(secrets) : [await certificates(certificateUrl, now)];
    if (keys.length === 0) throw noUsableSecret('a certificate must be a PEM with an RSA key');
    if (!keys.some((key) => isSignature(hash, content, key, signature))) {
      throw new RefusedError(401, 'signature-mismatch');
    }
    return { secret, id, ...(message.unsignedParts ? { weakBody: true as const } : {}) };
  };
}

/** Confirms a subscription whose message is proved; SNS asks again where that fails. */
async function confirm(json: unknown, { fetch, waitMs }: AwsSnsOptions): Promise<Reply> {
  const [text, topic] = ['SubscribeURL', 'TopicArn'].map((name) => fieldOf(json, name));
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  const meant =
    url !== undefined &&
    typeof topic === 'string' &&
    isOfSns(url, regionOf(topic)) &&
    url.username + url.password === '' &&
    url.pathname === '/' &&
    url.searchParams.getAll('Action').join() === 'ConfirmSubscription' &&
    url.searchParams.getAll('TopicArn').join() === topic;
  if (!meant) throw new RefusedError(401, 'subscribe-url');
  try {
    const response = await fetch(url.href, { redirect: 'error', signal: AbortSignal.timeout(waitMs) });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`status ${response.status}`);
  } catch (error) {
    // Its message could hold the URL, and that a token.
    const problem = error instanceof Error && error.message.startsWith('status ') ? error.message : 'no answer';
    throw new RefusedError(503, 'subscription-unconfirmed', { cause: new Error(`SNS did not confirm: ${problem}`) });
  }
  return {};
}

/** The preset, given its way to the network. */
export function awsSnsWith(options: AwsSnsOptions): Provider {
  return {
    name: 'aws-sns',
    scheme: verifierWith(options.certificates),
    deadlineSeconds: 15,
    retrySpanHours: 1,
    type: { field: 'Type' },
    tenant: { field: 'TopicArn' },
    deliveryId: { field: 'MessageId' },
    time: { field: 'Timestamp' },
    handshakes: [
      {
        when: [{ field: 'Type', is: 'SubscriptionConfirmation' }],
        answer: ({ webhook }) => confirm(webhook.json, options),
      },
    ],
  };
}

/**
 * Amazon SNS. Its signature, of version 1 (SHA-1) or 2 (SHA-256), proves AWS and not whose topic it is: the source's
 * secret lists the ARNs of the topics. It may also hold SNS's certificate or public key (PEM), and then none is
 * fetched.
 *
 * Not signed are message attributes (`weakBody` where there are some) and the URL to unsubscribe by. A subscription is
 * confirmed once its message is proved and its topic listed. Raw message delivery has no signature, and is refused.
 *
 * Sources: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html,
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
 */
export const awsSns: Provider = awsSnsWith({
  certificates: certificateStore({ keepsAt: keepsCertificateAt, isOf: isOfSnsItself }),
  fetch: (...request) => globalThis.fetch(...request),
  waitMs: 5_000,
});
