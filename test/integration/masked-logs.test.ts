import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { maskedFields, maskedNames } from '../../functions/core/masked-names.ts';
import { emfProblems, isEmf } from '../support/emf.ts';
import { eventually } from '../support/eventually.ts';
import { type RunningPipeline, startPipeline } from '../support/running-pipeline.ts';
import {
  eachAtOnce,
  forged,
  githubWebhooks,
  post,
  redelivered,
  stripeWebhook,
  type Webhook,
} from '../support/webhooks.ts';
import { pipeline as definition } from './masked-logs/pipeline.ts';

const secrets = { github: 'masked github secret', stripe: 'whsec_masked_stripe_secret' };
const isMasked = maskedNames([...maskedFields, ...(definition.logs?.mask ?? [])]);
/** The functions that count something whenever they run; the compactor has nothing to do for hours. */
const expected = ['receiver', 'consumer-careless', 'sweeper', 'archiver'];
/** Shorter ones stand in many a word. */
const leastCharacters = 6;

let pipeline: RunningPipeline;
let sent: Webhook[] = [];
/** What functions wrote, without their names. */
let lines: string[] = [];
let reasons: string[] = [];

/** The demo's deliveries: real payloads, copies, and forgeries. */
async function deliveries(): Promise<Webhook[]> {
  const genuine = await githubWebhooks(secrets.github);
  const every = (n: number) => genuine.filter((_, index) => index % n === 0);
  const stripe = ['invoice.paid', 'charge.succeeded'].map((type) => stripeWebhook(secrets.stripe, type));
  return [
    ...genuine,
    ...every(7),
    ...every(11).map(redelivered),
    ...every(9).map(forged),
    ...stripe,
    ...stripe.map(forged),
  ];
}

beforeAll(async () => {
  pipeline = await startPipeline({
    pipeline: 'test/integration/masked-logs/pipeline.ts',
    secrets,
    queueSpeed: 10,
    metrics: true,
  });
  sent = await deliveries();
  const accepted = new Set<string>();
  await eachAtOnce(sent, 8, async (webhook) => {
    const { status, id } = await post(pipeline.runtime.url, webhook);
    if (status === 200) accepted.add(id);
  });
  await pipeline.emptied();
  await pipeline.runtime.invokeSchedules();
  await eventually(
    'lines of every function',
    () => (expected.every((name) => services().has(name)) ? true : undefined),
    30_000,
  );
  lines = pipeline.log.flatMap((line) => /^[\w-]+ \| (.*)$/s.exec(line)?.[1] ?? []);
  reasons = await reasonsIn(pipeline.ledger, pipeline.ledgerTable);
}, 240_000);

afterAll(() => pipeline.close());

function services(): Set<unknown> {
  const emf = pipeline.log.flatMap((line) => /^[\w-]+ \| (\{.*"_aws".*\})$/s.exec(line)?.[1] ?? []);
  return new Set(emf.map((line) => JSON.parse(line).service));
}

async function reasonsIn(client: DynamoDBClient, table: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table })) {
    found.push(...Items.flatMap(({ reason }) => reason?.S ?? []));
  }
  return found;
}

/** Every value under a masked name, and every other value, of all payloads. */
function valuesOf(payloads: readonly unknown[]) {
  const masked = new Map<string, string>();
  const others = new Set<string>();
  const visit = (value: unknown, name: string): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) visit(member, name || (isMasked(key) ? key : ''));
      return;
    }
    if (typeof value !== 'string' && typeof value !== 'number') return;
    if (name === '') others.add(String(value));
    else masked.set(String(value), name);
  };
  for (const payload of payloads) visit(payload, '');
  return { masked, others: [...others].join('\n') };
}

describe('no line of any function', () => {
  test('has a value of a masked field of the real payloads', () => {
    const { masked, others } = valuesOf(sent.map(({ body }) => JSON.parse(body)));
    const telling = [...masked].filter(([value]) => value.length >= leastCharacters && !others.includes(value));
    // There must be something to find, and lines to find it in.
    expect(telling.length).toBeGreaterThan(20);
    expect(lines.length).toBeGreaterThan(5 * sent.length);
    const text = [...lines, ...reasons].join('\n');
    expect(telling.filter(([value]) => text.includes(value))).toEqual([]);
  });

  test('has an e-mail address, a secret or a signature', () => {
    const text = [...lines, ...reasons].join('\n');
    expect(text.match(/[\w.+-]+@[\w-]+\.[a-z]{2,}/gi)).toBeNull();
    for (const secret of Object.values(secrets)) expect(text).not.toContain(secret);
    const signatures = sent.flatMap(
      ({ headers }) =>
        Object.values(headers)
          .join()
          .match(/[0-9a-f]{64}/g) ?? [],
    );
    expect(signatures.filter((signature) => text.includes(signature))).toEqual([]);
  });

  test('says so little that nothing could be found by it', () => {
    const told = lines.map((line) => JSON.parse(line)).filter(({ message }) => message === 'payload');
    expect(told[0]).toMatchObject({
      eventId: expect.any(String),
      traceId: expect.any(String),
      data: { sender: { login: '[masked]' } },
    });
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons) expect(reason).toMatch(/^(not handled|cannot handle): ?\{|^cannot handle \{/);
  });
});

describe('every line that carries metrics', () => {
  test('is as CloudWatch takes it, whichever function wrote it', () => {
    const emf = lines.filter(isEmf);
    expect([...services()]).toEqual(expect.arrayContaining(expected));
    expect(emf.flatMap((line) => emfProblems(line))).toEqual([]);
  });

  test('tells of one event what became of it, where there was one', () => {
    const processed = lines
      .filter(isEmf)
      .map((line) => JSON.parse(line))
      .filter(({ message }) => message === 'processed');
    expect(processed.length).toBeGreaterThan(0);
    expect(processed[0]).toMatchObject({
      level: 'INFO',
      Processed: 1,
      Attempts: 1,
      Succeeded: 1,
      traceId: expect.any(String),
    });
  });
});
