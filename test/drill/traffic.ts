import { type SourceName, send } from './senders.ts';

/** What comes in day by day, so that there is something to watch. */
export interface Traffic {
  /** Sources that send less: one event in so many minutes, or none at all where it is 0. */
  readonly sparse: Map<SourceName, number>;
  stop(): Promise<void>;
}

/** One event in so many minutes of the watch. */
const usual: readonly (readonly [SourceName, number])[] = [
  ['github', 1],
  ['stripe', 1],
  ['slack', 2],
  ['warehouse', 4],
];
const types = ['push', 'issues.opened'];

/**
 * Sends a little from every source, minute by minute, and nothing that would have to be refused.
 *
 * @param minuteMs how long a minute of the watch takes, in milliseconds
 */
export function startTraffic(url: string, minuteMs: number): Traffic {
  const sparse = new Map<SourceName, number>();
  const underWay = new Set<Promise<unknown>>();
  let minute = 0;
  const timer = setInterval(() => {
    minute += 1;
    for (const [source, otherwise] of usual) {
      const every = sparse.get(source) ?? otherwise;
      if (every === 0 || minute % every !== 0) continue;
      // Whoever is not answered in a drill is not asked again.
      const sent = send(url, source, { type: types[minute % types.length] ?? '' }).catch(() => undefined);
      underWay.add(sent);
      void sent.finally(() => underWay.delete(sent));
    }
  }, minuteMs);
  return {
    sparse,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(underWay);
    },
  };
}
