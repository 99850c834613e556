import { randomUUID } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/client-dynamodb';
import type { SQSRecord } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Items, itemsIn } from '../../../functions/consume/items.ts';
import type { PutBack } from '../../../functions/consume/outcomes.ts';
import { watermarksIn } from '../../../functions/consume/watermark.ts';
import { PermanentError, TransientError } from '../../../functions/core/errors.ts';
import { encodeMessage, type Message } from '../../../functions/core/message.ts';
import { sharedStateIn } from '../../../functions/watch/shared-state.ts';
import { ConsumerWorld } from '../../support/consumer-world.ts';
import { ledgerTable } from '../../support/ledger-table.ts';
import { aMessage } from '../../support/messages.ts';
import { recordingTelemetry } from '../../support/silent-telemetry.ts';
import { stateTable } from '../../support/state-table.ts';
import { TurnedClock } from '../../support/turned-clock.ts';
import { turnedTime } from '../../support/turned-time.ts';

const noon = Date.parse('2026-11-21T12:00:00Z');
const minute = 60_000;
const hour = 60 * minute;

let table: Awaited<ReturnType<typeof stateTable>>;
let ledger: Awaited<ReturnType<typeof ledgerTable>>;
beforeAll(async () => {
  [table, ledger] = await Promise.all([stateTable(), ledgerTable()]);
});
afterAll(async () => {
  await Promise.all([table.close(), ledger.close()]);
});

let clock: TurnedClock;
let consumer: string;
let recording: ReturnType<typeof recordingTelemetry>;
/** The marks that were asked to be written, as `instant receipt`. */
let asked: string[];
/** The instants of these marks, in ms since 1970. */
let ends: number[];

beforeEach(() => {
  clock = new TurnedClock(noon);
  consumer = `orders-${randomUUID()}`;
  recording = recordingTelemetry();
  asked = [];
  ends = [];
});

const time = (ms: number) => new Date(ms).toISOString().slice(11, 19);

/** An environment of the consumer's function, with a memory of its own. */
function environment(update?: (write: () => ReturnType<Items['update']>) => ReturnType<Items['update']>) {
  const items = itemsIn(table.client, table.table);
  return watermarksIn({
    items: {
      update: (key, change) => {
        const { receivedAt } = change.set;
        ends.push(Date.parse(key.sort?.S ?? ''));
        asked.push(`${key.sort?.S?.slice(11, 19)} ${time(Number(receivedAt?.N))}`);
        const write = () => items.update(key, change);
        return update ? update(write) : write();
      },
    },
    consumer,
    telemetry: recording.telemetry,
    time: turnedTime(clock),
  });
}

/** A message that was received so long ago, and is hidden for so long. In milliseconds. */
function back(agoMs: number, ms: number, difference: Partial<Message> = {}): PutBack {
  const receivedAt = new Date(clock.now() - agoMs).toISOString();
  const body = encodeMessage(aMessage({ receivedAt, ...difference }));
  const attributes = { SentTimestamp: String(clock.now() - agoMs + 5) };
  return { record: { body, attributes } as unknown as SQSRecord, ms };
}

/** Age of the oldest event that was put back, in milliseconds, as the watcher has it. */
async function oldest(): Promise<number | undefined> {
  const receipt = await sharedStateIn(table.client, table.table).oldestReceipt(consumer, clock.now() - 5 * minute);
  return receipt === undefined ? undefined : clock.now() - receipt;
}

describe('what is put back', () => {
  test('is known by its receipt for as long as it is hidden, and five minutes more', async () => {
    await environment().note([back(hour, 10 * minute)]);
    for (const later of [0, 10 * minute, 4 * minute]) {
      clock.turn(later);
      expect(await oldest()).toBe(hour + clock.now() - noon);
    }
    clock.turn(2 * minute);
    expect(await oldest()).toBe(undefined);
  });

  test('costs one write for each minute in which some of it returns, however much it is', async () => {
    await environment().note(Array.from({ length: 1_000 }, (_, n) => back(n * 1_000, (n % 2) * minute + 30_000)));
    expect(asked.sort()).toEqual(['12:01:00 11:43:22', '12:02:00 11:43:21']);
    expect(await oldest()).toBe(999_000);
  });

  test('is written again by the same environment only where it lowers the mark', async () => {
    const one = environment();
    for (const ago of [60, 30, 60, 90, 80]) await one.note([back(ago * 1_000, 30_000)]);
    expect(asked).toEqual(['12:01:00 11:59:00', '12:01:00 11:58:30']);
  });

  test('never raises a mark, whoever comes late or twice', async () => {
    await environment().note([back(90_000, 30_000)]);
    await environment().note([back(30_000, 30_000)]);
    await environment().note([back(90_000, 30_000)]);
    expect(asked).toHaveLength(3);
    expect(await oldest()).toBe(90_000);
    expect(recording.lines).toEqual([]);
  });

  test.each([
    ['within a quarter of an hour by the minute', 14 * minute + 1, '12:15:00'],
    ['at the minute itself', minute, '12:01:00'],
    ['at once', 0, '12:00:00'],
    ['within two hours by five minutes', 16 * minute, '12:20:00'],
    ['beyond by half an hour', 2 * hour + minute, '14:30:00'],
    ['after what SQS can hide', 20 * hour, '23:00:00'],
  ])('%s has its mark', async (_, ms, end) => {
    await environment().note([back(0, ms)]);
    expect(asked).toEqual([`${end} 12:00:00`]);
  });

  test('has about sixty marks that are read, at most', async () => {
    const one = environment();
    for (let turn = 0; turn < 3 * 60; turn++) {
      await one.note(Array.from({ length: 12 * 60 }, (_, n) => back(hour, n * minute)));
      clock.turn(minute);
    }
    const from = clock.now() - 5 * minute;
    expect(ends.filter((end) => end > from).length).toBeLessThanOrEqual(65);
    // Each once by this environment: those of the three hours that passed, and those ahead.
    expect(new Set(ends).size).toBe(ends.length);
  });

  test('leaves nothing for ever: a mark expires an hour after its minute', async () => {
    await environment().note([back(0, 30_000)]);
    const { Items = [] } = await table.client.send(
      new QueryCommand({
        TableName: table.table,
        KeyConditionExpression: '#key = :key',
        ExpressionAttributeNames: { '#key': 'key' },
        ExpressionAttributeValues: { ':key': { S: `watermark#${consumer}` } },
      }),
    );
    expect(Items.map(({ expiresAt }) => Number(expiresAt?.N))).toEqual([(noon + minute + hour) / 1_000]);
  });

  test('is told by who can read it; what nobody can is ignored', async () => {
    const unreadable = { record: { body: '{', attributes: {} } as unknown as SQSRecord, ms: 1_000 };
    await environment().note([unreadable, back(60_000, 1_000)]);
    expect(asked).toEqual(['12:01:00 11:59:00']);
    await environment().note([unreadable]);
    expect(asked).toHaveLength(1);
  });

  test('as a new run is as old as the replay, not as its first receipt', async () => {
    const long = { receivedAt: '2026-11-01T00:00:00.000Z' };
    await environment().note([back(60_000, 1_000, { ...long, run: 1 })]);
    expect(await oldest()).toBe(60_000 - 5);
  });

  test('is never younger than SQS knows it, should a receiver’s clock be ahead', async () => {
    await environment().note([back(60_000, 1_000, { receivedAt: '2026-11-21T13:00:00.000Z' })]);
    expect(await oldest()).toBe(60_000 - 5);
  });
});

describe('a mark that cannot be written', () => {
  test('is trouble once, never a failure, and is written with the next of its minute', async () => {
    let away = true;
    const one = environment((write) => (away ? Promise.reject(new Error('away')) : write()));
    await one.note([back(90_000, 30_000), back(90_000, 90_000)]);
    expect(recording.counts).toEqual([{ metric: 'Trouble', dimensions: { consumer }, value: 1 }]);
    expect(await oldest()).toBe(undefined);
    away = false;
    await one.note([back(80_000, 30_000)]);
    expect(await oldest()).toBe(80_000);
  });

  test('in time is not waited for, and lowers the mark when it arrives', async () => {
    let arrive = () => {};
    const held = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const arrived: Promise<unknown>[] = [];
    const one = environment((write) => {
      const writing = held.then(write);
      arrived.push(writing);
      return writing;
    });
    const noted = one.note([back(90_000, 30_000)]);
    clock.turn(500);
    await noted;
    expect(recording.total('Trouble')).toBe(1);
    await environment().note([back(30_000, 30_000)]);
    arrive();
    await Promise.all(arrived);
    expect(await oldest()).toBe(90_500);
  });

  test('and fails long after nobody waits for it disturbs nobody, and is forgotten', async () => {
    let refuse = (_: Error) => {};
    let first = true;
    const one = environment((write) => {
      if (!first) return write();
      first = false;
      return new Promise((_, reject) => {
        refuse = reject;
      });
    });
    const noted = one.note([back(90_000, 30_000)]);
    clock.turn(500);
    await noted;
    refuse(new Error('the environment was frozen'));
    await new Promise((resolve) => setImmediate(resolve));
    await one.note([back(80_000, 30_000)]);
    expect(await oldest()).toBe(80_000);
  });

  test('of a lost answer has taken effect, and a second one changes nothing', async () => {
    const one = environment(async (write) => {
      await write();
      throw new Error('the answer was lost');
    });
    await one.note([back(90_000, 30_000)]);
    await one.note([back(90_000, 30_000)]);
    expect(asked).toHaveLength(2);
    expect(await oldest()).toBe(90_000);
  });
});

describe.each([
  ['a standard queue', { fifo: false }],
  ['a FIFO queue', { fifo: true }],
])('on %s, a batch', (_, queue) => {
  function worldOf(handle: ConstructorParameters<typeof ConsumerWorld>[1]): ConsumerWorld {
    const world = new ConsumerWorld(ledger, handle, queue);
    consumer = world.consumer.name;
    clock = world.clock;
    world.policies = { watermarks: environment() };
    return world;
  }

  test('writes no mark on the happy path, nor for duplicates and dead letters', async () => {
    let error: Error | undefined;
    const world = worldOf(() => {
      if (error) throw error;
    });
    const message = aMessage();
    await world.send(message);
    await world.deliver();
    await world.send(message);
    await world.deliver();
    error = new PermanentError('no');
    await world.send(aMessage());
    await world.deliver();
    expect([world.queued(), world.dead()]).toEqual([0, 1]);
    expect(asked).toEqual([]);
  });

  test('that puts something back marks what it holds back of the same lane too, and nothing of what is done', async () => {
    const world = worldOf((event) => {
      if (event.type === 'bad') throw new TransientError('later');
    });
    const typed = (type: string, receivedAt: string) => {
      const message = aMessage({ receivedAt });
      return { ...message, event: { ...message.event, type } };
    };
    await world.send(typed('bad', '2026-11-21T11:58:00.000Z'), 'a');
    await world.send(typed('held-back', '2026-11-21T11:57:00.000Z'), 'a');
    await world.send(typed('good', '2026-11-21T11:00:00.000Z'), 'b');
    await world.deliver();
    expect(await oldest()).toBe(queue.fifo ? 3 * minute : 2 * minute);
  });

  test('that was received five times still shows its age', async () => {
    const world = worldOf(() => {
      throw new TransientError('later');
    });
    await world.send(aMessage({ receivedAt: '2026-11-21T12:00:00.000Z' }), 'a');
    for (let receive = 0; receive < 5; receive++) {
      expect(await world.deliver()).toBe('done');
      clock.turn((world.hidden[0] ?? 0) + 1_000);
    }
    expect(await oldest()).toBe(clock.now() - noon);
  });

  test('is answered though the state table is away', async () => {
    const world = worldOf(() => {
      throw new TransientError('later');
    });
    world.policies = { watermarks: environment(() => Promise.reject(new Error('away'))) };
    await world.send(aMessage(), 'a');
    expect(await world.deliver()).toBe('done');
    expect(world.hidden).toHaveLength(1);
    expect(recording.total('Trouble')).toBe(1);
  });
});
