import { createPublicKey, generateKeyPairSync, sign as signBytes, type X509Certificate } from 'node:crypto';
import https from 'node:https';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { answerOf, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { awsSnsWith, isOfSnsItself, keepsCertificateAt } from '../../../../functions/receive/providers/aws-sns.ts';
import { certificateStore } from '../../../../functions/receive/schemes/certificates.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { awsSns as platform } from '../../../../infra/platforms/aws-sns.ts';
import {
  contractNow,
  contractUrl,
  describedOf,
  keepsPresetContract,
  outcomeOf,
  type Sent,
} from '../../../support/preset-contract.ts';

const pairOf = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const [right, other] = [pairOf(), pairOf()];
const topic = 'arn:aws:sns:eu-central-1:123456789012:orders';
const endpoint = 'https://sns.eu-central-1.amazonaws.com/';
const certificateUrl = `${endpoint}SimpleNotificationService-0123456789abcdef0123456789abcdef.pem`;
const id = 'befa7b53-d79d-478f-86b9-120f112b044e';
const signed = ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];

const notification = {
  Type: 'Notification',
  MessageId: id,
  TopicArn: topic,
  Subject: 'Order',
  Message: '{"note":"\u{1f980} é"}',
  Timestamp: new Date(contractNow).toISOString(),
  SignatureVersion: '2',
  SigningCertURL: certificateUrl,
};
type Fields = Readonly<Record<string, unknown>>;

/** After the documentation: the fields that are there, by name, each on lines of its own. */
const signatureOf = (fields: Fields, key = right.privateKey): string => {
  const content = signed.map((name) => (fields[name] === undefined ? '' : `${name}\n${fields[name]}\n`)).join('');
  const hash = fields.SignatureVersion === '1' ? 'sha1' : 'sha256';
  return signBytes(hash, Buffer.from(content), key).toString('base64');
};
const sentAs = (fields: Fields): Sent => ({
  body: Buffer.from(JSON.stringify(fields)),
  headers: { 'content-type': 'text/plain; charset=UTF-8', 'x-amz-sns-message-type': 'Notification' },
});
const sent = (difference: Fields = {}, key?: string): Sent => {
  const fields = { ...notification, ...difference };
  return sentAs({ Signature: signatureOf(fields, key), ...fields });
};

const certificates = vi.fn(async () => createPublicKey(right.publicKey));
const fetch = vi.fn<typeof globalThis.fetch>(async () => new Response('<ConfirmSubscriptionResponse/>'));
const awsSns = awsSnsWith({ certificates, fetch, waitMs: 1_000 });

/** It brings no types. */
type Validator = new () => { validate(message: string, done: (error: unknown) => void): void };
const MessageValidator: Validator = createRequire(import.meta.url)('sns-validator');
const validator = new MessageValidator();
const sdkAccepts = ({ body }: Sent): Promise<boolean> =>
  new Promise((resolve) => validator.validate(body.toString(), (error) => resolve(!error)));

beforeAll(() => {
  const download = (_url: unknown, respond: (response: Readable) => void) => {
    respond(Object.assign(Readable.from([Buffer.from(right.publicKey)]), { statusCode: 200 }));
    return { on: () => undefined };
  };
  vi.spyOn(https, 'get').mockImplementation(download as unknown as typeof https.get);
});
afterAll(() => {
  vi.restoreAllMocks();
});

keepsPresetContract({
  provider: awsSns,
  platform,
  right: { stored: topic, key: right.privateKey },
  other: { stored: `${topic}-of-somebody-else`, key: other.privateKey },
  sign: ({ key, at }) => sent({ Timestamp: new Date(at).toISOString() }, key),
  coversBytes: false,
  toleranceSeconds: 7_200,
  // It leaves the token of an unsubscription out, unlike AWS's documentation and other SDKs.
  sdkAccepts: (request) => (request.body.includes('UnsubscribeConfirmation') ? true : sdkAccepts(request)),
});

const outcome = (request: Sent, secrets: readonly string[] = [topic]) => outcomeOf(awsSns, request, secrets);
const proofOf = (request: Sent) => {
  if (typeof awsSns.scheme !== 'function') throw new Error('expected code');
  const headers = new Map(Object.entries(request.headers));
  return awsSns.scheme(webhookOf({ url: contractUrl, headers, body: request.body }), [topic], contractNow);
};

test('takes signatures of both versions, and what its SDK takes', async () => {
  for (const SignatureVersion of ['1', '2']) {
    expect(await outcome(sent({ SignatureVersion }))).toBe('#0');
    expect(await sdkAccepts(sent({ SignatureVersion }))).toBe(true);
    const { Subject: _, ...rest } = { ...notification, SignatureVersion };
    const plain = sentAs({ Signature: signatureOf(rest), ...rest });
    expect(await outcome(plain)).toBe('#0');
    expect(await sdkAccepts(plain)).toBe(true);
  }
});

test.each([
  ['Message', 'another'],
  ['MessageId', 'befa7b53-d79d-478f-86b9-120f112b044f'],
  ['Subject', 'another'],
  ['Timestamp', new Date(contractNow + 1).toISOString()],
  ['SignatureVersion', '1'],
])('refuses a message with another %s', async (name, value) => {
  const changed = sentAs({ Signature: signatureOf(notification), ...notification, [name]: value });
  expect(await outcome(changed)).toBe('401 signature-mismatch');
  expect(await sdkAccepts(changed)).toBe(false);
});

test.each([
  ['no signature', { Signature: undefined }],
  ['a signature that is no base64', { Signature: '!' }],
  ['a signature that is no text', { Signature: ['a'] }],
  ['a version that there is not', { SignatureVersion: '3' }],
  ['a version that is a number', { SignatureVersion: 2 }],
  ['a type that there is not', { Type: 'constructor' }],
  ['an id that is none', { MessageId: `x\nMessageId\n${id}` }],
  ['a message that is no text', { Message: { a: 1 } }],
  ['no message', { Message: undefined }],
  ['no topic', { TopicArn: undefined }],
  ['no time', { Timestamp: undefined }],
  ['a subject that is no text', { Subject: { toString: 1 } }],
  ['a subject of several lines', { Subject: 'a\nb' }],
  ['no certificate', { SigningCertURL: undefined }],
  ['a confirmation without its token', { Type: 'SubscriptionConfirmation', SubscribeURL: endpoint }],
])('refuses %s', async (_what, difference) => {
  const fields = { Signature: signatureOf(notification), ...notification, ...difference };
  expect(await outcome(sentAs(fields))).toMatch(/^401 signature-(missing|malformed)$/);
});

test('nobody gets a second event out of a message by cutting it elsewhere', async () => {
  const fake = '00000000-0000-4000-8000-000000000000';
  const { Subject: _, ...rest } = { ...notification, Message: `x\nMessageId\n${fake}\nSubject\ny` };
  const Signature = signatureOf(rest);
  const cut = { ...rest, Message: 'x', MessageId: fake, Subject: `y\nMessageId\n${id}`, Signature };
  expect(await outcome(sentAs({ ...rest, Signature }))).toBe('#0');
  expect(await outcome(sentAs(cut))).toBe('401 signature-malformed');
  expect(signatureOf(cut)).toBe(Signature);
});

describe('the topics that a secret lists', () => {
  test('are taken, and no others, which AWS signs as well', async () => {
    certificates.mockClear();
    const foreign = sent({ TopicArn: 'arn:aws:sns:eu-central-1:999999999999:orders' });
    expect(await outcome(foreign)).toBe('401 signature-mismatch');
    expect(await outcome(sent({ TopicArn: `${topic}2` }))).toBe('401 signature-mismatch');
    expect(certificates).not.toHaveBeenCalled();
    expect(await outcome(sent(), ['arn:aws:sns:eu-central-1:999999999999:orders', topic])).toBe('#1');
  });

  test('must be there', async () => {
    for (const secrets of [[], ['orders'], [right.publicKey]]) {
      expect(await outcome(sent(), secrets)).toBe('503 no-secret');
    }
    expect(await outcome(sent({ TopicArn: right.publicKey }), [topic, right.publicKey])).toBe('401 signature-mismatch');
  });
});

describe('the certificate', () => {
  const path = 'SimpleNotificationService-0123456789abcdef0123456789abcdef.pem';

  test.each([
    `http://sns.eu-central-1.amazonaws.com/${path}`,
    `https://sns.us-east-1.amazonaws.com/${path}`,
    `https://sns.eu-central-1.amazonaws.com.example.com/${path}`,
    `https://sns.eu-central-1.example.com/${path}`,
    `https://example.com/sns.eu-central-1.amazonaws.com/${path}`,
    `https://sns.s3-eu-central-1.amazonaws.com/${path}`,
    `https://sns.s3.eu-central-1.amazonaws.com/${path}`,
    `https://evil.sns.eu-central-1.amazonaws.com/${path}`,
    `https://xsns.eu-central-1.amazonaws.com/${path}`,
    `https://sns.eu-central-1.amazonaws.com:8443/${path}`,
    `${endpoint}x/${path}`,
    `${endpoint}SimpleNotificationService-0123.key`,
    `${endpoint}?Action=Publish&x=${path}`,
    'not a url',
    ' ',
  ])('is not fetched from %s', async (SigningCertURL) => {
    certificates.mockClear();
    expect(await outcome(sent({ SigningCertURL }))).toBe('401 certificate-url');
    expect(certificates).not.toHaveBeenCalled();
  });

  test.each([`https://user@sns.eu-central-1.amazonaws.com/${path}`, `${endpoint}${path}?x=1`, `${endpoint}${path}#x`])(
    'is not fetched from %s, which is not plain',
    async (SigningCertURL) => {
      const store = certificateStore({ keepsAt: keepsCertificateAt, isOf: isOfSnsItself, fetch });
      const preset = awsSnsWith({ certificates: store, fetch, waitMs: 1_000 });
      fetch.mockClear();
      expect(await outcomeOf(preset, sent({ SigningCertURL }), [topic])).toBe('401 certificate-url');
      expect(fetch).not.toHaveBeenCalled();
    },
  );

  test.each([
    ['sns.amazonaws.com', true],
    ['sns.eu-central-1.amazonaws.com', true],
    ['sns-signing.af-south-1.amazonaws.com', true],
    ['sns-us-gov-west-1.amazonaws.com', true],
    ['sns-cn-northwest-1.amazonaws.com.cn', true],
    ['sqs.amazonaws.com', false],
    ['sns.amazonaws.com.example.com', false],
    ['evil-sns.amazonaws.com', false],
    ['sns.s3-eu-west-1.amazonaws.com', false],
    ['*.amazonaws.com', false],
    ['sns.amazonaws.com\nCN=sns.amazonaws.com', false],
  ])('of %j is one of SNS: %s', (name, expected) => {
    expect(isOfSnsItself({ subject: `CN=${name}` } as X509Certificate)).toBe(expected);
  });

  test('is not fetched where the secret holds one to go by', async () => {
    certificates.mockClear();
    expect(await outcome(sent(), [right.publicKey, topic])).toBe('#1');
    expect(await outcome(sent(), [topic, other.publicKey, right.publicKey])).toBe('#0');
    expect(await outcome(sent(), [topic, other.publicKey])).toBe('401 signature-mismatch');
    const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
      type: 'spki',
      format: 'pem',
    });
    for (const unusable of ['-----BEGIN CERTIFICATE-----\nx', right.privateKey, String(elliptic)]) {
      expect(await outcome(sent(), [topic, unusable])).toBe('503 no-secret');
    }
    expect(certificates).not.toHaveBeenCalled();
  });
});

describe('a message', () => {
  test('is the same when SNS sends it again', async () => {
    const first = await describedOf(awsSns, sent(), topic);
    const again = await describedOf(awsSns, sent({ UnsubscribeURL: endpoint }), topic);
    expect(again.event.id).toBe(first.event.id);
    expect(first).toMatchObject({
      event: { type: 'Notification', time: new Date(contractNow).toISOString() },
      tenant: topic,
      deliveryId: id,
    });
    expect((await describedOf(awsSns, sent({ MessageId: id.replace('b', 'c') }), topic)).event.id).not.toBe(
      first.event.id,
    );
  });

  test('is said to be weakly proved where it has attributes, which are not signed', async () => {
    expect(await proofOf(sent())).toEqual({ secret: 0, id });
    const MessageAttributes = { a: { Type: 'String', Value: 'b' } };
    expect(await proofOf(sent({ MessageAttributes }))).toEqual({ secret: 0, id, weakBody: true });
  });
});

describe('the confirmation of a subscription', () => {
  const subscribeUrl = `${endpoint}?Action=ConfirmSubscription&TopicArn=${topic}&Token=2336412f37`;
  const { Subject: _, ...rest } = notification;
  const confirmation = {
    ...rest,
    Type: 'SubscriptionConfirmation',
    Message: `You have chosen to subscribe to the topic ${topic}.`,
    Token: '2336412f37',
    SubscribeURL: subscribeUrl,
  };
  const asked = (fields: Fields) => {
    const { body, headers } = sentAs({ Signature: signatureOf(fields), ...fields });
    return webhookOf({ url: contractUrl, headers: new Map(Object.entries(headers)), body });
  };
  const answered = async (fields: Fields) => {
    const webhook = asked(fields);
    const handshake = handshakeOf(awsSns.handshakes, webhook);
    if (!handshake) throw new Error('expected a handshake');
    return answerOf(handshake, webhook, () => topic);
  };

  test('must prove its signature and topic', async () => {
    expect(handshakeOf(awsSns.handshakes, asked(confirmation))?.proof ?? 'signature').toBe('signature');
    const request = sentAs({ Signature: signatureOf(confirmation), ...confirmation });
    expect(await outcome(request)).toBe('#0');
    expect(await sdkAccepts(request)).toBe(true);
    expect(await outcome(request, [`${topic}2`])).toBe('401 signature-mismatch');
    expect(await outcome(sentAs({ ...confirmation, Signature: signatureOf(confirmation), Token: 'a' }))).toBe(
      '401 signature-mismatch',
    );
  });

  test('calls SNS once, follows nowhere, and is answered when SNS has confirmed', async () => {
    fetch.mockClear();
    expect(await answered(confirmation)).toEqual({});
    expect(fetch.mock.calls).toEqual([[subscribeUrl, { redirect: 'error', signal: expect.any(AbortSignal) }]]);
  });

  test.each([
    ['refuses', () => Promise.resolve(new Response('', { status: 403 }))],
    ['fails', () => Promise.resolve(new Response('', { status: 500 }))],
    ['redirects', () => Promise.reject(new TypeError('fetch failed'))],
    ['does not answer', () => Promise.reject(new DOMException(`timeout of ${subscribeUrl}`, 'TimeoutError'))],
  ])('is asked for again where SNS %s, and tells nobody its token', async (_what, answer) => {
    fetch.mockImplementationOnce(answer);
    const failure = await answered(confirmation).catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 503, reason: 'subscription-unconfirmed' });
    expect(String((failure as Error).cause)).not.toContain('2336412f37');
  });

  test.each([
    `https://example.com/?Action=ConfirmSubscription&TopicArn=${topic}&Token=a`,
    `http://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topic}&Token=a`,
    `https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topic}&Token=a`,
    `https://sns.eu-central-1.amazonaws.com:444/?Action=ConfirmSubscription&TopicArn=${topic}&Token=a`,
    `https://a:b@sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topic}&Token=a`,
    `https://sns.s3-eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topic}&Token=a`,
    `${endpoint}?Action=DeleteTopic&TopicArn=${topic}&Token=a`,
    `${endpoint}?Action=ConfirmSubscription&Action=DeleteTopic&TopicArn=${topic}&Token=a`,
    `${endpoint}?Action=ConfirmSubscription&TopicArn=${topic}2&Token=a`,
    `${endpoint}x?Action=ConfirmSubscription&TopicArn=${topic}&Token=a`,
    'not a url',
  ])('never calls %s', async (SubscribeURL) => {
    fetch.mockClear();
    await expect(answered({ ...confirmation, SubscribeURL })).rejects.toMatchObject({ status: 401 });
    expect(fetch).not.toHaveBeenCalled();
  });

  test('is what SNS calls so in the body, whatever the header says', () => {
    expect(handshakeOf(awsSns.handshakes, asked(notification))).toBeUndefined();
    expect(handshakeOf(awsSns.handshakes, asked({ ...confirmation, Type: 'UnsubscribeConfirmation' }))).toBeUndefined();
  });
});

describe('messages that SNS has really sent', () => {
  const url = 'https://sns.us-east-2.amazonaws.com/SimpleNotificationService-7ff5318490ec183fbaddaa2a969abfda.pem';
  const account = 'arn:aws:sns:us-east-2:295079676684';
  const messages = [
    {
      Type: 'Notification',
      MessageId: '792cda85-518f-5dd3-9163-81d851212f3a',
      TopicArn: `${account}:publish-and-verify-892f85fe-4836-424d-8188-ab85bef0f362`,
      Message: 'Hello world',
      Timestamp: '2022-07-28T21:23:58.317Z',
      SignatureVersion: '1',
      Signature:
        'ghtf+deOBAzHJJZ6s6CdRLfTQAlcGzq9naoFM1wi0CJiq//uVRuZnamrkWNF0fhouMFvuLVRwcz8PZLUMSfnmd5VpdTKpTyiKmy1qJAZXma0w+yi7G+I33hD1Jyk1Nbym2n0kqp3fVu2aoooiN2ZeLAT2bH0/BtjLSfN1yAOKNoprco4qV9gGUZinXJdj9a1YdNhDR2jKi33ldlsVtEXAtiaDklGEk7DgRKX38GerBPiLg3FdtgY6KC7cdeGpU/dGK+4hjc83Ive1HoFkAwqhpgInM2sMytBosoiXfCmOKmU4xeGD0gHDNZTlJUJQDlzw8Eag0H9f/5zXF9d3uy0YQ==',
      SigningCertURL: url,
    },
    {
      Type: 'Notification',
      MessageId: '17dea24b-55c2-540b-8362-f916557af765',
      TopicArn: `${account}:publish-and-verify-62674b1d-4295-426b-88e7-5fb75652a04e`,
      Message: 'Hello world',
      Timestamp: '2022-07-28T21:24:08.324Z',
      SignatureVersion: '2',
      Signature:
        'CXVqp9PfZAL+4JHS3Zxo1PFbQsvnOjvmYhtIf17TWpwc+iIVas8kZ8GopuzVzVMdatE7rCl/O4P91Zp05Dwz8lk8dLhfp8gSu3Njlzxlyrmzo9x3va3Jb7zFnedgS2GKnZWHGBdwTXho+TosNUE+3e10OMSlwN5XGDwX7+R3WL+rn+AXmFAqp3alg27sYa55h1dLE9cGszGPjScPdtF3BmZsUDMx9wSdNKsCk+vSvE8yBjnCmUl7laSFj3LzPVrlSwgNYCF3kYnNAkah7NplK4SFhJYLwS0HCVCQJKa8rVbQLf9cBTu60U402mrgy0bN8xWoyimzbYbrOMJjalqkUg==',
      SigningCertURL: url,
    },
  ];
  const certificate = `-----BEGIN CERTIFICATE-----
MIIF1zCCBL+gAwIBAgIQB9pYWG3Mi7xej22g9pobJTANBgkqhkiG9w0BAQsFADBG
MQswCQYDVQQGEwJVUzEPMA0GA1UEChMGQW1hem9uMRUwEwYDVQQLEwxTZXJ2ZXIg
Q0EgMUIxDzANBgNVBAMTBkFtYXpvbjAeFw0yMTA5MDcwMDAwMDBaFw0yMjA4MTcy
MzU5NTlaMBwxGjAYBgNVBAMTEXNucy5hbWF6b25hd3MuY29tMIIBIjANBgkqhkiG
9w0BAQEFAAOCAQ8AMIIBCgKCAQEAutFqueT3XgP13udzxE6UpbdjOtVO5DwoMpSM
iDNMnGzF1TYH5/R2LPUOBeTB0SkKnR4kpNcUZhicpGD4aKciz/GEZ6wu65xncfT9
H/KBOQwoXYTuClHwp6fYpGzcGFaFoEYMnijL/o4qmTSd+ukglQUgKpsDw4ofw6rU
m2CttJo+GQSNQ9NfGR1h/0J+zsApkeSYrXRx5wNlu87z8os1C/6PBrUHwt3xXeaf
Xzfwut8aRRYsS8BySOA9DAgLfNHlfdQCjKPXKrG/ussgReyWD6n/HH+j7Uha3xos
TzQqJifcxlTq6MxWdPR6fDaJNvqw6DOE7UjUNxHguXHlVfxhlQIDAQABo4IC6TCC
AuUwHwYDVR0jBBgwFoAUWaRmBlKge5WSPKOUByeWdFv5PdAwHQYDVR0OBBYEFAqz
C+vyouneE7mWWLbi9i0UsWUbMBwGA1UdEQQVMBOCEXNucy5hbWF6b25hd3MuY29t
MA4GA1UdDwEB/wQEAwIFoDAdBgNVHSUEFjAUBggrBgEFBQcDAQYIKwYBBQUHAwIw
OwYDVR0fBDQwMjAwoC6gLIYqaHR0cDovL2NybC5zY2ExYi5hbWF6b250cnVzdC5j
b20vc2NhMWIuY3JsMBMGA1UdIAQMMAowCAYGZ4EMAQIBMHUGCCsGAQUFBwEBBGkw
ZzAtBggrBgEFBQcwAYYhaHR0cDovL29jc3Auc2NhMWIuYW1hem9udHJ1c3QuY29t
MDYGCCsGAQUFBzAChipodHRwOi8vY3J0LnNjYTFiLmFtYXpvbnRydXN0LmNvbS9z
Y2ExYi5jcnQwDAYDVR0TAQH/BAIwADCCAX0GCisGAQQB1nkCBAIEggFtBIIBaQFn
AHYAKXm+8J45OSHwVnOfY6V35b5XfZxgCvj5TV0mXCVdx4QAAAF7vfDVkQAABAMA
RzBFAiEA2XfHuy36aqRFiaL8c3md2mH451go8707+fRE0pEdSRACIE/g5FXTUXUZ
PFcmOhm9TZ+uMY1i4CIQ/CKVWln6C3t+AHYAUaOw9f0BeZxWbbg3eI8MpHrMGyfL
956IQpoN/tSLBeUAAAF7vfDVjAAABAMARzBFAiBF1MhhFP0+FQt3daDFfMYoWwnr
muTInrjNpwfzlvQBugIhAPYadFzr+LaxSJoiZEbEHBvTts7bT0M3eCQONA2O7w6n
AHUAQcjKsd8iRkoQxqE6CUKHXk4xixsD6+tLx2jwkGKWBvYAAAF7vfDVdAAABAMA
RjBEAiAtPapmFAuA71ih4NoSd5hJelzAltNQpxDMcDfDyHyU8gIgWxmaa6+2KbBu
9xdv379zvnJACFR7jc+4asl08Dn4aagwDQYJKoZIhvcNAQELBQADggEBAA54QX0u
oFWXfMmv02CGZv4NWo5TapyeeixQ2kKpZHRdVZjxZrw+hoF6HD7P3kGjH8ztyJll
tDxB0qgMltbPhQdScwhA6iTgoaBYqEUC/VHKd4PmmPT6yIsM36NBZVmkGlzl5uNo
/dBgBaG0SsVJnhr5zro3c2quC7n6fVGEZhf/UgQwRnnvThnvbNKguglDMq4uEqv8
njKyleht+glkcmXO0m9qLKt6BOS0amy6U2GlAwRn0Wx02ndJtnRCSC6kPuRWK/SQ
FEjB7gCK4hdKaAOuWdZpI55vF6ifOeM8toC3g7ofO8qLTnJupAG+ZitY5J3cvHWr
HqOUdKigPDHYLRo=
-----END CERTIFICATE-----
`;
  const at = Date.parse('2022-07-28T21:24:30Z');
  const topics = messages.map(({ TopicArn }) => TopicArn);
  const download = vi.fn<typeof globalThis.fetch>(async () => new Response(certificate));
  const fetching = () =>
    awsSnsWith({
      certificates: certificateStore({ keepsAt: keepsCertificateAt, isOf: isOfSnsItself, fetch: download }),
      fetch,
      waitMs: 1_000,
    });

  test('are taken by the certificate that SNS publishes, which is fetched once', async () => {
    const preset = fetching();
    for (const [index, message] of messages.entries()) {
      expect(await outcomeOf(preset, sentAs(message), topics, at)).toBe(`#${index}`);
      const changed = { ...message, Message: 'Hello, world' };
      expect(await outcomeOf(preset, sentAs(changed), topics, at)).toBe('401 signature-mismatch');
    }
    expect(download).toHaveBeenCalledOnce();
  });

  test('are taken by the same certificate where the secret holds it', async () => {
    for (const [index, message] of messages.entries()) {
      expect(await outcomeOf(awsSns, sentAs(message), [...topics, certificate.trimEnd()], at)).toBe(`#${index}`);
    }
  });

  test('are not taken by a certificate that has expired', async () => {
    const later = at + 365 * 24 * 3_600_000;
    const late = { ...messages[0], Timestamp: new Date(later).toISOString() };
    expect(await outcomeOf(fetching(), sentAs(late), topics, later)).toBe('401 certificate-expired');
  });
});
