import type { Field } from '../field.ts';

/** Checks whom an event belongs to, and how much anybody may have at once. */
export function checkFair(fair: Field): void {
  if (!fair.object('an object, with by and maxConcurrent if need be', ['by', 'maxConcurrent'])) return;
  const [by, maxConcurrent] = [fair.at('by'), fair.at('maxConcurrent')];
  if (by.given) by.selector('a function from an event to its tenant');
  if (maxConcurrent.given) maxConcurrent.integer(1, 1_000);
}
