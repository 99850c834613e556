import { describe, expect, test } from 'vitest';
import { type Consumer, consumersOf, definePipeline } from '../../../functions/core/definition.ts';
import { encodeMessage, inlineBytes, type Message } from '../../../functions/core/message.ts';
import { AccessError } from '../../../infra/ops/archive-access.ts';
import type { EventRecord } from '../../../infra/ops/event-record.ts';
import { type DecideOptions, type Decision, decisionsOf, LedgerError, sendAll } from '../../../infra/ops/replay.ts';
import type { Sending } from '../../../infra/ops/replay-queues.ts';
import { Tally } from '../../../infra/ops/replay-tally.ts';
import { Targets } from '../../../infra/ops/replay-targets.ts';
import { TokenBucket } from '../../../infra/ops/token-bucket.ts';
import { aMessage } from '../../support/messages.ts';

const definition = definePipeline({
  sources: { github: { provider: 'github' } },
  consumers: {
    plain: { from: { source: 'github' }, handler: 'plain.ts' },
    ordered: {
      from: { source: 'github', types: ['push'] },
      handler: 'o.ts',
      order: { by: ({ tenant }) => tenant ?? '' },
    },
    split: { from: { source: 'github', types: ['list'] }, handler: 's.ts', items: ({ data }) => data as unknown[] },
  },
});
const consumers: readonly Consumer[] = consumersOf(definition);

const found = (message: Message) => ({
  message,
  record: {
    id: message.event.id,
    line: encodeMessage(message),
    receivedAt: message.receivedAt,
    deliveryId: message.deliveryId,
    copies: [],
    key: 'k',
  },
});

/** What is decided of some messages, with the ledger's records by event. */
async function decided(
  messages: readonly Message[],
  difference: Partial<DecideOptions> & { ledger?: Record<string, Partial<EventRecord>[]> } = {},
) {
  const told: string[] = [];
  const asked: string[] = [];
  const { ledger = {}, ...rest } = difference;
  const bodyOf = async (message: Message) => {
    if ('dataref' in message) throw new Error(`${message.dataref} is in Glacier`);
    return inlineBytes(message);
  };
  const options: DecideOptions = {
    query: { sources: ['github'], from: 0, to: 1, type: undefined, tenant: undefined, id: undefined, limit: 1e9 },
    only: 'missing',
    run: 7,
    archive: {
      async *events() {
        yield* messages.map(found);
      },
    },
    consumers,
    targets: new Targets(definition, consumers, bodyOf),
    bodyOf,
    bodyTrouble: async () => undefined,
    recordsOf: async (id) => {
      asked.push(id);
      return (ledger[id] ?? []).map(
        (record) => ({ run: 0, item: undefined, attempts: 0, gen: 0, ...record }) as EventRecord,
      );
    },
    isDone: () => false,
    tell: (trouble) => told.push(trouble),
    ...rest,
  };
  const decisions: Decision[] = [];
  for await (const page of decisionsOf(options)) decisions.push(...page);
  const sendings = decisions.flatMap((decision) => decision.sendings);
  return { decisions, sendings, told, asked };
}

const brief = ({ queue, lane, message, copy }: Sending) => [message.event.id, queue, lane?.group, copy];
const ofType = (type: string, id: string, more: Partial<Message> = {}): Message =>
  aMessage({ ...more, event: { ...aMessage().event, id, type } } as Partial<Message>);

describe('what is sent of an event', () => {
  test('goes to each consumer that has no record of it, where the receiver would put it', async () => {
    const messages = [aMessage({ id: 'e1', tenant: 'acme' }), aMessage({ id: 'e2' }), ofType('star', 'e3')];
    const { sendings, decisions } = await decided(messages, {
      ledger: { e1: [{ consumer: 'plain', status: 'completed' }], e3: [{ consumer: 'plain', status: 'waiting' }] },
    });
    expect(sendings.map(brief)).toEqual([
      ['e1', 'ordered.fifo', 'acme', { run: 0, gen: 0 }],
      ['e2', 'plain', undefined, { run: 0, gen: 0 }],
      ['e2', 'ordered.fifo', 'e2', { run: 0, gen: 0 }],
    ]);
    expect(decisions.map((decision) => decision.consumers)).toEqual([
      ['plain', 'ordered'],
      ['plain', 'ordered'],
      ['plain'],
    ]);
  });

  test('is everything in a run of its own, for which nobody asks the ledger', async () => {
    const { sendings, asked } = await decided([ofType('star', 'e1')], { only: 'all' });
    expect(sendings.map(brief)).toEqual([['e1', 'plain', undefined, { run: 7, gen: 0 }]]);
    expect(asked).toEqual([]);
  });

  test('of a list is the item that is dead, with its own generation', async () => {
    const { sendings } = await decided([ofType('list', 'e1', { body: '[1,2]' })], {
      only: 'dead',
      ledger: {
        e1: [
          { consumer: 'split', item: 0, status: 'completed' },
          { consumer: 'split', item: 1, status: 'dead', gen: 2 },
        ],
      },
    });
    expect(sendings.map(brief)).toEqual([['e1', 'split', undefined, { run: 0, gen: 2, item: 1 }]]);
  });

  test('leaves out what was done with before', async () => {
    const { decisions, asked } = await decided([ofType('star', 'e1'), ofType('star', 'e2')], {
      isDone: (id) => id === 'e1',
    });
    expect(decisions.map(({ message }) => message.event.id)).toEqual(['e2']);
    expect(asked).toEqual(['e2']);
  });

  test('is nothing where its body cannot be read, which is told', async () => {
    const { body: _, ...frozen } = ofType('list', 'e1') as Message & { body: string };
    const { decisions, told } = await decided(
      [{ ...frozen, dataref: 'archive/bodies/x' }, ofType('star', 'e2'), ofType('star', 'e3')],
      {
        ledger: { e1: [{ consumer: 'split', item: 0, status: 'completed' }] },
        bodyTrouble: async ({ event }) => (event.id === 'e2' ? 'its body must be there, got none' : undefined),
      },
    );
    expect(decisions.map(({ message }) => message.event.id)).toEqual(['e3']);
    expect(told.sort()).toEqual([
      'event e1 is left as it is: archive/bodies/x is in Glacier',
      'event e2 is left as it is: its body must be there, got none',
    ]);
  });

  test.each([new AccessError('no list'), new LedgerError('no query')])('ends with %s', async (error) => {
    await expect(decided([aMessage()], { recordsOf: () => Promise.reject(error) })).rejects.toBe(error);
  });

  test('is counted by consumer, with what it costs', async () => {
    const weak = ofType('star', 'e2');
    const messages = [
      aMessage({ id: 'e1', body: 'x'.repeat(70_000) }),
      { ...weak, verified: { ...weak.verified, weakBody: true as const } },
    ];
    const { decisions } = await decided(messages, { ledger: { e1: [{ consumer: 'plain', status: 'dead' }] } });
    const tally = new Tally(['plain', 'ordered', 'split']);
    for (const decision of decisions) tally.add(decision);
    expect([...tally.consumers].map(([name, { events, messages }]) => [name, events, messages])).toEqual([
      ['plain', 2, 1],
      ['ordered', 1, 1],
      ['split', 0, 0],
    ]);
    expect([tally.events, tally.messages, tally.weak]).toEqual([2, 2, 1]);
    // Two requests' worth of a FIFO queue, one of a standard one, and two reads.
    expect(tally.dollars(false)).toBeCloseTo(1.4e-6, 12);
    expect(tally.dollars(true)).toBeCloseTo(1.65e-6, 12);
  });
});

describe('sending', () => {
  /** Sends what is decided of some messages, at a rate that makes nobody wait. */
  async function sent(
    decisions: readonly Decision[],
    send: (sending: Sending) => Promise<void>,
    signal = new AbortController().signal,
    ratePerSecond = 1_000,
  ) {
    const done: string[] = [];
    const pages: number[] = [];
    async function* all() {
      yield decisions;
    }
    const tokens = new TokenBucket({ ratePerSecond: 1e9, burst: 1e9, now: () => 0, sleep: async () => undefined });
    const ended = sendAll(all(), {
      queues: { send },
      tokens,
      ratePerSecond,
      signal,
      sent: () => undefined,
      done: (ids, count) => {
        done.push(...ids);
        pages.push(count);
      },
    });
    const failure = await ended.then(
      () => undefined,
      (error: unknown) => error,
    );
    return { done, pages, failure };
  }

  const pushes = (count: number, tenant: (n: number) => string = () => 'acme') =>
    decided(Array.from({ length: count }, (_, n) => aMessage({ id: `e${n}`, tenant: tenant(n) })));

  test('keeps the order of a lane, however long each send takes, and lets lanes pass each other', async () => {
    const { decisions } = await pushes(12, (n) => `t${n % 3}`);
    const order: string[] = [];
    let atOnce = 0;
    let most = 0;
    const { done, failure } = await sent(decisions, async ({ queue, message, lane }) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      // The earlier ones take longer.
      const turns = 30 - Number(message.event.id.slice(1));
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      if (queue === 'ordered.fifo') order.push(`${lane?.group} ${message.event.id}`);
      atOnce -= 1;
    });
    expect(failure).toBeUndefined();
    expect(most).toBeGreaterThan(3);
    expect(done).toHaveLength(12);
    for (const tenant of ['t0', 't1', 't2']) {
      const own = order.filter((each) => each.startsWith(tenant)).map((each) => Number(each.split(' e')[1]));
      expect(own).toEqual(own.toSorted((a, b) => a - b));
      expect(own).toHaveLength(4);
    }
  });

  test('notes what is done about once a second, and never one half of an event', async () => {
    const { decisions } = await pushes(5);
    const { done, pages } = await sent(decisions, async () => undefined, undefined, 4);
    expect(done).toEqual(['e0', 'e1', 'e2', 'e3', 'e4']);
    expect(pages).toEqual([4, 4, 2]);
  });

  test('begins nothing more behind a failure, and notes what was confirmed', async () => {
    const { decisions } = await pushes(6);
    const tried: string[] = [];
    const { done, failure } = await sent(decisions, async ({ queue, message }) => {
      if (queue === 'plain') return;
      tried.push(message.event.id);
      if (message.event.id === 'e2') throw new Error('no more');
    });
    expect(failure).toEqual(new Error('no more'));
    expect(tried).toEqual(['e0', 'e1', 'e2']);
    expect(done).toEqual(['e0', 'e1']);
  });

  test('stops when it is told to, with what is under way sent and noted', async () => {
    const { decisions } = await pushes(6);
    const stop = new AbortController();
    let count = 0;
    const { done, pages, failure } = await sent(
      decisions,
      async () => {
        count += 1;
        if (count === 4) stop.abort();
        await new Promise(setImmediate);
      },
      stop.signal,
      2,
    );
    expect(failure).toBeUndefined();
    expect(done).toEqual(['e0', 'e1']);
    expect(pages).toEqual([2, 2]);
  });
});
