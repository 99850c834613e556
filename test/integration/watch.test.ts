import { PurgeQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startRuntime } from '../../infra/local/runtime.ts';
import { eventually } from '../support/eventually.ts';
import { httpPost } from '../support/http-post.ts';
import { type RunningPipeline, startPipeline } from '../support/running-pipeline.ts';
import { warehouse } from '../support/signers.ts';
import { tinyAssembly } from '../support/tiny-assembly.ts';

/** An alarm's five minutes are a second. */
const alarmSpeed = 300;

let at: RunningPipeline;
beforeAll(async () => {
  at = await startPipeline({
    pipeline: 'test/integration/persistence/pipeline.ts',
    secrets: { warehouse: warehouse.secrets },
    alarmSpeed,
  });
}, 120_000);
afterAll(() => at?.close());

/** The alarm about what a consumer gave up, as the templates of the day name it. */
function deadLetterAlarm() {
  const { alarms } = at.runtime.watch;
  const found = alarms.list().find(({ name }) => /hopeless.*(dlq not empty|dead-?letters)$/i.test(name));
  if (!found) throw new Error(`there must be an alarm, got ${alarms.list().map(({ name }) => name)}`);
  return found;
}

describe('the alarms of the templates', () => {
  test('fire on this machine while there are dead letters, and clear when there are none any more', async () => {
    const { watch } = at.runtime;
    await eventually('an alarm that is calm', () => deadLetterAlarm().state === 'OK' || undefined);

    const body = JSON.stringify({ event: 'hopeless' });
    const headers = { 'content-type': 'application/json', ...(await warehouse.sign(body)) };
    const { status, id } = await httpPost(at.runtime.url, { path: '/webhooks/warehouse', headers, body });
    expect(status).toBe(200);
    await at.reaches(id, 'hopeless', 'dead');
    const { value, threshold, description } = await eventually('an alarm that fires', () => {
      const alarm = deadLetterAlarm();
      return alarm.state === 'ALARM' ? alarm : undefined;
    });
    expect([value, threshold]).toEqual([1, 1]);
    expect(description).toContain('README.md#');

    const sqs = new SQSClient(at.client);
    const { consumers } = await at.runtime.state();
    const QueueUrl = consumers.find(({ name }) => name === 'hopeless')?.deadLetterQueueUrl;
    await sqs.send(new PurgeQueueCommand({ QueueUrl }));
    sqs.destroy();
    await eventually('an alarm that clears', () => deadLetterAlarm().state === 'OK' || undefined);

    const { name } = deadLetterAlarm();
    const changes = watch.alarms.changes().filter((change) => change.name === name);
    expect(changes.map(({ to }) => to)).toEqual(['OK', 'ALARM', 'OK']);
    expect(watch.alarms.notices().some(({ to }) => to === 'ALARM')).toBe(true);
    const namespaces = new Set(watch.metrics.series().map(({ namespace }) => namespace));
    for (const each of ['Nerite', 'AWS/Lambda', 'AWS/ApiGateway', 'AWS/SQS']) expect(namespaces).toContain(each);
    expect(watch.invalid()).toEqual({ count: 0, reasons: [] });
  });
});

test('a definition without any alarm is watched as well', async () => {
  const runtime = await startRuntime({ assembly: tinyAssembly(), secrets: {}, alarmSpeed });
  try {
    await eventually('figures of a queue', () =>
      runtime.watch.metrics.series().find(({ namespace }) => namespace === 'AWS/SQS'),
    );
    expect(runtime.watch.alarms.list()).toEqual([]);
  } finally {
    await runtime.stop();
  }
});
