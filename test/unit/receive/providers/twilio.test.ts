import { createHash } from 'node:crypto';
import twilioSdk from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, test } from 'vitest';
import { twilio } from '../../../../functions/receive/providers/twilio.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { twilio as platform } from '../../../../infra/platforms/twilio.ts';
import {
  contractUrl,
  describedOf,
  keepsPresetContract,
  outcomeOf,
  type PresetContract,
  type Sent,
} from '../../../support/preset-contract.ts';

const { getExpectedTwilioSignature, validateRequest, validateRequestWithBody } = twilioSdk;

/** A form's fields as its SDK is given them: a list where a name comes several times. */
const fieldsOf = (body: Buffer) => {
  const form = new URLSearchParams(body.toString());
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
};
const header = (signature: string) => ({ 'x-twilio-signature': signature });
const signedForm = (body: Buffer, key = 'auth token', url = contractUrl): Sent => ({
  body,
  url,
  headers: header(getExpectedTwilioSignature(key, url, fieldsOf(body))),
});
const signedJson = (body: Buffer, key = 'auth token', base = contractUrl): Sent => {
  const url = `${base}?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
  return { body, url, headers: header(getExpectedTwilioSignature(key, url, {})) };
};
const form = (fields: Readonly<Record<string, string>>) => Buffer.from(new URLSearchParams(fields).toString());
const outcome = (sent: Sent) => outcomeOf(twilio, sent, ['auth token']);
const sdkAccepts = ({ body, headers, url = contractUrl }: Sent, stored: string) => {
  const signature = headers['x-twilio-signature'] ?? '';
  return url.includes('bodySHA256')
    ? validateRequestWithBody(stored, signature, url, body.toString())
    : validateRequest(stored, signature, url, fieldsOf(body));
};

const contract: Omit<PresetContract, 'sign'> = {
  provider: twilio,
  platform,
  right: { stored: 'auth token', key: 'auth token' },
  other: { stored: 'another', key: 'another' },
  signature: 'x-twilio-signature',
  toleranceSeconds: null,
  sdkAccepts,
};

describe('JSON', () => {
  keepsPresetContract({ ...contract, sign: ({ body, key }) => signedJson(body, key) });

  test('is refused where its digest is another, there twice, missing or not signed', async () => {
    const sent = signedJson(Buffer.from('{"a":1}'));
    const digest = 'bodySHA256';
    for (const url of [
      contractUrl,
      `${sent.url}0`,
      `${sent.url}&${digest}=0`,
      sent.url?.replace(digest, 'bodysha256'),
    ]) {
      expect(await outcome({ ...sent, ...(url ? { url } : {}) }), url).toMatch(
        /^401 (signature-mismatch|body-not-signed)$/,
      );
    }
    const { body } = signedJson(Buffer.from('{"a":2}'));
    expect(await outcome({ ...sent, body })).toBe('401 signature-mismatch');
    expect(await outcome({ body, headers: header(getExpectedTwilioSignature('auth token', contractUrl, {})) })).toBe(
      '401 body-not-signed',
    );
  });
});

describe('a form', () => {
  keepsPresetContract({
    ...contract,
    sign: ({ body, key }) => signedForm(body, key),
    body: 'MessageSid=SM1&SmsStatus=received&Body=%C3%A9+%F0%9F%A6%80+%26%2B&From=%2B14155550100',
    coversBytes: false,
  });

  test('is proved by what its fields say, several of a name as one, in the order of names and values', async () => {
    for (const text of [
      'a=2&a=1&a=2&B=',
      'z=1&A=2&_=3',
      'a%5Bb%5D=1&a=',
      '%2B=%2B&x=%00',
      'a=%F0%9F%A6%80&a=%EF%BF%BD',
    ]) {
      const sent = signedForm(Buffer.from(text));
      expect(await outcome(sent), text).toBe('#0');
      expect(sdkAccepts(sent, 'auth token'), text).toBe(true);
    }
  });

  test('is refused where a field is changed, added or left out', async () => {
    const sent = signedForm(Buffer.from('Body=a&From=b'));
    for (const text of ['Body=b&From=b', 'Body=a', 'Body=a&From=b&To=c', 'Body=a&Body=c&From=b', '']) {
      expect(await outcome({ ...sent, body: Buffer.from(text) }), text).toMatch(/^401 /);
    }
  });

  test('is judged in time, however many fields somebody makes up', async () => {
    const body = Buffer.from(Array.from({ length: 100_000 }, (_, at) => `a${at}=`).join('&'));
    expect(await outcome({ body, headers: header('GvWf1cFY/Q7PnoempGyD5oXAezc=') })).toBe('401 signature-mismatch');
  });

  test('is one event however it is written', async () => {
    const sent = signedForm(Buffer.from('Body=a+b&From=%2Bc'));
    const { event } = await describedOf(twilio, sent, 'auth token');
    for (const text of ['From=%2bc&Body=a%20b', 'Body=a+b&From=%2Bc&Body=a+b', 'Body=a%20b&From=%2Bc']) {
      const rewritten = {
        ...sent,
        body: Buffer.from(text),
        headers: { ...sent.headers, 'i-twilio-idempotency-token': text },
      };
      expect((await describedOf(twilio, rewritten, 'auth token')).event.id, text).toBe(event.id);
    }
    const other = signedForm(Buffer.from('Body=a+b&From=%2Bd'));
    expect((await describedOf(twilio, other, 'auth token')).event.id).not.toBe(event.id);
  });
});

describe('the URL', () => {
  const body = form({ MessageSid: 'SM1', MessageStatus: 'sent' });
  const withUrl = (signedUrl: string, url: string): Sent => ({ ...signedForm(body, 'auth token', signedUrl), url });
  const query = "?a=it's&b=%7e+x%20y";
  const plain = `${contractUrl}${query}`;
  const withPort = plain.replace('example.com/', 'example.com:443/');

  test('may have been signed with its port or without, as it is or in the ways that the SDK knows', async () => {
    for (const signedUrl of [
      plain,
      withPort,
      plain.replace("'", '%27'),
      withPort.replace("'", '%27'),
      `${contractUrl}?a=it's&b=~%20x%20y`,
    ]) {
      const sent = withUrl(signedUrl, plain);
      expect(sdkAccepts(sent, 'auth token'), signedUrl).toBe(true);
      expect(await outcome(sent), signedUrl).toBe('#0');
    }
    const local = 'http://127.0.0.1:8080/webhooks/there';
    expect(await outcome(withUrl(local, local))).toBe('#0');
    expect(await outcome(withUrl('http://127.0.0.1/webhooks/there', local))).toBe('#0');
  });

  test('must be the one that was signed', async () => {
    for (const url of [contractUrl, `${plain}&c=1`, plain.replace('https', 'http'), plain.replace('there', 'here')]) {
      const sent = withUrl(plain, url);
      expect(sdkAccepts(sent, 'auth token'), url).toBe(false);
      expect(await outcome(sent), url).toBe('401 signature-mismatch');
    }
    expect(await outcome(withUrl(plain, plain.replace('.com/', '.com:8443/')))).toBe('#0');
    expect(await outcome({ ...signedForm(body), url: 'no url' })).toBe('401 signature-mismatch');
  });

  test('does not make two events of one, however somebody rewrites it', async () => {
    const escaped = plain.replace("'", '%27');
    const sent = withUrl(escaped, escaped);
    const first = await describedOf(twilio, sent, 'auth token');
    const again = await describedOf(twilio, { ...sent, url: plain }, 'auth token');
    expect(again.event.id).toBe(first.event.id);
  });
});

// Source: https://github.com/twilio/twilio-php/blob/main/tests/Twilio/Unit/Security/RequestValidatorTest.php
test('accepts the vectors that its SDKs are tested with', async () => {
  const url = 'https://mycompany.com/myapp.php?foo=1&bar=2';
  const body = form({
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675309',
    Digits: '1234',
    From: '+14158675309',
    To: '+18005551212',
  });
  const twelve = ['12345'];
  expect(await outcomeOf(twilio, { url, body, headers: header('RSOYDt4T1cUTdK1PDd93/VVr8B8=') }, twelve)).toBe('#0');
  const repeated = Buffer.from('Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234');
  expect(
    await outcomeOf(twilio, { url, body: repeated, headers: header('IK+Dwps556ElfBT0I3Rgjkr1wJU=') }, twelve),
  ).toBe('#0');
});

test('calls what it sends by its name, or by what it is the status of', async () => {
  const typeOf = async (sent: Sent) => (await describedOf(twilio, sent, 'auth token')).event.type;
  const typeOfForm = (fields: Readonly<Record<string, string>>) => typeOf(signedForm(form(fields)));
  expect(await typeOfForm({ EventType: 'onMessageAdded' })).toBe('onMessageAdded');
  expect(await typeOfForm({ StatusCallbackEvent: 'participant-join', CallStatus: 'x' })).toBe('participant-join');
  expect(await typeOfForm({ CallSid: 'CA1', RecordingStatus: 'completed' })).toBe('recording.completed');
  expect(await typeOfForm({ MessageStatus: 'read', SmsStatus: 'delivered' })).toBe('message.read');
  expect(await typeOfForm({ SmsStatus: 'received' })).toBe('message.received');
  expect(await typeOfForm({ CallStatus: 'ringing', Digits: '1' })).toBe('call.ringing');
  expect(await typeOfForm({ a: 'b' })).toBe('unknown');
  const stream = [{ type: 'com.twilio.messaging.message.delivered', data: { accountSid: 'AC1' } }];
  const sent = signedJson(Buffer.from(JSON.stringify(stream)));
  expect(await typeOf(sent)).toBe('com.twilio.messaging.message.delivered');
  expect((await describedOf(twilio, sent, 'auth token')).tenant).toBe('AC1');
});

test('acknowledges a call or a message with TwiML that does nothing, and says nothing in a conversation', () => {
  const acknowledged = (text: string) =>
    twilio.acknowledge?.(webhookOf({ url: contractUrl, headers: new Map(), body: Buffer.from(text) }), '');
  expect(acknowledged('CallStatus=ringing')).toEqual({
    body: '<?xml version="1.0" encoding="UTF-8"?><Response/>',
    contentType: 'text/xml',
  });
  expect(acknowledged('EventType=onMessageAdd')).toEqual({});
  expect(acknowledged('[{"type":"a"}]')).toBeUndefined();
});
