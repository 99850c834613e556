import type { Field } from '../field.ts';

const longestWindowSeconds = 3_600;

/** Checks what events are about, and how long something newer is waited for. */
export function checkCoalesce(coalesce: Field): void {
  const keys = ['by', 'windowSeconds', 'maxWindowSeconds', 'version'];
  if (!coalesce.object('an object with by and windowSeconds', keys)) return;
  const [most, version] = [coalesce.at('maxWindowSeconds'), coalesce.at('version')];
  coalesce.at('by').selector('a function from an event to its key');
  const windowSeconds = coalesce.at('windowSeconds').integer(1, 900);
  if (most.given) most.integer(windowSeconds ?? 1, longestWindowSeconds, ', no shorter than windowSeconds');
  if (version.given) version.selector('a function from an event to its version');
}
