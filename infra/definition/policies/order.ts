import type { Field } from '../field.ts';

/** Checks by what events are kept in order. */
export function checkOrder(order: Field): void {
  if (!order.object('an object with the function `by`', ['by'])) return;
  order.at('by').selector('a function from an event to its key');
}
