import { DeleteMessageBatchCommand } from '@aws-sdk/client-sqs';
import { PermanentError, RetryLater } from '../../../functions/core/errors.ts';
import { effectOf, isWrite, titleOf } from './effects.ts';
import { checkInstant } from './invariants.ts';
import type { Answer, Wish } from './invocation.ts';
import { Worker } from './worker.ts';
import {
  type Copy,
  erased,
  forgotten,
  handleOf,
  recordIn,
  redriven,
  spent,
  sqsRecordOf,
  visibleIn,
  type World,
} from './world.ts';

/** Something that can happen next. */
export interface Step {
  readonly name: string;
  /** @throws Violation */
  take(): Promise<World>;
}

type Taking = Iterable<readonly [name: string, take: () => World | Promise<World>]>;

/** How long a function may run, and how long a message is in flight. */
const functionMs = 15_000;
const visibilityMs = 6 * functionMs;

/** Everything that can happen next. */
export function stepsFrom(world: World): readonly Step[] {
  const all = [...receipts(world), ...answers(world), ...mishaps(world), ...time(world)];
  return all.map(([name, take]) => ({ name, take: async () => afterwards(await take()) }));
}

/** What follows by itself, and must hold. */
function afterwards(world: World): World {
  const ended = (worker: Worker): boolean =>
    worker.over ||
    // Lambda ended the function: no handler runs in it any more, and nobody reads its response.
    (isLate(world, worker) && worker.wishes.some(({ wish }) => wish.kind === 'handler' || isRemoval(wish)));
  const after = { ...world, workers: world.workers.filter((worker) => !ended(worker)) };
  checkInstant(after);
  return after;
}

const isLate = ({ now }: World, { endsAt }: Worker): boolean => endsAt <= now;
const isRemoval = (wish: Wish): boolean => wish.kind === 'call' && wish.command instanceof DeleteMessageBatchCommand;

/** An idle worker receives what is visible, or what SQS delivers twice. */
function* receipts(world: World): Taking {
  const { clocksAheadMs = [0, 0], batch = 1 } = world.scope;
  const idle = [...clocksAheadMs];
  for (const worker of world.workers) {
    if (!isLate(world, worker)) idle.splice(idle.indexOf(worker.start.skewMs), 1);
  }
  const visible = visibleIn(world);
  const batches = oneOfEach(visible).map((copy) => [copy]);
  if (batch > 1 && visible.length > 1) batches.push(visible.slice(0, batch));
  for (const skewMs of new Set(idle)) {
    for (const copies of batches) {
      const names = copies.map(({ id, gen }) => `${handleOf({ id })} of generation ${gen}`).join(' and ');
      yield [`${world.names} receives ${names}`, () => received(world, skewMs, copies)];
    }
    if (world.left.duplicate === 0) continue;
    for (const copy of world.queue.filter(({ until }) => until > world.now)) {
      yield [
        `${world.names} receives ${handleOf(copy)}, which is in flight`,
        () => received(spent(world, 'duplicate'), skewMs, [copy]),
      ];
    }
  }
}

/** Copies of one generation are alike. */
function oneOfEach(copies: readonly Copy[]): readonly Copy[] {
  return [...new Map(copies.map((copy) => [copy.gen, copy])).values()];
}

async function received(world: World, skewMs: number, copies: readonly Copy[]): Promise<World> {
  const { now, names, scope } = world;
  const worker = await Worker.started({
    run: names,
    at: now,
    records: copies.map(sqsRecordOf),
    skewMs,
    durationMs: functionMs,
    consumer: scope.consumer,
    superseded: world.newer,
    paced: (scope.mishaps.paced ?? 0) > 0,
  });
  return {
    ...world,
    names: names + 1,
    queue: world.queue.map((copy) => (copies.includes(copy) ? { ...copy, until: now + visibilityMs } : copy)),
    workers: [...world.workers, worker],
  };
}

/** Somebody gets what it waits for. */
function* answers(world: World): Taking {
  for (const worker of world.workers) {
    for (const { index, wish } of worker.wishes) {
      const tell = (after: World, answer: Answer) => told(after, worker, index, answer);
      for (const [name, take] of answersTo(world, worker, wish, tell)) yield [`${worker.start.run}: ${name}`, take];
    }
  }
}

async function told(world: World, worker: Worker, index: number, answer: Answer): Promise<World> {
  const after = await worker.told(index, answer, world.now);
  return { ...world, workers: world.workers.map((each) => (each === worker ? after : each)) };
}

type Tell = (world: World, answer: Answer) => Promise<World>;

function answersTo(world: World, worker: Worker, wish: Wish, tell: Tell): Taking {
  switch (wish.kind) {
    case 'call':
      return callAnswers(world, wish.command, tell);
    case 'handler':
      // Of a handler whose attempt is over nobody hears.
      return worker.deaf ? [['the handler ends', () => tell(world, { value: undefined })]] : ends(world, tell);
    case 'pace':
      return paceAnswers(world, tell);
    case 'timer':
      return [];
  }
}

const noAnswer = { error: new Error('no answer') };

function* callAnswers(world: World, command: object, tell: Tell): Taking {
  const title = titleOf(command);
  const effect = (before: World): Promise<World> => {
    const { world: after, answer } = effectOf(before, command);
    return tell(after, answer);
  };
  yield [title, () => effect(world)];
  if (world.left.fault > 0) yield [`${title} fails`, () => tell(spent(world, 'fault'), noAnswer)];
  if (!isWrite(command)) return;
  if (world.left.lost > 0) {
    yield [`${title}, its answer lost`, () => effectOf(spent(world, 'lost'), command).world];
  }
  if (world.left.fault > 0) {
    yield [`${title} fails, and took effect`, () => tell(effectOf(spent(world, 'fault'), command).world, noAnswer)];
  }
}

const errors = {
  failure: new Error('not now'),
  permanent: new PermanentError('never'),
  later: new RetryLater({ seconds: 6 }),
};

function* ends(world: World, tell: Tell): Taking {
  const { successes, failures, left } = world;
  yield ['succeeds', () => tell({ ...world, successes: successes + 1 }, { value: undefined })];
  for (const kind of ['failure', 'permanent', 'later'] as const) {
    if (left[kind] === 0) continue;
    const counted = { ...spent(world, kind), failures: failures + (kind === 'later' ? 0 : 1) };
    yield [kind, () => tell(counted, { error: errors[kind] })];
  }
}

function* paceAnswers(world: World, tell: Tell): Taking {
  yield ['its turn', () => tell(world, { value: { kind: 'now' } })];
  if (world.left.paced === 0) return;
  const later = { kind: 'later', at: world.now + 8_000, returnAt: world.now + 7_000 };
  yield ['put off by the pace', () => tell(spent(world, 'paced'), { value: later })];
}

/** What befalls workers, messages and records from outside. */
function* mishaps(world: World): Taking {
  const { left, letters, now } = world;
  if (left.crash > 0) {
    for (const worker of world.workers) {
      if (isLate(world, worker)) continue;
      const others = world.workers.filter((each) => each !== worker);
      yield [`${worker.start.run}: crashes`, () => ({ ...spent(world, 'crash'), workers: others })];
    }
  }
  if (left.redrive > 0) {
    for (const gen of new Set(letters)) {
      yield [`redrive of generation ${gen}`, () => redriven(spent(world, 'redrive'), gen)];
    }
  }
  if (left.backstop > 0) {
    for (const { id, gen } of oneOfEach(visibleIn(world))) {
      const queue = world.queue.filter((copy) => copy.id !== id);
      yield [
        `SQS gives up ${handleOf({ id })}`,
        () => ({ ...spent(world, 'backstop'), queue, letters: [...letters, gen].sort() }),
      ];
    }
  }
  if (left.newer > 0) yield ['a newer event', () => ({ ...spent(world, 'newer'), newer: true })];
  if (left.erase > 0) yield ['the event is erased', () => erased(spent(world, 'erase'))];
  const record = recordIn(world);
  if (left.removal > 0 && record && record.expiresAt <= now) {
    yield ['DynamoDB removes the record', () => forgotten({ ...spent(world, 'removal'), items: new Map() }, record)];
  }
  if (left.months > 0 && record && world.workers.length === 0) {
    // SQS keeps nothing for so long: these copies came again.
    const queue = world.queue.map((copy) => ({ ...copy, sent: record.expiresAt }));
    yield ['months pass', () => ({ ...spent(world, 'months'), now: record.expiresAt, queue })];
  }
}

/** Time passes to the next instant at which anything can be different. */
function* time(world: World): Taking {
  const { now, left } = world;
  const next = Math.min(...[...instants(world)].filter((at) => at > now));
  if (!Number.isFinite(next)) return;
  const inTime = world.workers.filter((worker) => !isLate(world, worker));
  const outlived = inTime.filter(({ endsAt }) => endsAt <= next);
  const timers = isTimed(world) ? world.workers.flatMap((worker) => worker.timersBy(next)).length : 0;
  const somebody = inTime.length > 0 || visibleIn(world).length > 0;
  // A process that ends in its handler is a crash, and has its own step.
  if (outlived.some(({ running }) => running) || outlived.length > left.zombie) return;
  if (timers > left.timer || (somebody && left.slow === 0)) return;
  yield [
    `${(next - now) / 1000} s pass`,
    async () => {
      const later = spent(spent({ ...world, now: next }, 'slow', somebody ? 1 : 0), 'zombie', outlived.length);
      return timers > 0 ? timersGoneOff(spent(later, 'timer', timers)) : later;
    },
  ];
}

const isTimed = ({ scope }: World): boolean => (scope.mishaps.timer ?? 0) > 0;

async function timersGoneOff(world: World): Promise<World> {
  let after = world;
  for (const worker of world.workers) {
    let told = worker;
    for (const index of worker.timersBy(world.now)) told = await told.told(index, { value: undefined }, world.now);
    after = {
      ...after,
      workers: after.workers.map((each) => (each === worker ? told : each)),
      // A handler that goes on has failed all the same.
      failures: after.failures + (told.deaf && !worker.deaf ? 1 : 0),
    };
  }
  return after;
}

function* instants(world: World): Iterable<number> {
  const { clocksAheadMs = [0, 0] } = world.scope;
  for (const { until } of world.queue) yield until;
  for (const worker of world.workers) {
    yield worker.endsAt;
    if (isTimed(world)) for (const { wish } of worker.wishes) if (wish.kind === 'timer') yield wish.at;
  }
  const record = recordIn(world);
  for (const aheadMs of record ? clocksAheadMs : []) {
    if (record?.status === 'waiting') yield record.notBefore - aheadMs;
    if (record?.status === 'claimed' || record?.status === 'dying') yield record.leaseUntil - aheadMs;
  }
}
