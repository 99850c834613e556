import { createHash } from 'node:crypto';

/**
 * Bad luck that can be repeated. Each site (a place that can go wrong, such as `lambda.crash-before:orders`) draws
 * from a stream of its own, so that what happens at one site does not depend on how often another was asked.
 */
export interface Chaos {
  /** What to pass to {@link chaosOf} to see the same schedule again. */
  readonly seed: number;
  /** Whether the site's next chance comes true; `probability` from 0 (never) to 1 (always). */
  roll(site: string, probability: number): boolean;
  /** The site's next number, from 0 up to but not including 1. */
  random(site: string): number;
}

/** The schedule of a seed: the n-th draw at a site depends on nothing but the seed, the site and n. */
export function chaosOf(seed: number): Chaos {
  const draws = new Map<string, number>();
  const random = (site: string): number => {
    const nth = draws.get(site) ?? 0;
    draws.set(site, nth + 1);
    const digest = createHash('sha256').update(`${seed}\n${nth}\n${site}`).digest();
    return digest.readUIntBE(0, 6) / 2 ** 48;
  };
  return { seed, random, roll: (site, probability) => random(site) < probability };
}
