import { beforeEach, describe, expect, test } from 'vitest';
import type { Destination, Send } from '../../../functions/receive/enqueue.ts';
import { encodeSpooled, type Spooled, spoolKey } from '../../../functions/receive/spool.ts';
import type { SpoolBucket } from '../../../functions/receive/spool-bucket.ts';
import { sweeper } from '../../../functions/receive/sweep.ts';
import { aMessage } from '../../support/messages.ts';
import { recordingTelemetry } from '../../support/silent-telemetry.ts';

const plenty = { getRemainingTimeInMillis: () => 55_000 };

let objects: Map<string, string>;
let sent: string[];
let refuses: (queue: string) => boolean;
let recorded: ReturnType<typeof recordingTelemetry>;

beforeEach(() => {
  objects = new Map();
  sent = [];
  refuses = () => false;
  recorded = recordingTelemetry();
});

/** Puts an event into the spool that these queues have not confirmed. */
function spool(id: string, queues: readonly (string | Destination)[]): string {
  const destinations = queues.map((queue) => (typeof queue === 'string' ? { queue } : queue));
  const spooled: Spooled = { v: 1, requestId: `r-${id}`, queues: destinations, message: aMessage({ id }) };
  objects.set(spoolKey(spooled), String(encodeSpooled(spooled)));
  return spoolKey(spooled);
}

const bucket: SpoolBucket = {
  async *pages() {
    const keys = [...objects.keys()];
    for (let at = 0; at < keys.length; at += 3) yield keys.slice(at, at + 3);
  },
  read: async (key) => objects.get(key),
  write: async (key, content) => void objects.set(key, String(content)),
  remove: async (key) => void objects.delete(key),
};
const send: Send = async ({ queue }, { event }) => {
  if (refuses(queue)) throw new Error('no such queue');
  sent.push(`${event.id} ${queue}`);
};
const world = (difference: { spool?: Partial<SpoolBucket>; send?: Send } = {}) =>
  sweeper({
    spool: { ...bucket, ...difference.spool },
    send: difference.send ?? send,
    telemetry: recorded.telemetry,
    now: () => Date.parse('2026-11-21T12:01:30Z'),
  });
const namedBy = (key: string) =>
  (JSON.parse(objects.get(key) ?? '{}') as { queues?: Destination[] }).queues?.map(({ queue }) => queue);

describe('a sweep', () => {
  test('sends to every outstanding queue, on every page, and removes what all have confirmed', async () => {
    for (let i = 0; i < 8; i++) spool(`e${i}`, ['one', 'two']);
    expect(await world()(plenty)).toEqual({ swept: 8, left: 0 });
    expect(sent).toHaveLength(16);
    expect(objects.size).toBe(0);
    expect(recorded.counts).toEqual([
      { metric: 'SpoolObjects', dimensions: {}, value: 0 },
      { metric: 'SpoolAgeSeconds', dimensions: {}, value: 0 },
      { metric: 'Swept', dimensions: {}, value: 16 },
    ]);
  });

  test('keeps naming the queues that have not confirmed, and no others', async () => {
    const key = spool('e', ['one', 'two']);
    refuses = (queue) => queue === 'two';
    expect(await world()(plenty)).toEqual({ swept: 0, left: 1 });
    expect(namedBy(key)).toEqual(['two']);
    expect(recorded.total('SpoolObjects')).toBe(1);
    refuses = () => false;
    await world()(plenty);
    expect(sent).toEqual(['e one', 'e two']);
    expect(objects.size).toBe(0);
  });

  test.each<Destination>([
    { queue: 'one.fifo', lane: { group: 'g', key: 'k' } },
    { queue: 'one', lane: { group: 'tenant' } },
    { queue: 'one' },
  ])('sends an event to its group, if it has one: %j', async (destination) => {
    const seen: unknown[] = [];
    spool('e', [destination]);
    await world({ send: async (to, _message, hop) => void seen.push(to, hop) })(plenty);
    expect(seen).toEqual([destination, { by: 'spool', requestId: 'r-e' }]);
  });

  test.each([
    ['no JSON', '{'],
    ['another version', '{"v":2}'],
    ['no queues', '{"v":1,"requestId":"r"}'],
    [
      'a queue that leads elsewhere',
      JSON.stringify({ v: 1, requestId: 'r', queues: [{ queue: '../../x' }], message: aMessage() }),
    ],
    ['no message', '{"v":1,"requestId":"r","queues":[{"queue":"one"}]}'],
    [
      'a FIFO queue without a group',
      JSON.stringify({ v: 1, requestId: 'r', queues: [{ queue: 'a.fifo' }], message: aMessage() }),
    ],
    [
      'a group that is no text',
      JSON.stringify({ v: 1, requestId: 'r', queues: [{ queue: 'a', lane: { group: 5 } }], message: aMessage() }),
    ],
  ])('leaves an object with %s where it is, and goes on', async (_what, content) => {
    objects.set('spool/broken.json', content);
    spool('e', ['one']);
    expect(await world()(plenty)).toEqual({ swept: 1, left: 1 });
    expect(objects.get('spool/broken.json')).toBe(content);
    expect(sent).toEqual(['e one']);
    expect(recorded.total('SpoolUnreadable')).toBe(1);
  });

  test('is not held up by a queue that takes nothing', async () => {
    let tries = 0;
    const keys = Array.from({ length: 40 }, (_, i) => spool(`a${i}`, ['gone']));
    spool('last', ['gone', 'one']);
    refuses = (queue) => {
      if (queue !== 'gone') return false;
      tries += 1;
      return true;
    };
    await world()(plenty);
    expect(sent).toEqual(['last one']);
    expect(tries).toBeLessThan(10);
    expect(keys.every((key) => namedBy(key)?.[0] === 'gone')).toBe(true);
  });

  test("is not stopped by one object's trouble with S3", async () => {
    const key = spool('a', ['one']);
    spool('b', ['one']);
    const read = async (asked: string) => {
      if (asked === key) throw new Error('S3 is away');
      return bucket.read(asked);
    };
    expect(await world({ spool: { read } })(plenty)).toEqual({ swept: 1, left: 1 });
    expect(sent).toEqual(['b one']);
  });

  test('begins nothing that it has no time for', async () => {
    spool('e', ['one']);
    expect(await world()({ getRemainingTimeInMillis: () => 5_000 })).toEqual({ swept: 0, left: 1 });
    expect(sent).toEqual([]);
    expect(objects.size).toBe(1);
  });

  test('tells the age of the oldest object that is left', async () => {
    for (const [id, receivedAt] of [
      ['swept', '2026-11-21T11:00:00.000Z'],
      ['older', '2026-11-21T11:59:00.000Z'],
      ['newer', '2026-11-21T12:00:00.000Z'],
    ] as const) {
      const queues = [{ queue: id === 'swept' ? 'one' : 'two' }];
      const spooled: Spooled = { v: 1, requestId: id, queues, message: aMessage({ id, receivedAt }) };
      objects.set(spoolKey(spooled), String(encodeSpooled(spooled)));
    }
    objects.set('spool/of-nobody-knows-when.json', '{');
    refuses = (queue) => queue === 'two';
    expect(await world()(plenty)).toEqual({ swept: 1, left: 3 });
    expect(recorded.total('SpoolAgeSeconds')).toBe(150);
  });

  test('fails where the spool cannot be listed, so that somebody is told, and says nothing of its age', async () => {
    const pages = async function* () {
      yield [];
      throw new Error('S3 is away');
    };
    await expect(world({ spool: { pages } })(plenty)).rejects.toThrow('S3 is away');
    expect(recorded.counts.map(({ metric }) => metric)).not.toContain('SpoolAgeSeconds');
  });
});

describe('a sweep that dies', () => {
  /** From its `nth` step on nothing happens any more, as in a process that was killed; told by what it left behind. */
  async function dyingAt(nth: number, takesEffect: boolean): Promise<boolean> {
    let steps = 0;
    let died = false;
    let onDeath: () => void = () => undefined;
    const death = new Promise<void>((resolve) => {
      onDeath = resolve;
    });
    const step = async <Value>(work: () => Promise<Value>): Promise<Value> => {
      steps += 1;
      if (steps < nth) return work();
      if (steps === nth && takesEffect) await work();
      died = true;
      onDeath();
      return new Promise(() => undefined);
    };
    const dying = world({
      spool: {
        read: (key) => step(() => bucket.read(key)),
        write: (key, content) => step(() => bucket.write(key, content)),
        remove: (key) => step(() => bucket.remove(key)),
      },
      send: (...args) => step(() => send(...args)),
    });
    await Promise.race([dying(plenty), death]);
    return died;
  }

  test.each([true, false])('at any step, which takes effect: %s, loses nothing', async (takesEffect) => {
    let died = true;
    let nth = 0;
    while (died) {
      nth += 1;
      objects = new Map();
      sent = [];
      spool('a', ['one', 'two']);
      spool('b', ['two']);
      refuses = (queue) => queue === 'one';
      died = await dyingAt(nth, takesEffect);
      refuses = () => false;
      await world()(plenty);
      expect(new Set(sent)).toEqual(new Set(['a one', 'a two', 'b two']));
      expect(objects.size).toBe(0);
    }
    expect(nth).toBeGreaterThan(6);
  });
});
