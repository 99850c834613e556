import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { problemsOf } from '../../../infra/definition/validate.ts';

const hmac = { algorithm: 'sha256', encoding: 'hex', signature: { header: 'x-signature' }, signed: '{body}' };

function problems(provider: unknown, pattern: unknown): readonly string[] {
  return problemsOf(
    {
      sources: { one: { provider } },
      consumers: { two: { from: { source: 'one', types: [pattern] }, handler: 'two.ts' } },
    },
    { root: '/project', fileExists: () => true },
  );
}

describe.each([
  [
    'github',
    [
      '*',
      'push',
      'pull_request.*',
      'pull_request*',
      'issues.opened',
      '*.opened',
      'workflow_run.completed',
      'ping',
      'repository_dispatch.on-demand-test',
      'sub_issues.*',
    ],
  ],
  [
    'stripe',
    [
      '*',
      'invoice.*',
      'checkout.session.completed',
      'v1.billing.meter.no_meter_found',
      'v2.core.account[requirements].updated',
      '*.paid',
    ],
  ],
  [
    'shopify',
    [
      '*',
      'orders/*',
      'orders/create',
      '*/delete',
      'customer.tags_added',
      'app_subscriptions/approaching_capped_amount',
    ],
  ],
  [
    'slack',
    [
      '*',
      'app_mention',
      'unknown',
      'command./deploy',
      'command./*',
      'interactivity.*',
      'interactivity.block_actions',
      'message*',
    ],
  ],
  ['standard-webhooks', ['*', 'user.created', 'TRANSFER_PROCESSED', 'user-group/created']],
  [hmac, ['*', 'Order Created', 'order:created']],
])('patterns for %j', (provider, patterns) => {
  test.each(patterns)('%s is taken', (pattern) => expect(problems(provider, pattern)).toEqual([]));
});

describe('a pattern that can match nothing is refused', () => {
  const place = 'pipeline.consumers.two.from.types[0] must be a pattern';

  test.each([
    ['github', 'pull_requests.opened', '(did you mean `pull_request.opened`?)'],
    ['github', 'issues', '(did you mean `issues.*`?)'],
    ['github', 'push.*', '(did you mean `push`?)'],
    ['github', 'Push', '(did you mean `push`?)'],
    ['github', 'pull_request.Opened', '(did you mean `pull_request.opened`?)'],
    ['github', 'pull-request.*', '(did you mean `pull_request.*`?)'],
    ['github', 'invoice.paid', "GitHub's event types"],
    ['stripe', 'Invoice.paid', '(did you mean `invoice.paid`?)'],
    ['stripe', 'invoice', '(did you mean `invoice.*`?)'],
    ['stripe', 'invoice/paid', "Stripe's event types"],
    ['shopify', 'orders.*/create', "Shopify's topics"],
    ['shopify', 'orders', '(did you mean `orders.*`?)'],
    ['shopify', 'ORDERS_CREATE', "Shopify's topics"],
    ['slack', 'command.deploy/', "Slack's event types"],
    ['slack', 'app mention', "Slack's event types"],
    ['slack', 'message.channels', '(did you mean `message`?)'],
    ['slack', 'url_verification', "Slack's event types"],
    ['standard-webhooks', 'user created', 'event types without spaces'],
    [hmac, 'order\u0000created', 'event types without control characters'],
  ])('%j %s', (provider, pattern, hint) => {
    const found = problems(provider, pattern);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`${place} that matches any of`);
    expect(found[0]).toContain(hint);
  });

  test.each(['', ' ', ' push', 'push ', '\n', 7, null, ['push'], 'x'.repeat(257)])('%j for any provider', (pattern) => {
    expect(problems('github', pattern)).toEqual([
      expect.stringContaining(`${place} of event types, without spaces around it`),
    ]);
  });
});

test('every event that GitHub documents by example can be subscribed to', () => {
  const file = createRequire(import.meta.url).resolve('@octokit/webhooks-examples');
  const examples: { name: string; examples: { action?: string }[] }[] = JSON.parse(readFileSync(file, 'utf8'));
  const types = examples.flatMap(({ name, examples: all }) =>
    all.map(({ action }) => (action ? `${name}.${action}` : name)),
  );
  expect(types.length).toBeGreaterThan(200);
  for (const type of types) expect(problems('github', type), type).toEqual([]);
});
