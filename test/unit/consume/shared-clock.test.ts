import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sharedClock } from '../../../functions/consume/shared-clock.ts';
import { recordingTelemetry } from '../../support/silent-telemetry.ts';

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.setHeader('date', new Date(theirs).toUTCString());
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
  });
});
/** DynamoDB's time, and this machine's. */
let theirs: number;
let ours: number;
let client: DynamoDBClient;
const noon = Date.parse('2026-11-21T12:00:00Z');

beforeEach(async () => {
  [theirs, ours] = [noon, noon];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new DynamoDBClient({
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});
afterEach(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** The shared time after one answer of DynamoDB, and what was logged. */
async function afterAnswer() {
  const recording = recordingTelemetry();
  const clock = sharedClock(client, recording.telemetry.log, () => ours);
  await client.send(new GetItemCommand({ TableName: 'any', Key: { id: { S: 'any' } } }));
  return { clock, lines: recording.lines };
}

describe('the shared clock', () => {
  test.each([0, 900, 2_900, -1_900])(
    'is the machine’s where that differs by no more than tolerated (%d ms)',
    async (ms) => {
      ours = noon + ms;
      const { clock, lines } = await afterAnswer();
      expect(clock.now()).toBe(ours);
      expect(lines).toEqual([]);
    },
  );

  test.each([3_600_000, 3_000, -3_000, -86_400_000])(
    'is put right where the machine’s has jumped by %d ms',
    async (ms) => {
      ours = noon + ms;
      const { clock, lines } = await afterAnswer();
      expect(Math.abs(clock.now() - noon)).toBeLessThan(1_000);
      expect(lines).toContainEqual(
        expect.objectContaining({ level: 'warn', message: expect.stringContaining('clock') }),
      );
    },
  );

  test('follows the machine’s from there on, and comes back with it', async () => {
    ours = noon + 60_000;
    const { clock } = await afterAnswer();
    const before = clock.now();
    ours += 5_000;
    theirs += 5_000;
    expect(clock.now()).toBe(before + 5_000);
    ours -= 60_000;
    await client.send(new GetItemCommand({ TableName: 'any', Key: { id: { S: 'any' } } }));
    expect(Math.abs(clock.now() - theirs)).toBeLessThan(1_000);
  });
});
