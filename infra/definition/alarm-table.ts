import { type AlarmKind, alarmKinds } from '../../functions/core/definition.ts';
import { alarmDefaults } from './defaults.ts';

/** What an alarm tells, what sets its threshold, and which alarm gives notice of it beside itself. */
interface AlarmRow {
  readonly tells: string;
  readonly set: readonly (keyof typeof alarmDefaults)[];
  /** @default itself */
  readonly notice?:
    | 'intake trouble'
    | 'endpoints trouble'
    | 'sources trouble'
    | 'platform trouble'
    | 'archive trouble'
    | '… failing'
    | '… late'
    | 'intake or platform trouble';
}

const rows: Readonly<Record<AlarmKind, AlarmRow>> = {
  'receiver-errors': {
    tells: 'answers 5xx in five minutes: not accepted',
    set: ['receiverErrors'],
    notice: 'intake trouble',
  },
  'turned-away': {
    tells: 'requests in five minutes, in 10 of 15, that API Gateway answered itself (429 beyond a throttle, 404)',
    set: ['turnedAway'],
    notice: 'intake trouble',
  },
  throttles: {
    tells: 'invocations of a function in five minutes that Lambda throttled',
    set: ['throttles'],
    notice: 'intake or platform trouble',
  },
  deadline: {
    tells: 'p99 of a source’s answers, as a part of its platform’s own deadline, in 10 of 15 minutes',
    set: ['deadlineShare', 'routes'],
    notice: 'intake trouble',
  },
  'endpoint-disabling': {
    tells: 'part left, by estimate, of the failures after which the platform gives the endpoint up',
    set: ['failuresLeft', 'routes'],
    notice: 'endpoints trouble',
  },
  'signature-refusals': {
    tells: 'requests of a source in five minutes that prove nothing, if they are so many percent of all',
    set: ['refusals', 'refusalPercent'],
  },
  'silent-source': {
    tells: 'no event for the source’s `expect.silentAfterMinutes`',
    set: [],
    notice: 'sources trouble',
  },
  volume: {
    tells: 'far fewer events for half an hour than usual at this hour, or none, for sources with `expect.volume`',
    set: [],
    notice: 'sources trouble',
  },
  spool: { tells: 'events in the spool for a quarter of an hour', set: [], notice: 'intake trouble' },
  sweeper: { tells: 'the sweeper fails, or does not run, for a quarter of an hour', set: [], notice: 'intake trouble' },
  backlog: {
    tells: 'events that wait for a consumer, deferred and delayed ones counted in, by the minute',
    set: ['backlog'],
    notice: '… late',
  },
  age: {
    tells:
      'seconds since the receipt of a consumer’s oldest unfinished event, in one of the last five minutes; its own `promiseSeconds` goes first',
    set: ['ageSeconds'],
    notice: '… late',
  },
  'in-flight': { tells: 'messages in flight, of SQS’s 120,000', set: ['inFlight'], notice: '… late' },
  'failure-rate': {
    tells: 'percent of attempts in five minutes that fail, of at least so many',
    set: ['failurePercent', 'leastAttempts'],
    notice: '… failing',
  },
  'circuit-open': { tells: 'a consumer’s circuit is open', set: [], notice: '… failing' },
  replays: { tells: 'copies in five minutes under another delivery id', set: ['replays'] },
  'dead-letters': { tells: 'one dead letter or more', set: [] },
  'dead-letters-expiring': { tells: 'days that the oldest dead letter has, of 14', set: ['deadLetterDays'] },
  'ledger-throttles': {
    tells: 'requests of the ledger or the state table in five minutes that DynamoDB throttled',
    set: ['ledgerThrottles'],
    notice: 'platform trouble',
  },
  'archive-lag': {
    tells: 'seconds from receipt until a delivery is archived',
    set: ['archiveLagSeconds'],
    notice: 'archive trouble',
  },
  'archive-errors': { tells: 'archiver or compactor fail again and again', set: [], notice: 'archive trouble' },
  'watcher-silent': { tells: 'the watcher wrote nothing for some minutes', set: [] },
  spend: { tells: 'estimated dollars an hour, for a quarter of an hour', set: ['dollarsPerHour'] },
};

/** The README's table of alarms, a line of Markdown each. */
export function alarmTable(): readonly string[] {
  const heading = ['kind', 'tells', 'set by `alarms.…` (default)', 'notice'] as const;
  const lines = alarmKinds.map((kind) => {
    const { tells, set, notice } = rows[kind];
    const setting = set.map((name) => `\`${name}\` (${alarmDefaults[name]})`).join(', ');
    return [`\`${kind}\``, tells, setting || '–', notice ?? 'its own'];
  });
  return [heading, heading.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`);
}
