import { styleText } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { startRuntime } from '../../infra/local/runtime.ts';
import { synthesize } from '../support/assembly.ts';
import { withEnvironment } from '../support/assembly-environment.ts';
import { startDownstream } from '../support/downstream.ts';
import { type Expected, expectedOf, isFinal, type Outcome, outcomeKey, outcomesIn } from '../support/outcomes.ts';
import {
  eachAtOnce,
  forged,
  githubWebhooks,
  post,
  redelivered,
  stripeWebhook,
  type Webhook,
} from '../support/webhooks.ts';
import { pipeline } from './pipeline.ts';

type Expectation = 'accepted' | 'refused';
interface Sent {
  readonly webhook: Webhook;
  readonly expectation: Expectation;
  readonly kind: string;
}

const secrets = { github: 'demo-github-secret', stripe: 'whsec_demo_stripe_secret' };

/** Real payloads, and among them what a receiver meets in the wild. */
async function webhooks(): Promise<Sent[]> {
  const genuine = await githubWebhooks(secrets.github);
  const now = Math.floor(Date.now() / 1000);
  const stripe = ['invoice.paid', 'invoice.payment_failed', 'charge.succeeded', 'checkout.session.completed'].flatMap(
    (type) => Array.from({ length: 5 }, () => stripeWebhook(secrets.stripe, type)),
  );
  const every = <Item>(items: readonly Item[], n: number): Item[] => items.filter((_, index) => index % n === 0);
  const of = (kind: string, expectation: Expectation, items: readonly Webhook[]): Sent[] =>
    items.map((webhook) => ({ webhook, kind, expectation }));
  return [
    ...of('GitHub, genuine', 'accepted', genuine),
    ...of('GitHub, delivered twice', 'accepted', every(genuine, 7)),
    ...of('GitHub, replayed under a new delivery id', 'accepted', every(genuine, 11).map(redelivered)),
    ...of('GitHub, forged signature', 'refused', every(genuine, 9).map(forged)),
    ...of(
      'GitHub, body tampered with',
      'refused',
      every(genuine, 13).map((one) => ({ ...one, body: `${one.body} ` })),
    ),
    ...of(
      'GitHub, no signature',
      'refused',
      every(genuine, 29).map((one) => ({ ...one, headers: { 'x-github-event': 'push' } })),
    ),
    ...of('Stripe, genuine', 'accepted', stripe),
    ...of('Stripe, forged signature', 'refused', every(stripe, 4).map(forged)),
    ...of(
      'Stripe, signed an hour ago',
      'refused',
      Array.from({ length: 5 }, () => stripeWebhook(secrets.stripe, 'invoice.paid', now - 3_600)),
    ),
  ];
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const downstream = await startDownstream();
say('synthesizing the pipeline …');
const runtime = await startRuntime({
  assembly: withEnvironment(await synthesize({ pipeline: 'test/demo/pipeline.ts' }), {
    DOWNSTREAM_URL: downstream.url,
  }),
  port: 0,
  awsPort: 0,
  secrets,
  queueSpeed: 10,
});
const ledger = new DynamoDBClient({
  endpoint: runtime.awsEndpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
say(`posting to ${runtime.url}`);

const sent = await webhooks();
const answers = new Map<string, { accepted: number; refused: number; unexpected: number }>();
const expected = new Map<string, Expected>();
const ids = new Set<string>();
let duplicates = 0;
await eachAtOnce(sent, 16, async ({ webhook, kind, expectation }) => {
  const { status, id } = await post(runtime.url, webhook);
  const accepted = status >= 200 && status < 300;
  const row = answers.get(kind) ?? { accepted: 0, refused: 0, unexpected: 0 };
  answers.set(kind, row);
  row[accepted ? 'accepted' : 'refused'] += 1;
  if (accepted !== (expectation === 'accepted')) row.unexpected += 1;
  if (!accepted) return;
  if (ids.has(id)) duplicates += 1;
  ids.add(id);
  for (const one of expectedOf(pipeline, { id, source: webhook.source, type: webhook.type }))
    expected.set(outcomeKey(one), one);
});

const table = Object.values(runtime.outputs).flatMap(({ LedgerTable }) => LedgerTable ?? [])[0] ?? '';
const deadline = Date.now() + 240_000;
let outcomes: ReadonlyMap<string, Outcome> = new Map();
for (let shown = ''; ; ) {
  outcomes = await outcomesIn(ledger, table);
  const open = [...expected.keys()].filter((key) => !isFinal(outcomes.get(key)));
  const line = `${expected.size - open.length} of ${expected.size} settled`;
  if (line !== shown) say(line);
  shown = line;
  if (open.length === 0 || Date.now() > deadline) break;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
}

const total = (name: 'accepted' | 'refused' | 'unexpected'): number =>
  [...answers.values()].reduce((sum, row) => sum + row[name], 0);
const rows = [...expected.values()].map((one) => ({ ...one, outcome: outcomes.get(outcomeKey(one)) }));
const count = (test: (row: (typeof rows)[number]) => boolean): number => rows.filter(test).length;
const processed = count(({ outcome }) => outcome?.status === 'completed');
const dead = count(({ outcome }) => outcome?.status === 'dead');
const lost = rows.length - processed - dead;
const state = await runtime.state();
const deadInQueues = state.consumers.reduce((sum, { dead: letters }) => sum + letters, 0);
const effects = [...downstream.byKey.values()];

say('');
say(styleText('bold', 'Deliveries'));
console.table(Object.fromEntries(answers));
say(styleText('bold', 'Consumers'));
console.table(
  Object.fromEntries(
    Object.keys(pipeline.consumers).map((name) => {
      const own = rows.filter(({ consumer }) => consumer === name);
      const is = (status: string) => own.filter(({ outcome }) => outcome?.status === status);
      return [
        name,
        {
          events: own.length,
          processed: is('completed').length,
          'of them retried': is('completed').filter(({ outcome }) => (outcome?.attempts ?? 0) > 0).length,
          'dead-lettered': is('dead').length,
          lost: own.length - is('completed').length - is('dead').length,
        },
      ];
    }),
  ),
);
say(styleText('bold', 'Sums'));
const sums: [string, number, number][] = [
  ['posted = accepted + refused', sent.length, total('accepted') + total('refused')],
  ['accepted = events + duplicates', total('accepted'), ids.size + duplicates],
  ['events for consumers = processed + dead-lettered', rows.length, processed + dead],
  ['lost', lost, 0],
  ['answers that were not as expected', total('unexpected'), 0],
  ['dead-lettered events in the dead-letter queues', dead, deadInQueues],
  ['effects downstream, by idempotency key', effects.length, processed],
];
for (const [name, left, right] of sums) say(`${left === right ? '✓' : '✗'} ${name}: ${left} = ${right}`);
say(`  effects downstream, counted naively: ${effects.reduce((sum, n) => sum + n, 0)}`);

await runtime.stop();
await downstream.close();
ledger.destroy();
process.exitCode = sums.every(([, left, right]) => left === right) ? 0 : 1;
