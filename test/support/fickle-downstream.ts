import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { type Chaos, chaosOf } from '../../infra/local/chaos.ts';

/** What a handler does to the downstream: gives something of this name its n-th value. */
export interface Effect {
  readonly key: string;
  readonly n: number;
  readonly idempotencyKey: string;
}

/** How a handler's run ends: well, by an error, or with its whole process, before its effect or after it. */
export type Fate = 'well' | 'fails-before' | 'fails-after' | 'dies-before' | 'dies-after';

/** Of all runs, so large a part fails, and so large a part dies: half of each before its effect. */
export interface FateShares {
  readonly fails: number;
  readonly dies: number;
}

/** With one more an event that runs alone could be dead-lettered for its crashes. */
const mostDeaths = 2;

/** A downstream on which handlers have effects, and which says how their runs end. It remembers, and does not judge. */
export interface FickleDownstream {
  readonly url: string;
  /** Runs of handlers by key, in the order in which they began. */
  readonly runs: ReadonlyMap<string, readonly Effect[]>;
  /** Effects by key, in the order in which they took place: naively, with every repetition. */
  readonly effects: ReadonlyMap<string, readonly Effect[]>;
  /** How often each fate was met. */
  readonly fates: ReadonlyMap<Fate, number>;
  close(): Promise<void>;
}

export interface FickleDownstreamOptions {
  /** Of the fates: the n-th run of an event has the same one each time. */
  readonly seed: number;
  readonly shares: FateShares;
  /** Called when a run has begun; its effect takes place once that has ended. @default at once */
  readonly begun?: (effect: Effect) => Promise<void> | undefined;
}

/** Starts one on a free port. */
export async function startFickleDownstream({
  seed,
  shares,
  begun,
}: FickleDownstreamOptions): Promise<FickleDownstream> {
  const runs = new Map<string, Effect[]>();
  const effects = new Map<string, Effect[]>();
  const fates = new Map<Fate, number>();
  const fateOf = fatesBy(chaosOf(seed), shares);
  const server = createServer(async (request, response) => {
    const effect = (await json(request)) as Effect;
    const fate = fateOf(effect);
    fates.set(fate, (fates.get(fate) ?? 0) + 1);
    append(runs, effect);
    await begun?.(effect);
    // Whoever has gone meanwhile has had no effect.
    if (response.destroyed) return;
    if (!fate.endsWith('before')) append(effects, effect);
    response.end(fate);
  });
  // Longer than clients keep an idle connection, so that none is cut that nobody meant to cut.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    runs,
    effects,
    fates,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What is left of some runs or effects when each that only repeats the one before it is left out. */
export function withoutRepetitions(all: readonly Effect[] = []): readonly Effect[] {
  return all.filter(({ idempotencyKey }, index) => all[index - 1]?.idempotencyKey !== idempotencyKey);
}

function fatesBy({ random }: Pick<Chaos, 'random'>, { fails, dies }: FateShares): (effect: Effect) => Fate {
  const shares: readonly (readonly [Fate, number])[] = [
    ['fails-before', fails / 2],
    ['fails-after', fails / 2],
    ['dies-before', dies / 2],
    ['dies-after', dies / 2],
  ];
  const deaths = new Map<string, number>();
  return ({ key, n }) => {
    const site = `${key} ${n}`;
    let left = random(site);
    for (const [fate, share] of shares) {
      left -= share;
      if (left >= 0) continue;
      if (!fate.startsWith('dies')) return fate;
      const died = deaths.get(site) ?? 0;
      if (died >= mostDeaths) return 'well';
      deaths.set(site, died + 1);
      return fate;
    }
    return 'well';
  };
}

function append(lists: Map<string, Effect[]>, effect: Effect): void {
  const list = lists.get(effect.key);
  if (list) list.push(effect);
  else lists.set(effect.key, [effect]);
}
