import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { answerOf, handshakeOf } from '../../../../functions/receive/handshakes/handshake.ts';
import { slack } from '../../../../functions/receive/providers/slack.ts';
import { webhookOf } from '../../../../functions/receive/webhook.ts';
import { slack as platform } from '../../../../infra/platforms/slack.ts';
import { keepsHeaderContract } from '../../../support/header-contract.ts';
import {
  contractNow,
  contractUrl,
  describedOf,
  keepsPresetContract,
  outcomeOf,
  type PresetContract,
} from '../../../support/preset-contract.ts';
import { verifySlackRequest } from '../../../support/slack-verifier.ts';

const seconds = Math.floor(contractNow / 1000);
const signatureOf = (body: string | Buffer, secret: string, at: number | string) =>
  `v0=${createHmac('sha256', secret).update(`v0:${at}:`).update(body).digest('hex')}`;

const contract: PresetContract & { readonly signature: string } = {
  provider: slack,
  platform,
  right: { stored: 'slack secret', key: 'slack secret' },
  other: { stored: 'another', key: 'another' },
  sign: ({ body, key, at }) => {
    const timestamp = String(Math.floor(at / 1000));
    const signature = signatureOf(body, key, timestamp);
    return { body, headers: { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature } };
  },
  signature: 'x-slack-signature',
  toleranceSeconds: 300,
  sdkAccepts: ({ body, headers }, stored) =>
    verifySlackRequest(
      stored,
      body.toString(),
      headers['x-slack-signature'] ?? '',
      Number(headers['x-slack-request-timestamp']),
      contractNow,
    ),
};

keepsPresetContract(contract);
keepsHeaderContract({
  ...contract,
  timestamp: { header: 'x-slack-request-timestamp', toleranceSeconds: 300 },
});

const webhook = (body: string, headers: Readonly<Record<string, string>> = {}) =>
  webhookOf({ url: contractUrl, headers: new Map(Object.entries(headers)), body: Buffer.from(body) });
const secret = () => 'slack secret';
const command = 'command=%2Fdeploy&text=now&team_id=T1&trigger_id=1.2';
const question =
  '{"token":"t","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P","type":"url_verification"}';

test('its own verifier judges every signature and time as the preset does', async () => {
  const body = '{"a":1}';
  const right = signatureOf(body, 'secret', seconds);
  const judged: readonly (readonly [string, number])[] = [
    [right, seconds],
    [signatureOf(body, 'other', seconds), seconds],
    [right.toUpperCase(), seconds],
    [right.replace('v0', 'v1'), seconds],
    ['v0=', seconds],
    [signatureOf(body, 'secret', seconds - 300), seconds - 300],
    [signatureOf(body, 'secret', seconds - 301), seconds - 301],
    [right, seconds - 1],
  ];
  for (const [signature, at] of judged) {
    const headers = { 'x-slack-signature': signature, 'x-slack-request-timestamp': String(at) };
    const ours = (await outcomeOf(slack, { body: Buffer.from(body), headers }, ['secret'])) === '#0';
    expect(ours, `${signature} ${at}`).toBe(verifySlackRequest('secret', body, signature, at, contractNow));
  }
});

test("accepts the documentation's own example", async () => {
  const body =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V' +
    '&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=' +
    '&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN' +
    '&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
  const headers = {
    'x-slack-request-timestamp': '1531420618',
    'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  };
  const example = { body: Buffer.from(body), headers };
  expect(await outcomeOf(slack, example, ['8f742231b10e8888abcd99yyyzzz85a5'], 1_531_420_618_000)).toBe('#0');
});

describe('the verification of a URL', () => {
  test('gives the challenge back', async () => {
    const handshake = handshakeOf(slack.handshakes, webhook(question));
    if (!handshake) throw new Error('expected a handshake');
    expect(await answerOf(handshake, webhook(question), secret)).toEqual({
      body: '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P',
    });
  });

  test('must prove the secret as any event does', () => {
    expect(handshakeOf(slack.handshakes, webhook(question))?.proof ?? 'signature').toBe('signature');
  });

  test.each([
    ['no challenge', '{"type":"url_verification"}'],
    ['an empty challenge', '{"type":"url_verification","challenge":""}'],
    ['a challenge that is no text', '{"type":"url_verification","challenge":["a"]}'],
    ['a challenge of endless length', `{"type":"url_verification","challenge":"${'a'.repeat(1_025)}"}`],
  ])('with %s is refused', async (_what, body) => {
    const handshake = handshakeOf(slack.handshakes, webhook(body));
    if (!handshake) throw new Error('expected a handshake');
    await expect(answerOf(handshake, webhook(body), secret)).rejects.toMatchObject({ status: 400 });
  });

  test('is neither an event nor anything that somebody presses', () => {
    const pressed = `payload=${encodeURIComponent(question)}`;
    for (const body of ['{"type":"event_callback","challenge":"a"}', pressed, command, '[]', 'null', '']) {
      expect(handshakeOf(slack.handshakes, webhook(body)), body).toBeUndefined();
    }
  });
});

test('commands and buttons are acknowledged by nothing at all, events as usual', () => {
  const pressed = `payload=${encodeURIComponent('{"type":"block_actions"}')}`;
  expect(slack.acknowledge?.(webhook(command), 'slack secret')).toEqual({});
  expect(slack.acknowledge?.(webhook(pressed), 'slack secret')).toEqual({});
  expect(slack.acknowledge?.(webhook('{"type":"event_callback"}'), 'slack secret')).toBeUndefined();
});

test('an event is the same when Slack tries again', async () => {
  const body = Buffer.from(
    '{"type":"event_callback","team_id":"T1","event_id":"Ev1","event_time":1795262000,"event":{"type":"app_mention"}}',
  );
  const first = await contract.sign({ body, key: 'slack secret', at: contractNow });
  const retried = await contract.sign({ body, key: 'slack secret', at: contractNow + 60_000 });
  const again = {
    ...retried,
    headers: { ...retried.headers, 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' },
  };
  const described = await describedOf(slack, first, 'slack secret');
  expect((await describedOf(slack, again, 'slack secret')).event.id).toBe(described.event.id);
  expect(described).toMatchObject({
    event: { type: 'app_mention', time: '2026-11-21T11:53:20.000Z' },
    tenant: 'T1',
    deliveryId: 'Ev1',
  });
});
