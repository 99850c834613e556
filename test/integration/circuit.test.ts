import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { httpPost } from '../support/http-post.ts';
import { outcomesIn } from '../support/outcomes.ts';
import { type RunningPipeline, startPipeline } from '../support/running-pipeline.ts';
import { warehouse } from '../support/signers.ts';
import { eachAtOnce } from '../support/webhooks.ts';
import { startWitness, type Witness } from '../support/witness.ts';
import { type BusyDownstream, mostAtOnce, startBusyDownstream } from './circuit/busy-downstream.ts';

let at: RunningPipeline;
let downstream: BusyDownstream;
let witness: Witness;
beforeAll(async () => {
  downstream = await startBusyDownstream();
  witness = await startWitness();
  at = await startPipeline({
    pipeline: 'test/integration/circuit/pipeline.ts',
    secrets: { warehouse: warehouse.secrets },
    witness: { ...witness, url: downstream.url },
  });
}, 120_000);
afterAll(async () => {
  await at?.close();
  await downstream?.close();
  await witness?.close();
});

/** Posts an event as a platform does, again after a 503, and answers its id. */
async function post(type: string): Promise<string> {
  const body = JSON.stringify({ event: type, nonce: randomUUID() });
  return eventually('the receiver to accept an event', async () => {
    const headers = { 'content-type': 'application/json', ...(await warehouse.sign(body)) };
    const { status, id } = await httpPost(at.runtime.url, { path: '/webhooks/warehouse', headers, body });
    return status === 200 ? id : undefined;
  });
}

/** When functions logged a sentence, in ms since 1970. */
const loggedAt = (sentence: string): number[] =>
  at.log
    .filter((line) => line.includes(`"message":"${sentence}"`))
    .map((line) => Date.parse(/"timestamp":"([^"]+)"/.exec(line)?.[1] ?? ''))
    .sort((a, b) => a - b);

/** An environment may go by what it knew of the circuit for a second, and its calls take a moment to arrive. */
const learningMs = 1_500;

test('a circuit that two consumers share tries its downstream with one event at a time, and flows again when it is well', async () => {
  const types = Array.from({ length: 120 }, (_, n) => (n % 3 === 0 ? 'refund' : 'order'));
  const ids: { type: string; id: string }[] = [];
  await eachAtOnce(types, 8, async (type) => {
    ids.push({ type, id: await post(type) });
  });
  const [opened = Number.NaN] = await eventually('the circuit to open', async () => {
    const times = loggedAt('circuit opened');
    return times.length > 0 ? times : undefined;
  });
  const shut = opened + learningMs;
  const probes = () => downstream.calls.filter(({ begun }) => begun > shut);
  await eventually('four probes', async () => probes().length >= 4 || undefined, 120_000);

  const recovered = Date.now();
  downstream.up = true;
  await eventually(
    'every event to be completed',
    async () => {
      const outcomes = await outcomesIn(at.ledger, at.ledgerTable);
      return ids.every(({ type, id }) => outcomes.get(`${id} ${type}s`)?.status === 'completed') || undefined;
    },
    120_000,
    1_000,
  );
  const closed = loggedAt('circuit closed');
  const firstSuccess = Math.min(...downstream.calls.filter(({ ok }) => ok).map(({ ended }) => ended));
  const untilClosed = probes().filter(({ begun }) => begun <= firstSuccess);
  const flow = downstream.calls.filter(({ begun }) => begun > firstSuccess);
  const full = flow.find((_, n) => mostAtOnce(flow.slice(0, n + 1)) >= 4)?.begun ?? Number.NaN;
  console.log(
    `circuit: opened after ${downstream.calls.length - probes().length} calls; ${untilClosed.length} probes, one at a time; ` +
      `from recovery to the first success ${firstSuccess - recovered} ms, to full flow ${full - recovered} ms (probes at most 3 s apart)`,
  );
  expect(mostAtOnce(untilClosed)).toBe(1);
  expect(loggedAt('circuit half-open')).toHaveLength(untilClosed.length);
  expect(closed).toHaveLength(1);
  expect(mostAtOnce(flow)).toBeGreaterThanOrEqual(4);

  const outcomes = [...(await outcomesIn(at.ledger, at.ledgerTable)).values()];
  // A probe that fails says nothing of its event.
  const failedProbes = untilClosed.length - 1;
  const failedCalls = downstream.calls.filter(({ ok }) => !ok).length;
  expect(outcomes.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(failedCalls - failedProbes);
  const { consumers } = await at.runtime.state();
  expect(consumers.map(({ dead }) => dead)).toEqual([0, 0]);
}, 300_000);
