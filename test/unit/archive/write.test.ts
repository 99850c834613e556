import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Refuse } from '../../../functions/archive/unreadable.ts';
import { type WriteOptions, writer } from '../../../functions/archive/write.ts';
import type { ObjectStore } from '../../../functions/core/objects.ts';
import { aBatch, aBody, aRecord, linesOf } from '../../support/archive-batches.ts';
import { recordingTelemetry } from '../../support/silent-telemetry.ts';

type Put = ObjectStore['put'];

const plenty = { getRemainingTimeInMillis: () => 60_000 };
const github = 'archive/events/source=github/year=2026/month=11/day=21';

let objects: Map<string, Uint8Array>;
let puts: { key: string; contentType: string; signal: AbortSignal | undefined }[];
let refused: { record: SQSRecord; reason: string; at: number }[];
let recorded: ReturnType<typeof recordingTelemetry>;
let durations: [metric: string, milliseconds: number][];

beforeEach(() => {
  objects = new Map();
  puts = [];
  refused = [];
  recorded = recordingTelemetry();
  durations = [];
});

const put: Put = async (key, bytes, { contentType, signal }) => {
  puts.push({ key, contentType, signal });
  objects.set(key, bytes);
};
const refuse: Refuse = async (record, refusal) => void refused.push({ record, ...refusal });

/** Writes a batch and answers the ids of what failed. */
async function write(event: SQSEvent, difference: Partial<WriteOptions & { put: Put }> = {}, context = plenty) {
  const { put: other = put, ...rest } = difference;
  const telemetry = {
    ...recorded.telemetry,
    duration: (metric: string, _dimensions: object, milliseconds: number) =>
      void durations.push([metric, milliseconds]),
  };
  const now = () => Date.parse('2026-11-21T12:05:00.000Z');
  const { batchItemFailures } = await writer({ objects: { put: other }, refuse, telemetry, now, ...rest })(
    event,
    context,
  );
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

const keys = () => [...objects.keys()].sort();
const allLines = () => [...objects.values()].flatMap(linesOf);
/** The key of the hour's object, of whatever content. */
const keyOf = (hour: string, first: string) =>
  expect.stringMatching(new RegExp(`^${hour}/raw-${first}-[0-9a-f]{32}\\.ndjson\\.gz$`));

describe('a batch', () => {
  test('becomes one object, whose lines are the SQS bodies and whose name is that of its content', async () => {
    const bodies = ['a', 'b', 'c'].map((id) => aBody({ id }));
    expect(await write(aBatch(bodies))).toEqual([]);
    const content = bodies.map((body) => `${body}\n`).join('');
    const digest = createHash('sha256').update(content).digest('hex').slice(0, 32);
    expect(keys()).toEqual([`${github}/hour=12/raw-20261121120000000-${digest}.ndjson.gz`]);
    const [[, bytes = new Uint8Array()] = []] = objects;
    expect(gunzipSync(bytes).toString('utf8')).toBe(content);
    expect(puts).toMatchObject([{ contentType: 'application/gzip', signal: { aborted: false } }]);
  });

  test.each([
    ['text', { body: '{"text":"line\nend\r\n \u2028 \u0000 \\u0000 😀 \ufffe\uffff \ud83d"}' }],
    ['bytes that are no text', { body64: Buffer.from([0, 0xff, 0xfe, 10, 13]).toString('base64') }],
    ['nothing', { body: '' }],
    ['a reference', { dataref: 'archive/bodies/github/2026/11/21/abc' }],
    ['a large text', { body: 'é\n'.repeat(60_000) }],
  ])('keeps a body that is %s as it travelled', async (_what, body) => {
    const text = aBody({ rest: { body: undefined, ...body } as never });
    await write(aBatch([text]));
    expect(allLines()).toEqual([text]);
    expect(JSON.parse(String(allLines()))).toMatchObject(body);
  });

  test('is sorted by time within its object, in whatever order it came', async () => {
    const bodies = ['12:30:00.000', '12:00:00.001', '12:00:00.000', '12:59:59.999'].map((time) =>
      aBody({ id: time, receivedAt: `2026-11-21T${time}Z` }),
    );
    await write(aBatch(bodies));
    expect(keys()).toEqual([keyOf(`${github}/hour=12`, '20261121120000000')]);
    expect(allLines()).toEqual([bodies[2], bodies[1], bodies[0], bodies[3]]);
    const once = keys();
    await write(aBatch(bodies.toReversed()));
    expect(keys()).toEqual(once);
  });

  test('is split by source and by hour', async () => {
    const batch = [
      { source: 'github', receivedAt: '2026-11-21T12:59:59.999Z' },
      { source: 'github', receivedAt: '2026-11-21T13:00:00.000Z' },
      { source: 'stripe', receivedAt: '2026-11-21T13:00:00.000Z' },
      { source: 'github', receivedAt: '2025-12-31T23:59:59.999Z' },
      { source: 'github', receivedAt: '2026-11-21T12:00:00.000Z' },
    ].map(aBody);
    expect(await write(aBatch(batch))).toEqual([]);
    expect(keys()).toEqual([
      keyOf('archive/events/source=github/year=2025/month=12/day=31/hour=23', '20251231235959999'),
      keyOf(`${github}/hour=12`, '20261121120000000'),
      keyOf(`${github}/hour=13`, '20261121130000000'),
      keyOf('archive/events/source=stripe/year=2026/month=11/day=21/hour=13', '20261121130000000'),
    ]);
    expect(allLines().sort()).toEqual([...batch].sort());
  });

  test('with nothing in it writes nothing, and says nothing', async () => {
    expect(await write({ Records: [] })).toEqual([]);
    expect([puts, recorded.lines, recorded.counts]).toEqual([[], [], []]);
  });

  test('of 10,000 messages is one object, however large, and no line of it is lost', async () => {
    const bodies = Array.from({ length: 10_000 }, (_, at) =>
      aBody({ id: `event-${at}`, rest: { body: `${at} ${'😀'.repeat(at % 50)}` } }),
    );
    expect(await write(aBatch(bodies))).toEqual([]);
    expect(puts).toHaveLength(1);
    expect(allLines().sort()).toEqual(bodies.sort());
    expect(recorded.total('Archived')).toBe(10_000);
  });

  test('holds at most eight objects at a time', async () => {
    let now = 0;
    let most = 0;
    const slow: Put = async (...args) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 2));
      now -= 1;
      return put(...args);
    };
    const bodies = Array.from({ length: 100 }, (_, at) => aBody({ source: `source-${at}` }));
    expect(await write(aBatch(bodies), { put: slow })).toEqual([]);
    expect(most).toBe(8);
    expect(objects.size).toBe(100);
  });

  test('keeps every delivery of an event', async () => {
    const bodies = ['1', '2', '2'].map((deliveryId) => aBody({ rest: { deliveryId } }));
    expect(await write(aBatch(bodies))).toEqual([]);
    expect(allLines()).toEqual(bodies);
  });
});

describe('a PUT that fails', () => {
  test('fails the messages of its object, and no others', async () => {
    const batch = aBatch(['github', 'stripe', 'github', 'slack', 'stripe'].map((source) => aBody({ source })));
    const failing: Put = async (key, ...rest) => {
      if (key.includes('source=stripe')) throw new Error('S3 must do PUT Object, answered 503 SlowDown');
      return put(key, ...rest);
    };
    expect(await write(batch, { put: failing })).toEqual(['m1', 'm4']);
    expect(allLines()).toHaveLength(3);
    expect([recorded.total('Archived'), recorded.total('ArchiveFailed')]).toEqual([3, 2]);
    expect(recorded.lines).toMatchObject([
      { level: 'error', attributes: { failed: 2, errors: ['S3 must do PUT Object, answered 503 SlowDown'] } },
    ]);
  });

  test('tells of a few different errors at most', async () => {
    const batch = aBatch(Array.from({ length: 30 }, (_, at) => aBody({ source: `source-${at}` })));
    const failing: Put = async (key) => {
      throw new Error(key + 'x'.repeat(1_000));
    };
    expect(await write(batch, { put: failing })).toHaveLength(30);
    expect(JSON.stringify(recorded.lines).length).toBeLessThan(1_500);
  });
});

describe('a message that cannot be read', () => {
  const batch = (): SQSEvent => aBatch([aBody({ id: 'a' }), '{"secret":"PRIVATE"', aBody({ id: 'b' })]);

  test('goes to the dead-letter queue with the reason, and the others are stored', async () => {
    const event = batch();
    expect(await write(event)).toEqual([]);
    expect(refused).toEqual([
      { record: event.Records[1], reason: 'message must be JSON', at: Date.parse('2026-11-21T12:05:00.000Z') },
    ]);
    expect(allLines()).toEqual([event.Records[0]?.body, event.Records[2]?.body]);
    expect([recorded.total('ArchiveUnreadable'), recorded.total('ArchiveFailed')]).toEqual([1, 0]);
  });

  test('fails, alone, where that queue does not take it', async () => {
    const failing: Refuse = async () => {
      throw new Error('no such queue');
    };
    expect(await write(batch(), { refuse: failing })).toEqual(['m1']);
    expect(allLines()).toHaveLength(2);
    expect([recorded.total('ArchiveUnreadable'), recorded.total('ArchiveFailed')]).toEqual([0, 1]);
  });

  test('is never quoted in a log', async () => {
    const event = aBatch(['{"v":"PRIVATE"}', aBody({ source: 'PRIVATE' }), 'PRIVATE', aBody({ id: 'PRIVATE' })]);
    await write(event);
    await write(event, { refuse: () => Promise.reject(new Error('no')), put: () => Promise.reject(new Error('no')) });
    expect(recorded.lines).toHaveLength(2);
    expect(JSON.stringify(recorded.lines)).not.toContain('PRIVATE');
  });

  test('takes no time from what can be stored, however many they are', async () => {
    const event = aBatch([
      ...Array.from({ length: 50 }, () => '?'),
      ...Array.from({ length: 10 }, (_, at) => aBody({ source: `source-${at}` })),
    ]);
    const allStored = Promise.withResolvers<void>();
    const counting: Put = async (...args) => {
      await put(...args);
      if (objects.size === 10) allStored.resolve();
    };
    // Whoever has no object to store may have begun with one of the others, and is held up by it.
    const hanging: Refuse = async () => {
      await allStored.promise;
      throw new Error('no such queue');
    };
    // Time is asked for twice an object, before and after it is compressed.
    let left = 2 * 10 + 7;
    const context = { getRemainingTimeInMillis: () => (left-- > 0 ? 60_000 : 0) };
    expect(await write(event, { put: counting, refuse: hanging }, context)).toHaveLength(50);
    expect(objects.size).toBe(10);
  });
});

describe('the deadline', () => {
  const batch = () => aBatch(Array.from({ length: 40 }, (_, at) => aBody({ source: `source-${at}` })));

  test('leaves what could not end untouched, and fails it', async () => {
    let left = 60_000;
    const context = { getRemainingTimeInMillis: () => left };
    const slow: Put = async (...args) => {
      await put(...args);
      left -= 4_000;
    };
    const failed = await write(batch(), { put: slow }, context);
    expect(failed.length).toBe(40 - puts.length);
    expect(puts.length).toBeGreaterThanOrEqual(13);
    // Those that were under way when the last could still begin.
    expect(puts.length).toBeLessThanOrEqual(13 + 8);
    expect(allLines()).toHaveLength(puts.length);
    expect(recorded.total('ArchiveFailed')).toBe(failed.length);
    expect(recorded.lines).toHaveLength(1);
  });

  test('that has come lets nothing begin at all', async () => {
    const event = { Records: [...batch().Records, aRecord('odd', '?')] };
    expect(await write(event, {}, { getRemainingTimeInMillis: () => 9_999 })).toHaveLength(41);
    expect([puts, refused]).toEqual([[], []]);
  });

  test('that comes while an object is compressed keeps it from being sent', async () => {
    let asked = 0;
    const context = { getRemainingTimeInMillis: () => (++asked === 1 ? 60_000 : 9_999) };
    expect(await write(aBatch([aBody()]), {}, context)).toEqual(['m0']);
    expect(puts).toEqual([]);
  });

  test('is heeded by a PUT that hangs', async ({ onTestFinished }) => {
    const signals: AbortSignal[] = [];
    const real = AbortSignal.timeout;
    // Its time passes at once.
    AbortSignal.timeout = (ms) => {
      expect(ms).toBe(8_000);
      return real.call(AbortSignal, 1);
    };
    onTestFinished(() => {
      AbortSignal.timeout = real;
    });
    const hanging: Put = (_key, _bytes, { signal }) =>
      new Promise((_resolve, reject) => {
        if (!signal) return;
        signals.push(signal);
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    // What keeps the process from ending meanwhile.
    const alive = setInterval(() => undefined, 1_000);
    onTestFinished(() => clearInterval(alive));
    expect(await write(aBatch([aBody()]), { put: hanging })).toEqual(['m0']);
    expect(signals).toHaveLength(1);
  });
});

describe('telemetry', () => {
  test('counts records, objects and compressed bytes, and how late the oldest record is', async () => {
    const late = aBody({ source: 'stripe', receivedAt: '2026-11-21T11:00:00.000Z' });
    await write(aBatch([aBody({ id: 'a' }), late, aBody({ id: 'b' })]));
    const bytes = [...objects.values()].reduce((sum, { length }) => sum + length, 0);
    expect(recorded.counts).toEqual([
      { metric: 'Archived', dimensions: {}, value: 3 },
      { metric: 'ArchiveObjects', dimensions: {}, value: 2 },
      { metric: 'ArchiveBytes', dimensions: {}, value: bytes },
    ]);
    expect(durations).toEqual([['ArchiveLag', 65 * 60_000]]);
    expect(recorded.lines).toEqual([
      {
        level: 'info',
        message: 'archived a batch',
        attributes: { archived: 3, objects: 2, bytes, unreadable: 0, failed: 0, lagMs: 65 * 60_000 },
      },
    ]);
  });

  test('never tells of a lag below nothing, nor of one that nobody knows', async () => {
    await write(aBatch([aBody({ receivedAt: '2027-01-01T00:00:00.000Z' })]));
    await write(aBatch(['?']));
    expect(durations).toEqual([['ArchiveLag', 0]]);
  });
});

describe('whatever fails', () => {
  const someBody = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .record({
          id: fc.string({ minLength: 1, maxLength: 3 }),
          source: fc.constantFrom('github', 'stripe', 'slack'),
          receivedAt: fc
            .integer({ min: 0, max: 4 * 3_600_000 })
            .map((ms) => new Date(Date.parse('2026-11-21T22:00:00.000Z') + ms).toISOString()),
          body: fc.string({ unit: 'binary', maxLength: 20 }),
        })
        .map(({ body, ...rest }) => aBody({ ...rest, rest: { body } })),
    },
    { weight: 1, arbitrary: fc.constantFrom(aBody({ source: 'No' }), aBody({ receivedAt: 'today' }), '{}', '[', '') },
  );

  test('every message is in an object, in the dead-letter queue, or failed', async () => {
    const property = fc.asyncProperty(
      fc.array(someBody, { maxLength: 40 }),
      fc.infiniteStream(fc.constantFrom('well', 'well', 'fails', 'late') as fc.Arbitrary<'well' | 'fails' | 'late'>),
      fc.infiniteStream(fc.boolean()),
      fc.integer({ min: 0, max: 60 }),
      async (bodies, putsGo, sendsGo, steps) => {
        const stored: string[] = [];
        const dead: string[] = [];
        let left = steps;
        const failed = await write(
          aBatch(bodies),
          {
            put: async (_key, bytes) => {
              const { value: goes } = putsGo.next();
              if (goes === 'fails') throw new Error('S3 is away');
              stored.push(...linesOf(bytes));
              if (goes === 'late') throw new Error('the answer was lost');
            },
            refuse: async ({ messageId }) => {
              if (sendsGo.next().value) throw new Error('SQS is away');
              dead.push(messageId);
            },
          },
          { getRemainingTimeInMillis: () => (left-- > 0 ? 60_000 : 0) },
        );
        expect(new Set(failed).size).toBe(failed.length);
        for (const [at, body] of bodies.entries()) {
          const ways = [dead.includes(`m${at}`), failed.includes(`m${at}`)].filter(Boolean).length;
          // Acknowledged by the dead-letter queue's word, or put back, or by the object's.
          expect(ways === 1 || (ways === 0 && stored.includes(body))).toBe(true);
        }
        for (const line of stored) expect(bodies).toContain(line);
      },
    );
    await fc.assert(property, { numRuns: 200 });
  });

  test('a queue runs empty by batches that are never the same, and all of it is archived or dead', async () => {
    const property = fc.asyncProperty(
      fc.array(someBody, { minLength: 1, maxLength: 60 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 20 })),
      fc.infiniteStream(fc.constantFrom('well', 'well', 'well', 'fails', 'late', 'crash')),
      async (bodies, sizes, fates) => {
        const archive = new Map<string, Uint8Array>();
        const dead = new Set<string>();
        const queue = bodies.map((body, at) => aRecord(`m${at}`, body));
        const meant = new Set(queue);
        for (let turn = 0; queue.length > 0; turn += 1) {
          expect(turn).toBeLessThan(5_000);
          // Whatever comes back stands behind what has not been received, so that batches mix.
          const Records = queue.splice(0, sizes.next().value);
          let crashed = false;
          const failed = await write(
            { Records },
            {
              put: async (key, bytes) => {
                const { value: fate } = fates.next();
                if (fate === 'fails') throw new Error('S3 is away');
                archive.set(key, bytes);
                if (fate === 'late') throw new Error('the answer was lost');
                crashed ||= fate === 'crash';
              },
              refuse: async ({ messageId }) => void dead.add(messageId),
            },
          );
          queue.push(...Records.filter(({ messageId }) => crashed || failed.includes(messageId)));
        }
        const lines = new Set([...archive.values()].flatMap(linesOf));
        for (const { messageId, body } of meant) expect(lines.has(body) !== dead.has(messageId)).toBe(true);
        expect([...lines].every((line) => bodies.includes(line))).toBe(true);
      },
    );
    await fc.assert(property, { numRuns: 100 });
  });
});
