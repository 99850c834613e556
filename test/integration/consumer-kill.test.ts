import { randomUUID } from 'node:crypto';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chaosOf } from '../../infra/local/chaos.ts';
import { eventually } from '../support/eventually.ts';
import { httpPost } from '../support/http-post.ts';
import { outcomesIn } from '../support/outcomes.ts';
import { type RunningPipeline, startPipeline } from '../support/running-pipeline.ts';
import { warehouse } from '../support/signers.ts';
import { eachAtOnce } from '../support/webhooks.ts';

/** Replay one with `NERITE_KILL_SEED=7 npm test -- test/integration/consumer-kill.test.ts`. */
const seed = Number(process.env.NERITE_KILL_SEED ?? 1);

let at: RunningPipeline;
/** By consumer, what is to happen when one of its handlers has had its effect. */
const heard = new Map<string, () => void>();
beforeAll(async () => {
  at = await startPipeline({
    pipeline: 'test/integration/consumer-kill/pipeline.ts',
    secrets: { warehouse: warehouse.secrets },
    queueSpeed: 10,
  });
  at.witness.heard = ({ consumer }) => heard.get(consumer)?.();
}, 120_000);
afterAll(() => at?.close());

/** Posts an event of a type, of some site, and answers its id. */
async function post(type: string, site = 'here'): Promise<string> {
  const body = JSON.stringify({ event: type, site, nonce: randomUUID() });
  const headers = { 'content-type': 'application/json', ...(await warehouse.sign(body)) };
  const { status, id } = await httpPost(at.runtime.url, { path: '/webhooks/warehouse', headers, body });
  expect(status).toBe(200);
  return id;
}

async function stateOf(consumer: string) {
  const { consumers } = await at.runtime.state();
  const state = consumers.find(({ name }) => name === consumer);
  if (!state) throw new Error(`there must be a consumer ${consumer}`);
  return state;
}

const emptied = (consumer: string) =>
  eventually(`${consumer} has an empty queue`, async () => {
    const { visible, inFlight, delayed } = await stateOf(consumer);
    return visible + inFlight + delayed === 0 || undefined;
  });

/**
 * Kills what runs of a consumer at so many of its steps, a step being any call to its ledger and any effect of its
 * handlers; and, when suspects are run alone after that, at two of them: a third could be the end of one.
 */
function killAtRandom(consumer: string, steps: { readonly kills: number; readonly among: number }) {
  const { random } = chaosOf(seed);
  const chosen = (site: string, kills: number, among: number): ReadonlySet<number> => {
    const numbers = new Set<number>();
    while (numbers.size < kills) numbers.add(Math.floor(random(`${consumer} ${site}`) * among));
    return numbers;
  };
  const fatal = { any: chosen('any', steps.kills, steps.among), alone: chosen('alone', 2, 20) };
  const seen = { any: 0, alone: 0, killed: 0 };
  const step = (kind: keyof typeof fatal): void => {
    if (!fatal[kind].has(seen[kind]++)) return;
    void at.runtime
      .function(consumer)
      .killRunning()
      .then((killed) => {
        seen.killed += killed;
      });
  };
  at.runtime.faults.add({
    service: 'dynamodb',
    kind: 'fail',
    match: ({ body }) => {
      const text = body.toString();
      if (!text.includes(`"${consumer}#0"`)) return false;
      step('any');
      if (text.includes('":alone":{"BOOL":true}')) step('alone');
      return false;
    },
  });
  heard.set(consumer, () => step('any'));
  return seen;
}

/** Each is completed without a spent attempt, and nothing is left. Answers the idempotency keys, by their first effects. */
async function completesEach(consumer: string, ids: readonly string[]): Promise<string[]> {
  expect(new Set(ids).size).toBe(ids.length);
  const outcomes = await eventually(
    `the end of each event of ${consumer}`,
    async () => {
      const found = await outcomesIn(at.ledger, at.ledgerTable);
      return ids.every((id) => found.get(`${id} ${consumer}`)?.status === 'completed') ? found : undefined;
    },
    120_000,
  );
  expect(ids.filter((id) => outcomes.get(`${id} ${consumer}`)?.attempts !== 0)).toEqual([]);
  await emptied(consumer);
  expect((await stateOf(consumer)).dead).toBe(0);
  expect(at.log.filter((line) => line.startsWith(`${consumer} |`) && line.includes('runs alone'))).not.toEqual([]);
  const told = at.witness.testimonies.filter((testimony) => testimony.consumer === consumer);
  const keys = new Set(told.map(({ idempotencyKey }) => idempotencyKey));
  expect(keys).toEqual(new Set(ids.map((id) => `${id}.${consumer}.0`)));
  return [...keys];
}

describe.concurrent('a consumer whose process is killed', () => {
  test(`at random moments (seed ${seed}) completes each of 100 events, with one effect each`, async () => {
    const kills = killAtRandom('steady', { kills: 6, among: 100 });
    const ids: string[] = [];
    await eachAtOnce(Array.from({ length: 100 }), 8, async () => {
      ids.push(await post('steady'));
    });
    await completesEach('steady', ids);
    expect(kills.killed).toBeGreaterThan(4);
  }, 150_000);

  test(`at random moments (seed ${seed}) completes each of 40 events in the order of their sites`, async () => {
    const kills = killAtRandom('ordered', { kills: 4, among: 40 });
    const bySite: readonly string[][] = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map(async (site) => {
        const ids: string[] = [];
        for (let nth = 0; nth < 5; nth++) ids.push(await post('ordered', site));
        return ids;
      }),
    );
    const keys = await completesEach('ordered', bySite.flat());
    expect(kills.killed).toBeGreaterThan(2);
    for (const ids of bySite) {
      const own = ids.map((id) => `${id}.ordered.0`);
      expect(keys.filter((key) => own.includes(key))).toEqual(own);
    }
  }, 150_000);

  test('by one of its events, every time, dead-letters that one and completes the nine that came with it', async () => {
    // Two invocations are all that it has. While they are busy, ten messages gather.
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    at.witness.reception = ({ type }) => (type === 'slow' ? released : undefined);
    for (const nth of [1, 2]) {
      await post('slow');
      await eventually(`slow event ${nth} runs`, () => {
        const running = at.witness.testimonies.filter(({ type }) => type === 'slow');
        return running.length >= nth || undefined;
      });
    }
    const [deadly = '', ...innocent] = await Promise.all(
      Array.from({ length: 10 }, (_, index) => post(index === 0 ? 'deadly' : 'innocent')),
    );
    expect(await stateOf('deadly')).toMatchObject({ visible: 10 });
    release();

    // Messages of one invocation have leases that end together.
    await eventually('a batch with all of them', async () => {
      const records = await Promise.all([deadly, ...innocent].map((id) => at.record(id, 'deadly')));
      const leases = new Set(records.map((record) => record?.leaseUntil?.N));
      return (leases.size === 1 && !leases.has(undefined)) || undefined;
    });

    const dead = await eventually(
      'the end of the deadly event',
      async () => {
        const record = await at.record(deadly, 'deadly');
        return record?.status?.S === 'dead' ? record : undefined;
      },
      120_000,
    );
    expect(dead).toMatchObject({ attempts: { N: '0' }, loneCrashes: { N: '3' }, gen: { N: '1' } });
    for (const id of innocent) {
      expect(await at.reaches(id, 'deadly', 'completed')).toMatchObject({ attempts: { N: '0' }, gen: { N: '0' } });
    }
    await emptied('deadly');

    const { deadLetterQueueUrl: QueueUrl, dead: letters } = await stateOf('deadly');
    expect(letters).toBe(1);
    const sqs = new SQSClient(at.client);
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'] }));
    sqs.destroy();
    expect(Messages.map(({ MessageAttributes }) => MessageAttributes?.reason?.StringValue)).toEqual([
      'its process crashed 3 times while it ran alone',
    ]);
    expect(Messages[0]?.Body).toContain(deadly);

    const keys = at.witness.testimonies
      .filter(({ type }) => type === 'innocent')
      .map(({ idempotencyKey }) => idempotencyKey);
    expect(new Set(keys)).toEqual(new Set(innocent.map((id) => `${id}.deadly.0`)));
  }, 150_000);
});
