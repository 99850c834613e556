import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { billedUnits } from '../../infra/local/aws/request-counts.ts';
import { eventually } from '../support/eventually.ts';
import { httpPost } from '../support/http-post.ts';
import { type RunningPipeline, startPipeline } from '../support/running-pipeline.ts';
import { warehouse } from '../support/signers.ts';
import { eachAtOnce } from '../support/webhooks.ts';

let at: RunningPipeline;
beforeAll(async () => {
  at = await startPipeline({
    pipeline: 'test/integration/backlog/pipeline.ts',
    secrets: { warehouse: warehouse.secrets },
    metrics: true,
  });
}, 120_000);
afterAll(() => at?.close());
beforeEach(() => {
  at.witness.reception = () => undefined;
});

/** Posts so many events of a type, and answers their ids. */
async function post(type: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  await eachAtOnce(Array.from({ length: count }), 4, async () => {
    const body = JSON.stringify({ event: type, nonce: randomUUID() });
    const headers = { 'content-type': 'application/json', ...(await warehouse.sign(body)) };
    const { status, id } = await httpPost(at.runtime.url, { path: '/webhooks/warehouse', headers, body });
    expect(status).toBe(200);
    ids.push(id);
  });
  return ids;
}

type Figures = Readonly<Record<string, unknown>>;

/** What the watcher tells of a consumer when its minute comes. */
async function told(consumer: string): Promise<Figures> {
  const seen = at.log.length;
  await at.runtime.invokeSchedules();
  // What a function writes last may arrive after its answer.
  const line = await eventually(`the watcher to tell of ${consumer}`, () =>
    at.log
      .slice(seen)
      .map((each) => each.slice(Math.max(0, each.indexOf('{'))))
      .find((each) => each.includes('"service":"watcher"') && each.includes(`"consumer":"${consumer}"`)),
  );
  const { Waiting, OldestUnfinishedSeconds, DeadLetters, CircuitState } = JSON.parse(line) as Figures;
  return { Waiting, OldestUnfinishedSeconds, DeadLetters, CircuitState };
}

const nothing = { Waiting: 0, OldestUnfinishedSeconds: 0, DeadLetters: 0, CircuitState: undefined };
const completed = (ids: readonly string[], consumer: string) =>
  Promise.all(ids.map((id) => at.reaches(id, consumer, 'completed')));

test('zeros are told of who has nothing to do, and of the archive', async () => {
  expect(await told('paced')).toEqual(nothing);
  expect(await told('broken')).toEqual({ ...nothing, CircuitState: 0 });
  expect(await told('archive')).toMatchObject({ Waiting: 0, DeadLetters: 0 });
});

test('what its pace defers waits, is as old as its receipt, and is gone when it is done', async () => {
  const begun = Date.now();
  // More than a function holds back in place.
  const ids = await post('paced', 9);
  const figures = await eventually('an age', async () => {
    const seen = await told('paced');
    return Number(seen.OldestUnfinishedSeconds) > 0 ? seen : undefined;
  });
  expect(figures.Waiting).toBeGreaterThan(0);
  expect(figures.OldestUnfinishedSeconds).toBeLessThanOrEqual(Math.ceil((Date.now() - begun) / 1_000));
  await completed(ids, 'paced');
  await at.emptied();
  expect(await told('paced')).toEqual(nothing);
}, 120_000);

test('what comes again and again waits and grows old, however often it was received', async () => {
  let turnedAway = 0;
  at.witness.reception = () => {
    turnedAway += 1;
    return 'away';
  };
  const begun = Date.now();
  const ids = await post('retrying', 1);
  await eventually('six attempts', () => turnedAway >= 6 || undefined);
  // It may be in the air just then: SQS counts what is in flight as well.
  const figures = await told('retrying');
  const elapsed = (Date.now() - begun) / 1_000;
  expect(figures).toMatchObject({ Waiting: 1 });
  expect(figures.OldestUnfinishedSeconds).toBeGreaterThan(0);
  expect(figures.OldestUnfinishedSeconds).toBeLessThanOrEqual(Math.ceil(elapsed));
  at.witness.reception = () => undefined;
  await completed(ids, 'retrying');
  await at.emptied();
  expect(await told('retrying')).toEqual(nothing);
}, 120_000);

test('what an open circuit holds back waits, and the circuit is told to be open', async () => {
  at.witness.reception = () => 'away';
  const ids = await post('broken', 20);
  const figures = await eventually('an open circuit', async () => {
    const seen = await told('broken');
    return seen.CircuitState === 2 && Number(seen.OldestUnfinishedSeconds) > 0 ? seen : undefined;
  });
  expect(figures.Waiting).toBe(20);
  at.witness.reception = () => undefined;
  await completed(ids, 'broken');
  await at.emptied();
  expect(await told('broken')).toEqual({ ...nothing, CircuitState: 0 });
}, 180_000);

test('events that go well cost no write beside the two of the ledger', async () => {
  at.runtime.requests.reset();
  const ids = await post('smooth', 40);
  await completed(ids, 'smooth');
  await at.emptied();
  expect(billedUnits(at.runtime.requests.snapshot()).writeUnits).toBe(2 * ids.length);
}, 60_000);
