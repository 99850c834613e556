import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetQueueAttributesCommand, SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { httpPost, type Posted } from '../support/http-post.ts';
import { type RunningPipeline, startPipeline } from '../support/running-pipeline.ts';
import { warehouse } from '../support/signers.ts';
import { startWitness, type Witness } from '../support/witness.ts';

interface Sent {
  readonly id: string;
  readonly body: string;
  /** The very same request once more. */
  readonly again: () => Promise<Posted>;
}

const before = {
  failing: [] as Sent[],
  large: undefined as Sent | undefined,
  spooled: undefined as Sent | undefined,
  completed: undefined as Sent | undefined,
  dead: undefined as Sent | undefined,
};

let witness: Witness;
let at: RunningPipeline;

async function send(type: string, padding = ''): Promise<Sent> {
  const body = JSON.stringify({ event: type, nonce: randomUUID(), padding });
  const headers = { 'content-type': 'application/json', ...(await warehouse.sign(body)) };
  const again = () => httpPost(at.runtime.url, { path: '/webhooks/warehouse', headers, body });
  const { status, id } = await again();
  expect(status).toBe(200);
  return { id, body, again };
}

/** Everything that an event can have come to, and then an end and another start. */
beforeAll(async () => {
  witness = await startWitness();
  const options = {
    pipeline: 'test/integration/persistence/pipeline.ts',
    witness,
    dataDirectory: mkdtempSync(join(tmpdir(), 'data-')),
  };
  at = await startPipeline({ ...options, secrets: { warehouse: warehouse.secrets } });
  before.completed = await send('patient');
  await at.reaches(before.completed.id, 'patient', 'completed');
  before.dead = await send('hopeless');
  await at.reaches(before.dead.id, 'hopeless', 'dead');

  witness.reception = () => 'away';
  before.failing = await Promise.all(Array.from({ length: 20 }, () => send('patient')));
  before.large = await send('patient', randomBytes(200_000).toString('hex'));
  const remove = at.runtime.faults.add({ service: 'sqs', action: 'SendMessage', kind: 'fail' });
  before.spooled = await send('patient');
  remove();
  for (const { id } of [...before.failing, before.large]) {
    await eventually(`an attempt on ${id} that fails`, async () => {
      return Number((await at.record(id, 'patient'))?.attempts?.N ?? 0) > 0 || undefined;
    });
  }
  await at.close();

  witness.reception = () => undefined;
  // The secrets, too, are among what is kept.
  at = await startPipeline({ ...options, secrets: {} });
}, 180_000);
afterAll(async () => {
  await at?.close();
  await witness?.close();
});

function held<Name extends 'large' | 'spooled' | 'completed' | 'dead'>(name: Name): Sent {
  const sent = before[name];
  if (!sent) throw new Error(`there must be an event that is ${name}`);
  return sent;
}

const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex');

describe('after a restart', () => {
  test('what was accepted while its consumer failed is processed, once each', async () => {
    for (const { id, body } of before.failing) {
      const record = await at.reaches(id, 'patient', 'completed');
      expect(Number(record.attempts?.N)).toBeGreaterThan(0);
      expect(at.testimoniesOf(id, 'patient')).toMatchObject([{ sha256: sha256Of(body) }]);
    }
  });

  test('a body in the bucket is still there for its event', async () => {
    const { id, body } = held('large');
    await at.reaches(id, 'patient', 'completed');
    expect(at.testimoniesOf(id, 'patient')).toMatchObject([{ sha256: sha256Of(body) }]);
  });

  test('what was spooled is swept', async () => {
    const { id, body } = held('spooled');
    expect(await at.record(id, 'patient')).toBeUndefined();
    await at.runtime.invokeSchedules();
    await at.reaches(id, 'patient', 'completed');
    expect(at.testimoniesOf(id, 'patient')).toMatchObject([{ sha256: sha256Of(body) }]);
  });

  test('a duplicate of what was completed before is not processed again', async () => {
    const { id, again } = held('completed');
    expect(await again()).toMatchObject({ status: 200, id });
    const acknowledged = (line: string) => line.includes('acknowledged a copy') && line.includes(id);
    await eventually('an acknowledged copy', () => at.log.some(acknowledged) || undefined);
    await at.emptied();
    expect(at.testimoniesOf(id, 'patient')).toHaveLength(1);
  });

  test('a dead letter is still there, and redriven it is processed', async () => {
    const { id } = held('dead');
    const { consumers } = await at.runtime.state();
    const { queueUrl = '', deadLetterQueueUrl = '', dead } = consumers.find(({ name }) => name === 'hopeless') ?? {};
    expect(dead).toBe(1);
    const sqs = new SQSClient(at.client);
    const arnOf = async (QueueUrl: string) => {
      const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] });
      return (await sqs.send(asked)).Attributes?.QueueArn;
    };
    const [SourceArn, DestinationArn] = [await arnOf(deadLetterQueueUrl), await arnOf(queueUrl)];
    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn, DestinationArn }));
    sqs.destroy();
    expect(await at.reaches(id, 'hopeless', 'completed')).toMatchObject({ gen: { N: '1' } });
    expect(at.testimoniesOf(id, 'hopeless')).toHaveLength(1);
  });

  test('the URL of a source takes new events', async () => {
    const { id } = await send('patient');
    await at.reaches(id, 'patient', 'completed');
  });
});
