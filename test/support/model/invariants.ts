import type { LedgerRecord } from '../../../functions/consume/record.ts';
import type { Worker } from './worker.ts';
import { genOf, recordIn, type World } from './world.ts';

/** What must never be. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

function must(holds: boolean, otherwise: () => string): void {
  if (!holds) throw new Violation(otherwise());
}

/** By the clock that is most ahead. */
const latestNowIn = ({ now, scope }: World): number => now + Math.max(0, ...(scope.clocksAheadMs ?? []));

const holds = ({ start }: Worker, { token }: LedgerRecord): boolean => token.startsWith(`t${start.run}.`);

/**
 * What may become of a record by one write.
 *
 * @param world as it was before the write
 * @throws Violation
 */
export function checkWrite(world: World, before: LedgerRecord | undefined, after: LedgerRecord | undefined): void {
  const latestNow = latestNowIn(world);
  if (!after) {
    must(!before || before.expiresAt <= latestNow, () => 'a record was removed before its time');
    return;
  }
  const move = `${before?.status ?? 'none'} → ${after.status}`;
  const same = before?.token === after.token;
  const isHeld = world.workers.some((worker) => before && holds(worker, before) && worker.endsAt > world.now);
  if (before) {
    const died = move === 'claimed → dying';
    must(after.gen === before.gen + (died ? 1 : 0), () => `${move}: generation ${before.gen} → ${after.gen}`);
  }
  switch (move) {
    case 'none → claimed':
    case 'none → superseded':
      break;
    case 'waiting → claimed':
    case 'waiting → superseded':
      // What SQS will soon drop is claimed early, but not to be run.
      must((before?.notBefore ?? 0) <= latestNow || Boolean(world.scope.ageMs), () => `${move} before its time`);
      break;
    case 'claimed → completed':
    case 'claimed → waiting':
    case 'claimed → dying':
    case 'claimed → superseded':
    case 'dying → dead':
      must(same, () => `${move} by another than who held it`);
      must(
        after.attempts === before?.attempts || after.status !== 'waiting' || after.notBefore > (before?.notBefore ?? 0),
        () => `${move}, and no backoff after attempt ${after.attempts}`,
      );
      break;
    case 'claimed → claimed':
    case 'dying → dying':
      must(!isHeld && !same, () => `${move} while it was held`);
      break;
    case 'dying → claimed':
    case 'dead → claimed':
      must(world.redriven.includes(after.gen), () => `${move}, and generation ${after.gen} was not redriven`);
      must(after.attempts === 0 && after.loneCrashes === 0, () => `${move} with what was counted before`);
      break;
    default:
      must(false, () => `no such transition: ${move}`);
  }
}

/**
 * What must hold at every instant.
 *
 * @throws Violation
 */
export function checkInstant(world: World): void {
  const { letters, queue, failures, successes, workers } = world;
  const troubles = troublesIn(world);
  for (const worker of workers) if (worker.running) checkRun(world, worker);
  must(successes <= 1 + troubles, () => `${successes} runs succeeded, with ${troubles} troubles`);
  must(world.takeovers <= troubles, () => `taken over ${world.takeovers} times, with ${troubles} troubles`);
  const record = recordIn(world);
  // Of an erased event the record tells nothing more.
  if (!record || record.status === 'erased') return;
  const { status, gen, attempts } = record;
  const copies = [...letters, ...queue.map((copy) => copy.gen)];
  must(world.removed !== undefined || Math.max(0, ...copies) <= gen, () => `a copy has outrun generation ${gen}`);
  must(status !== 'dead' || copies.includes(gen), () => `dead, and no copy of generation ${gen} anywhere`);
  // A failure counts once it is recorded, and never if whoever met it could not record it.
  const counted = workers.length === 0 ? failures - troubles : 0;
  must(
    attempts <= failures && attempts >= counted,
    () => `${attempts} attempts by ${failures} failures, with ${troubles} troubles`,
  );
}

/** How often it was cut short what somebody was about to record. */
export function troublesIn({ scope, left }: World): number {
  const { crash = 0, zombie = 0, fault = 0 } = scope.mishaps;
  return crash - left.crash + (zombie - left.zombie) + (fault - left.fault);
}

/** A handler is at work, and may have its effect at this very instant. */
function checkRun(world: World, worker: Worker): void {
  const { run, records } = worker.start;
  if (worker.deaf) {
    const others = world.workers.filter(({ running }) => running).length - 1;
    must(others === 0, () => `${run} is still at work, and so is another`);
    return;
  }
  const found = recordIn(world);
  // Whoever had the lease when the event was erased hears of that at the end.
  const record = found?.status === 'erased' ? world.erased : found;
  const valid = record?.status === 'claimed' && holds(worker, record) && record.leaseUntil > world.now;
  if (!valid) throw new Violation(`${run} runs the handler without a valid lease`);
  must(worker.handled === 1, () => `${run} runs the handler twice under one token`);
  const copy = Math.max(...records.map(genOf));
  must(record.notBefore <= latestNowIn(world), () => `${run} runs the handler before its time`);
  must(copy >= record.gen, () => `a copy of generation ${copy} runs in generation ${record.gen}`);
  for (const { wish } of worker.wishes) {
    if (wish.kind !== 'handler') continue;
    const { attempt, generation } = wish.context;
    must(attempt === record.attempts + 1, () => `attempt ${attempt} follows ${record.attempts} attempts`);
    must(generation === record.gen, () => `the handler is told generation ${generation}, of ${record.gen}`);
  }
}
