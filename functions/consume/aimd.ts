import type { AdaptPolicy } from '../core/definition.ts';
import type { Observation } from './adapt.ts';

/** How many runs went in which way. */
export interface Tally {
  readonly healthy: number;
  readonly unhealthy: number;
  /** Milliseconds of all runs together. */
  readonly ms: number;
  /** The highest that was reported; 0 where nothing was. */
  readonly lag: number;
}

/** What is known of an interval when it is judged. */
export interface Interval extends Tally {
  /** Whether all permits were in use at some time: without that, more of them would change nothing. */
  readonly used: boolean;
}

/** What bounds the limit, and what a healthy downstream keeps to. */
export interface Bounds
  extends Readonly<Required<Pick<AdaptPolicy, 'floor' | 'errorRate'>>>,
    Pick<AdaptPolicy, 'latencyMs' | 'lag'> {
  /** The limit's maximum. */
  readonly concurrency: number;
}

export type Judgement =
  /** Too little is known: the interval goes on. */
  | { readonly kind: 'unclear' }
  | {
      readonly kind: 'clear';
      readonly limit: number;
      readonly because: 'errors' | 'latency' | 'lag' | 'healthy';
    };

/** Runs that an interval must have before their failures or their mean latency lower the limit. */
export const minimumRuns = 5;

/** A decrease leaves at least, and at most, this part of the limit. */
const decrease = { least: 0.5, most: 0.7 } as const;

/** An increase is one, or this part of the limit where that is more: 1,000 functions are not to take an hour to come back. */
const increase = 0.1;

/** More than DynamoDB can hold, or nonsense, would cost a whole turn's observations. */
const mostSummed = 1e15;

/** A tally of nothing. */
export const nothing: Tally = { healthy: 0, unhealthy: 0, ms: 0, lag: 0 };

/** Adds observations to a tally. What is no number counts as 0. */
export function tallied(tally: Tally, observations: readonly Observation[]): Tally {
  return observations.reduce(
    ({ healthy, unhealthy, ms, lag }, observed) => ({
      healthy: healthy + (observed.healthy ? 1 : 0),
      unhealthy: unhealthy + (observed.healthy ? 0 : 1),
      ms: ms + summable(observed.ms),
      lag: Math.max(lag, summable(observed.lag ?? 0)),
    }),
    tally,
  );
}

/** A limit within the bounds; a new one, or one that makes no sense, is the maximum. */
export function limitWithin(limit: number, { floor, concurrency }: Pick<Bounds, 'floor' | 'concurrency'>): number {
  return Number.isFinite(limit) ? Math.min(concurrency, Math.max(floor, Math.floor(limit))) : concurrency;
}

/**
 * The limit after an interval, by additive increase and multiplicative decrease: one more, from 20 on a tenth more,
 * where the downstream was well and the limit was in the way; 0.5 to 0.7 of it, the less the further the worst sign is
 * beyond its bound, where it was not well. Less than {@link minimumRuns} that look bad are unclear, but a lag is a fact
 * at once.
 *
 * Source: https://en.wikipedia.org/wiki/Additive_increase/multiplicative_decrease
 */
export function judged(limit: number, interval: Interval, bounds: Bounds): Judgement {
  const { healthy, unhealthy, ms, lag, used } = interval;
  const runs = healthy + unhealthy;
  if (runs === 0) return { kind: 'unclear' };
  const signs = [
    { because: 'lag', excess: bounds.lag === undefined ? 0 : lag / bounds.lag, runs: 1 },
    { because: 'errors', excess: unhealthy / runs / bounds.errorRate, runs: minimumRuns },
    {
      because: 'latency',
      excess: bounds.latencyMs === undefined ? 0 : ms / runs / bounds.latencyMs,
      runs: minimumRuns,
    },
  ] as const;
  const bad = signs.filter(({ excess }) => excess > 1);
  const [worst] = bad.filter((sign) => runs >= sign.runs).sort((a, b) => b.excess - a.excess);
  if (worst) {
    const factor = Math.min(decrease.most, Math.max(decrease.least, 1 / worst.excess));
    return { kind: 'clear', limit: limitWithin(limit * factor, bounds), because: worst.because };
  }
  if (bad.length > 0) return { kind: 'unclear' };
  const more = used ? Math.max(1, Math.floor(limit * increase)) : 0;
  return { kind: 'clear', limit: limitWithin(limit + more, bounds), because: 'healthy' };
}

const summable = (value: number): number => (value > 0 ? Math.min(value, mostSummed) : 0);
