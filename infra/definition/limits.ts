import { limitDefaults, plainConsumer } from './defaults.ts';
import { type Field, isRecord } from './field.ts';

/** The sweeper, the watcher and the compactor run once at a time, the archiver twice. */
const sweeperConcurrency = 1;
const watcherConcurrency = 1;
const archiverConcurrency = 2;
const compactorConcurrency = 1;

/** Checks that the consumers together leave room for the receiver. */
export function checkLimits(field: Field, consumers: Field, archive: Field): void {
  if (field.given && !field.object('an object of limits', Object.keys(limitDefaults))) return;
  const limit = (name: keyof typeof limitDefaults) =>
    field.at(name).given ? field.at(name).integer(1, 1_000_000) : limitDefaults[name];
  const account = limit('accountConcurrency');
  const receiver = limit('receiverConcurrency');
  if (account === undefined || receiver === undefined || !isRecord(consumers.value)) return;
  const wanted = Object.values(consumers.value).map((consumer) => {
    const given = isRecord(consumer) && Object.hasOwn(consumer, 'concurrency') ? consumer.concurrency : undefined;
    return typeof given === 'number' && Number.isFinite(given) ? given : plainConsumer.concurrency;
  });
  const total = wanted.reduce((sum, each) => sum + each, 0);
  const archived = archive.value !== false;
  const compacted = archived && archive.at('compact').value !== false;
  const archives = (archived ? archiverConcurrency : 0) + (compacted ? compactorConcurrency : 0);
  const own = sweeperConcurrency + watcherConcurrency + archives;
  const most = account - receiver - own;
  if (total <= most) return;
  consumers.complain(
    `${consumers.path} must have a concurrency of at most ${most} in all, so that of the account's ${account} there are ` +
      `${receiver} left for the receiver and ${own} for ${archived ? 'the sweeper, the watcher and the archive' : 'the sweeper and the watcher'}, got ${total}`,
  );
}
