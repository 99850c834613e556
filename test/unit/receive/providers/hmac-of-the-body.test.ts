import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { calCom } from '../../../../functions/receive/providers/cal-com.ts';
import { circleci } from '../../../../functions/receive/providers/circleci.ts';
import { jira } from '../../../../functions/receive/providers/jira.ts';
import { pagerduty } from '../../../../functions/receive/providers/pagerduty.ts';
import type { Provider } from '../../../../functions/receive/providers/provider.ts';
import { sentry } from '../../../../functions/receive/providers/sentry.ts';
import { vercel } from '../../../../functions/receive/providers/vercel.ts';
import { calCom as calComPlatform } from '../../../../infra/platforms/cal-com.ts';
import { circleci as circleciPlatform } from '../../../../infra/platforms/circleci.ts';
import { jira as jiraPlatform } from '../../../../infra/platforms/jira.ts';
import { pagerduty as pagerdutyPlatform } from '../../../../infra/platforms/pagerduty.ts';
import type { Platform } from '../../../../infra/platforms/platform.ts';
import { sentry as sentryPlatform } from '../../../../infra/platforms/sentry.ts';
import { vercel as vercelPlatform } from '../../../../infra/platforms/vercel.ts';
import {
  contractNow,
  describedOf,
  keepsPresetContract,
  outcomeOf,
  type Sent,
} from '../../../support/preset-contract.ts';

interface Signer {
  readonly provider: Provider;
  readonly platform: Platform;
  readonly header: string;
  readonly prefix?: string;
  readonly algorithm?: 'sha1' | 'sha256';
  /** The header is a list, in which a stranger's signature may stand beside the right one. */
  readonly isList?: true;
}

const signers: readonly Signer[] = [
  { provider: jira, platform: jiraPlatform, header: 'x-hub-signature', prefix: 'sha256=' },
  { provider: calCom, platform: calComPlatform, header: 'x-cal-signature-256' },
  { provider: circleci, platform: circleciPlatform, header: 'circleci-signature', prefix: 'v1=', isList: true },
  { provider: pagerduty, platform: pagerdutyPlatform, header: 'x-pagerduty-signature', prefix: 'v1=', isList: true },
  { provider: sentry, platform: sentryPlatform, header: 'sentry-hook-signature' },
  { provider: vercel, platform: vercelPlatform, header: 'x-vercel-signature', algorithm: 'sha1' },
];

const hmac = (body: Buffer, key: string, algorithm = 'sha256') => createHmac(algorithm, key).update(body).digest('hex');

/** An authentic request of the platform that has this provider. */
function sentBy(provider: Provider, value: unknown, headers: Sent['headers'] = {}): Sent {
  const { header, prefix = '', algorithm } = signers.find((signer) => signer.provider === provider) ?? { header: '' };
  const body = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  return { body, headers: { ...headers, [header]: `${prefix}${hmac(body, 'right', algorithm)}` } };
}

for (const { provider, platform, header, prefix = '', algorithm, isList } of signers) {
  keepsPresetContract({
    provider,
    platform,
    right: { stored: 'right', key: 'right' },
    other: { stored: 'other', key: 'other' },
    sign: ({ body, key }) => ({ body, headers: { [header]: `${prefix}${hmac(body, key, algorithm)}` } }),
    ...(isList ? {} : { signature: header }),
    toleranceSeconds: null,
  });
}

describe.each(signers)('$provider.name', ({ provider, header, prefix = '', algorithm, isList }) => {
  const { body, headers } = sentBy(provider, { type: 'a' });
  const right = headers[header] ?? '';
  const outcomeWith = (value: string) => outcomeOf(provider, { body, headers: { [header]: value } }, ['right']);

  test('takes a signature exactly as it is written', async () => {
    for (const value of [right.toUpperCase(), ` ${right}`, `${right} `, `x${right}`, hmac(body, 'right', 'sha512')]) {
      expect(await outcomeWith(value), value).toMatch(/^401 /);
    }
    expect(await outcomeWith(right)).toBe('#0');
  });

  test.runIf(isList)('takes any signature of its version, and none of another', async () => {
    const forged = `${prefix}${hmac(body, 'other', algorithm)}`;
    const digest = right.slice(prefix.length);
    expect(await outcomeWith(`${forged},${right}`)).toBe('#0');
    expect(await outcomeWith(`v2=${digest},${right},v3=x`)).toBe('#0');
    for (const value of ['', ',', 'v1', 'v1=', forged, `v2=${digest}`, digest, `${forged},${forged}`]) {
      expect(await outcomeWith(value), value).toMatch(/^401 /);
    }
  });

  test('is the same event when it is sent again, whatever the headers say that are not signed', async () => {
    const first = await describedOf(provider, sentBy(provider, { id: 'one', event: { id: 'one' } }), 'right');
    const minted = {
      'request-id': 'x',
      'x-atlassian-webhook-identifier': 'x',
      'x-webhook-id': 'x',
      'x-request-id': 'x',
    };
    const again = await describedOf(provider, sentBy(provider, { id: 'one', event: { id: 'one' } }, minted), 'right');
    const other = await describedOf(provider, sentBy(provider, { id: 'two', event: { id: 'two' } }), 'right');
    expect(again.event.id).toBe(first.event.id);
    expect(other.event.id).not.toBe(first.event.id);
  });
});

describe('accepts what the platform itself publishes as an example', () => {
  const incident = {
    event: {
      id: '01BWDWL3NYY7LUFPZCC28QUCMK',
      event_type: 'incident.priority_updated',
      resource_type: 'incident',
      occurred_at: '2021-04-26T17:36:27.458Z',
      agent: {
        html_url: 'https://acme.pagerduty.com/users/PLH1HKV',
        id: 'PLH1HKV',
        self: 'https://api.pagerduty.com/users/PLH1HKV',
        summary: 'Tenex Engineer',
        type: 'user_reference',
      },
      client: null,
      data: {
        id: 'PGR0VU2',
        type: 'incident',
        self: 'https://api.pagerduty.com/incidents/PGR0VU2',
        html_url: 'https://acme.pagerduty.com/incidents/PGR0VU2',
        number: 2,
        status: 'triggered',
        title: 'A little bump in the road',
        service: {
          html_url: 'https://acme.pagerduty.com/services/PF9KMXH',
          id: 'PF9KMXH',
          self: 'https://api.pagerduty.com/services/PF9KMXH',
          summary: 'API Service',
          type: 'service_reference',
        },
        assignees: [
          {
            html_url: 'https://acme.pagerduty.com/users/PTUXL6G',
            id: 'PTUXL6G',
            self: 'https://api.pagerduty.com/users/PTUXL6G',
            summary: 'User 123',
            type: 'user_reference',
          },
        ],
        escalation_policy: {
          html_url: 'https://acme.pagerduty.com/escalation_policies/PUS0KTE',
          id: 'PUS0KTE',
          self: 'https://api.pagerduty.com/escalation_policies/PUS0KTE',
          summary: 'Default',
          type: 'escalation_policy_reference',
        },
        teams: [
          {
            html_url: 'https://acme.pagerduty.com/teams/PFCVPS0',
            id: 'PFCVPS0',
            self: 'https://api.pagerduty.com/teams/PFCVPS0',
            summary: 'Engineering',
            type: 'team_reference',
          },
        ],
        priority: {
          html_url: 'https://acme.pagerduty.com/account/incident_priorities',
          id: 'PSO75BM',
          self: 'https://api.pagerduty.com/priorities/PSO75BM',
          summary: 'P1',
          type: 'priority_reference',
        },
        urgency: 'high',
        conference_bridge: { conference_number: 1000, conference_url: 'https://example.com' },
        resolve_reason: null,
      },
    },
  };

  // Sources: those of the presets.
  test.each<[Provider, string, string, string]>([
    [
      jira,
      "It's a Secret to Everybody",
      'Hello World!',
      'sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9',
    ],
    [circleci, 'secret', 'hello world', 'v1=734cc62f32841568f45715aeb9f4d7891324e6d948e4c6c60c0621cdac48623a'],
    [circleci, 'another-secret', 'lalala', 'v1=daa220016c8f29a8b214fbfc3671aeec2145cfb1e6790184ffb38b6d0425fa00'],
    [
      circleci,
      'hunter123',
      'an-important-request-payload',
      'v1=9be2242094a9a8c00c64306f382a7f9d691de910b4a266f67bd314ef18ac49fa',
    ],
    [
      pagerduty,
      'lDQHScfUeXUKaQRNF+8XIiDKZ7XX3itBAYzwU0TARw8lJqRnkKl2iB1anSb0Z+IK',
      JSON.stringify(incident),
      'v1=0c0b9495b893a39e70d1fea2fe11fbe0a825f88b9f67846f6cc07dd2bc5476cd',
    ],
  ])('$name', async (provider, secret, content, signature) => {
    const header = signers.find((signer) => signer.provider === provider)?.header ?? '';
    const sent = { body: Buffer.from(content), headers: { [header]: signature } };
    expect(await outcomeOf(provider, sent, [secret])).toBe('#0');
    expect(await outcomeOf(provider, { ...sent, body: Buffer.from(`${content}.`) }, [secret])).toBe(
      '401 signature-mismatch',
    );
  });
});

test('cal.com without a secret signs nothing, and is refused', async () => {
  const sent = { body: Buffer.from('{}'), headers: { 'x-cal-signature-256': 'no-secret-provided' } };
  expect(await outcomeOf(calCom, sent, ['right'])).toBe('401 signature-mismatch');
});

test.each<[Provider, unknown, Sent['headers'], object]>([
  [
    jira,
    { timestamp: 1_795_262_000_500, webhookEvent: 'jira:issue_updated', issue: { key: 'JRA-1' } },
    { 'x-atlassian-webhook-identifier': 'w-1' },
    { event: { type: 'jira:issue_updated', time: '2026-11-21T11:53:20.500Z' }, deliveryId: 'w-1' },
  ],
  [
    calCom,
    { triggerEvent: 'BOOKING_CREATED', createdAt: '2026-11-21T11:53:20.500Z', payload: {} },
    {},
    { event: { type: 'BOOKING_CREATED', time: '2026-11-21T11:53:20.500Z' }, deliveryId: undefined },
  ],
  [
    circleci,
    { id: 'c-1', type: 'job-completed', happened_at: '2026-11-21T11:53:20.500123Z', organization: { id: 'o-1' } },
    { 'circleci-event-type': 'workflow-completed' },
    { event: { type: 'job-completed', time: '2026-11-21T11:53:20.500Z' }, tenant: 'o-1', deliveryId: 'c-1' },
  ],
  [
    pagerduty,
    { event: { id: 'p-1', event_type: 'incident.triggered', occurred_at: '2026-11-21T11:53:20Z' } },
    { 'x-webhook-id': 'w-1' },
    { event: { type: 'incident.triggered', time: '2026-11-21T11:53:20.000Z' }, deliveryId: 'p-1' },
  ],
  [
    sentry,
    { action: 'resolved', installation: { uuid: 'i-1' } },
    { 'sentry-hook-resource': 'issue', 'request-id': 'r-1', 'sentry-hook-timestamp': '1' },
    {
      event: { type: 'issue.resolved', time: new Date(contractNow).toISOString() },
      tenant: 'i-1',
      deliveryId: undefined,
    },
  ],
  [sentry, { action: 5 }, { 'sentry-hook-resource': 'issue' }, { event: { type: 'issue' } }],
  [sentry, { action: 'created' }, {}, { event: { type: 'unknown' } }],
  [
    vercel,
    {
      id: 'v-1',
      type: 'deployment.ready',
      createdAt: 1_795_262_000_500,
      payload: { team: { id: 't-1' }, user: { id: 'u-1' } },
    },
    {},
    { event: { type: 'deployment.ready', time: '2026-11-21T11:53:20.500Z' }, tenant: 't-1', deliveryId: undefined },
  ],
  [vercel, { payload: { team: null, user: { id: 'u-1' } } }, {}, { event: { type: 'unknown' }, tenant: 'u-1' }],
])('$name: an event is named as the platform names it (%#)', async (provider, value, headers, expected) => {
  expect(await describedOf(provider, sentBy(provider, value, headers), 'right')).toMatchObject(expected);
});
