import { limitDefaults, plainConsumer } from './defaults.ts';
import { type Field, isRecord } from './field.ts';

/** The sweeper runs once at a time. */
const sweeperConcurrency = 1;

/** Checks that the consumers together leave room for the receiver. */
export function checkLimits(field: Field, consumers: Field): void {
  if (field.given && !field.object('an object of limits', Object.keys(limitDefaults))) return;
  const limit = (name: keyof typeof limitDefaults) =>
    field.at(name).given ? field.at(name).integer(1, 1_000_000) : limitDefaults[name];
  const account = limit('accountConcurrency');
  const receiver = limit('receiverConcurrency');
  if (account === undefined || receiver === undefined || !isRecord(consumers.value)) return;
  const wanted = Object.values(consumers.value).map((consumer) => {
    const own = isRecord(consumer) && Object.hasOwn(consumer, 'concurrency') ? consumer.concurrency : undefined;
    return typeof own === 'number' && Number.isFinite(own) ? own : plainConsumer.concurrency;
  });
  const total = wanted.reduce((sum, each) => sum + each, 0);
  const most = account - receiver - sweeperConcurrency;
  if (total <= most) return;
  consumers.complain(
    `${consumers.path} must have a concurrency of at most ${most} in all, so that of the account's ${account} there are ` +
      `${receiver} left for the receiver and ${sweeperConcurrency} for the sweeper, got ${total}`,
  );
}
