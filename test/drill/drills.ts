import type { AlarmKind } from '../../functions/core/definition.ts';
import { eventPrefix, spoolPrefix } from '../../functions/core/names.ts';
import type { AwsRequest } from '../../infra/local/service.ts';
import { newBody } from './senders.ts';
import type { Clear, World } from './world.ts';

/** A fault, and who must tell of it. Alarms by their names without the stage. */
export interface Drill {
  /** Of the alarms that it is for. */
  readonly kinds: readonly AlarmKind[];
  /** What goes wrong, in a few words. */
  readonly fault: string;
  /** Alarms that must ring, and fall silent when the fault is over. */
  readonly fires: readonly string[];
  /** Alarms that give notice of it, once. */
  readonly notices: readonly string[];
  /** Composite alarms that ring as well, of which nobody is told. */
  readonly held?: readonly string[];
  /** Further alarms that may ring, since the same fault is behind them; none of them may give notice. */
  readonly follows?: readonly string[];
  /** Whether an alarm needs hours to clear, so that nobody waits for it before the next group. @default false */
  readonly slow?: boolean;
  /** Which figure is given rather than measured. @default none: everything that the alarm looks at has happened */
  readonly byFigure?: string;
  /** Lets it go wrong, and answers how it is put right. */
  inject(world: World): Promise<Clear>;
}

/** Drills that do not disturb each other, and are done at the same time. */
export interface Group {
  readonly name: string;
  readonly drills: readonly Drill[];
}

const isOf = (text: string) => (request: AwsRequest) => request.body.includes(text);
/** Lists objects below a prefix. */
const lists =
  (prefix: string) =>
  ({ method, query }: AwsRequest) =>
    method === 'GET' && (query.get('prefix') ?? '').startsWith(prefix);
/** All of it, whatever comes of any part. */
const all = (...clears: readonly Clear[]): Clear => {
  return async () => {
    await Promise.all(clears.map((clear) => clear()));
  };
};
const times = (count: number, act: () => Promise<unknown>) => Promise.all(Array.from({ length: count }, act));
const consumers = ['steady', 'guarded', 'in-turn', 'careful', 'stubborn', 'patient'];
const late = (consumer: string) => ['backlog', 'age', 'in-flight'].map((kind) => `${consumer} ${kind}`);
const failing = (consumer: string) => [...late(consumer), `${consumer} failure-rate`];

/** Consumers, sources and the archive: each by itself. */
const parts: Group = {
  name: 'consumers, sources, archive',
  drills: [
    {
      kinds: ['failure-rate'],
      fault: 'a downstream answers 503',
      fires: ['steady failure-rate'],
      notices: ['steady failing'],
      follows: late('steady'),
      async inject(world) {
        const clear = world.mood('release.published', 'down');
        await world.enqueue('steady', 'release.published', 12);
        return clear;
      },
    },
    {
      kinds: ['circuit-open'],
      fault: 'a downstream answers 503 to a consumer with a circuit, while much comes in',
      fires: ['guarded circuit-open', 'guarded backlog'],
      notices: ['guarded failing'],
      held: ['guarded late'],
      follows: ['guarded failure-rate', ...late('guarded')],
      async inject(world) {
        const clear = world.mood('issues.opened', 'down');
        await world.enqueue('guarded', 'issues.opened', 10);
        await world.reaches('guarded circuit-open', 'ALARM');
        await world.enqueue('guarded', 'issues.opened', 40);
        return clear;
      },
    },
    {
      kinds: ['backlog', 'age'],
      fault: 'a downstream gives no answer, and events in order wait for the first',
      fires: ['in-turn backlog', 'in-turn age'],
      notices: ['in-turn late'],
      async inject(world) {
        const clear = world.mood('pull_request.opened', 'silent');
        for (let sent = 0; sent < 35; sent++) await world.send('github', { type: 'pull_request.opened' });
        return clear;
      },
    },
    {
      kinds: ['age'],
      fault: 'an event fails again and again, of which SQS soon tells no age',
      slow: true,
      fires: ['stubborn age'],
      notices: ['stubborn late'],
      async inject(world) {
        const clear = world.mood('fork', 'down');
        await world.enqueue('stubborn', 'fork', 1);
        return clear;
      },
    },
    {
      kinds: ['replays'],
      fault: 'captured requests come again under other delivery ids',
      fires: ['careful replays'],
      notices: ['careful replays'],
      async inject(world) {
        const copy = { type: 'label.edited', body: newBody('github', 'edited') };
        await world.send('github', copy);
        // Copies of what is still at work would only be put back, and count later.
        await world.emptied('careful');
        return world.keep(0.25, () => world.send('github', copy));
      },
    },
    {
      kinds: ['dead-letters'],
      fault: 'a downstream refuses an event for good; it is redriven when that is over',
      fires: ['careful dead-letters'],
      notices: ['careful dead-letters'],
      async inject(world) {
        const clear = world.mood('watch.started', 'refuses');
        await world.enqueue('careful', 'watch.started', 1);
        return async () => {
          await clear();
          // On its way to the dead-letter queue an event may have been sent there twice.
          const redriven = world.keep(3, () => world.redrive('careful-dlq', 'careful'));
          await world.reaches('careful dead-letters', 'OK');
          await redriven();
        };
      },
    },
    {
      kinds: ['silent-source'],
      fault: 'a platform stops sending',
      fires: ['slack silent-source'],
      notices: ['sources trouble'],
      async inject({ traffic: { sparse } }) {
        sparse.set('slack', 0);
        return () => void sparse.delete('slack');
      },
    },
    {
      kinds: ['volume'],
      fault: 'a platform sends a seventh of what is usual',
      byFigure: 'what is usual, of the hours before',
      fires: ['stripe volume'],
      notices: ['sources trouble'],
      async inject({ traffic: { sparse } }) {
        sparse.set('stripe', 7);
        return () => void sparse.delete('stripe');
      },
    },
    {
      kinds: ['signature-refusals', 'endpoint-disabling'],
      fault: 'a platform signs with a secret that nobody told us',
      fires: ['shopify signature-refusals', 'shopify endpoint-disabling'],
      notices: ['shopify signature-refusals', 'endpoints trouble'],
      async inject(world) {
        const stop = world.keep(0.125, () => world.send('shopify', { forged: true }));
        return async () => {
          await stop();
          // Refusals are told once a second, with the next request: what each environment still has must not ring later.
          const genuine = world.keep(0.5, () => times(8, () => world.send('shopify')));
          await world.pass(4);
          await genuine();
        };
      },
    },
    {
      kinds: ['archive-lag', 'archive-errors'],
      fault: 'the archiver dies while it writes',
      fires: ['archive archive-lag', 'archiver archive-errors'],
      notices: ['archive trouble'],
      inject: async (world) =>
        world.fault({
          service: 's3',
          action: 'PutObject',
          kind: 'fail',
          match({ path }) {
            const isArchivers = path.includes(`/${eventPrefix}`);
            if (isArchivers) void world.runtime.function('archiver').killRunning();
            return isArchivers;
          },
        }),
    },
    {
      kinds: ['archive-errors'],
      fault: 'the compactor may not list the archive, four times in three hours',
      slow: true,
      fires: ['compactor archive-errors'],
      notices: ['archive trouble'],
      async inject(world) {
        const clear = world.fault({ service: 's3', kind: 'fail', match: lists(eventPrefix) });
        for (let run = 0; run < 4; run++) await world.runtime.function('compactor').invoke({});
        return clear;
      },
    },
  ],
};

/** What comes in. Only one of these gives notice, whatever else it means for sources. */
const intake: Group = {
  name: 'intake',
  drills: [
    {
      kinds: ['receiver-errors'],
      fault: 'a source has no secret, and a platform that meets the same stops sending',
      fires: ['receiver receiver-errors', 'slack silent-source'],
      notices: ['intake trouble'],
      held: ['sources trouble'],
      async inject(world) {
        const stop = world.keep(1, () => world.send('unset'));
        world.traffic.sparse.set('slack', 0);
        return all(stop, () => void world.traffic.sparse.delete('slack'));
      },
    },
    {
      kinds: ['deadline', 'spool'],
      fault: 'SQS does not answer for a source',
      fires: ['warehouse deadline', 'spool spool'],
      notices: ['intake trouble'],
      async inject(world) {
        const clear = world.fault({ service: 'sqs', action: 'SendMessage', kind: 'hang', match: isOf('warehouse') });
        // One at a time, so that the other sources have receivers left.
        world.traffic.sparse.set('warehouse', 0);
        const stop = world.keep(1, () => world.send('warehouse'));
        return async () => {
          await stop();
          world.traffic.sparse.delete('warehouse');
          await clear();
        };
      },
    },
    {
      kinds: ['turned-away', 'spend'],
      fault: 'a source sends far more than API Gateway lets through',
      fires: ['api turned-away', 'pipeline spend'],
      notices: ['intake trouble', 'pipeline spend'],
      inject: async (world) => world.keep(0.5, () => times(50, () => world.send('metered'))),
    },
    {
      kinds: ['watcher-silent'],
      fault: 'SQS does not tell the watcher how much waits',
      fires: ['watcher watcher-silent'],
      notices: ['watcher watcher-silent'],
      inject: async (world) => world.fault({ service: 'sqs', action: 'GetQueueAttributes', kind: 'fail' }),
    },
  ],
};

/** Much at once, which leaves a small machine no time for anything else. */
const crowd: Group = {
  name: 'a crowd',
  drills: [
    {
      kinds: ['in-flight'],
      fault: 'a downstream asks a thousand events to come in an hour',
      fires: ['patient in-flight'],
      notices: ['patient late'],
      follows: late('patient'),
      async inject(world) {
        const clear = world.mood('star.created', 'busy');
        await world.enqueue('patient', 'star.created', 1_050);
        return all(clear, () => world.purge('patient'));
      },
    },
  ],
};

/** What all consumers stand on. None of them is to blame. */
const platform: Group = {
  name: 'platform',
  drills: [
    {
      kinds: ['ledger-throttles'],
      fault: 'DynamoDB throttles both tables',
      fires: ['ledger ledger-throttles', 'state ledger-throttles', 'steady backlog'],
      notices: ['platform trouble'],
      held: ['steady late', ...consumers.map((name) => `${name} failing`)],
      follows: consumers.flatMap(failing),
      async inject(world) {
        const clear = world.fault({ service: 'dynamodb', kind: 'throttle' });
        await world.enqueue('steady', 'push', 40);
        return clear;
      },
    },
    {
      kinds: ['sweeper'],
      fault: 'the sweeper may not list the spool',
      fires: ['sweeper sweeper'],
      notices: ['intake trouble'],
      inject: async (world) => world.fault({ service: 's3', kind: 'fail', match: lists(spoolPrefix) }),
    },
  ],
};

/** What Lambda runs. */
const concurrency: Group = {
  name: 'concurrency',
  drills: [
    {
      kinds: ['throttles'],
      fault:
        'the concurrency of the account is used up: by receivers that wait for SQS, and by whatever else runs in it',
      fires: ['receiver throttles', 'receiver receiver-errors', 'steady throttles'],
      notices: ['intake trouble'],
      held: ['platform trouble', 'steady failing'],
      follows: [
        ...consumers.flatMap(failing),
        ...['slack silent-source', 'stripe volume', 'github deadline', 'stripe deadline'],
      ],
      async inject(world) {
        const answered = world.fault({
          service: 'sqs',
          action: 'SendMessage',
          kind: 'hang',
          match: isOf('release.edited'),
        });
        // Who waits for three seconds only would tell of slow answers besides.
        const { sparse } = world.traffic;
        for (const source of ['slack', 'warehouse'] as const) sparse.set(source, 0);
        const storm = world.keep(0, () => times(40, () => world.send('github', { type: 'release.edited' })));
        await world.reaches('receiver throttles', 'ALARM');
        const handled = world.mood('release.published', 'silent');
        const others = world.keep(1, () => times(14, () => world.invoke('steady', 'release.published')));
        return async () => {
          await all(storm, others)();
          await all(answered, handled, () => sparse.clear())();
        };
      },
    },
  ],
};

/** In the order in which they are done. */
export const groups: readonly Group[] = [parts, crowd, intake, platform, concurrency];

/** A pipeline that stood still for longer than somebody should leave a dead letter; it needs a start of its own. */
export const stoodStill: Drill & { readonly letter: { readonly consumer: string; readonly daysAgo: number } } = {
  kinds: ['dead-letters-expiring'],
  fault: 'a dead letter has lain for eleven days',
  fires: ['patient dead-letters', 'patient dead-letters-expiring'],
  notices: ['patient dead-letters', 'patient dead-letters-expiring'],
  letter: { consumer: 'patient', daysAgo: 11 },
  inject: async (world) => () => world.purge('patient-dlq'),
};

export const allDrills: readonly Drill[] = [stoodStill, ...groups.flatMap(({ drills }) => drills)];
