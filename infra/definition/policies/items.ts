import type { Field } from '../field.ts';

/** Checks how an event is split. */
export function checkItems(items: Field): void {
  items.selector('a function from an event to its items');
}
