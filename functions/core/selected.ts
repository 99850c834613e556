import type { Selectable } from './definition.ts';

/** What a selector found, or what was wrong with it: a few words that quote nothing of the event. */
export type Selected = { readonly found: string | number } | { readonly problem: string };

/**
 * Asks a selector for a text that is not empty, or a finite number. It is somebody's code and meets whatever a platform
 * sends, so whatever it does has an outcome.
 */
export function selected(by: (event: Selectable) => unknown, event: Selectable): Selected {
  let value: unknown;
  try {
    value = by(event);
  } catch (error) {
    return { problem: `threw ${nameOf(error)}` };
  }
  if (typeof value === 'string' && value !== '') return { found: value.toWellFormed() };
  if (typeof value === 'number' && Number.isFinite(value)) return { found: value };
  // Nobody waits for it, and its failure must not end the process.
  if (value instanceof Promise) value.catch(() => undefined);
  return { problem: `returned ${kindOf(value)}` };
}

/** An error's name as code gives it to a class; its message could quote what was received. */
function nameOf(error: unknown): string {
  return error instanceof Error && /^\w{1,64}$/.test(String(error.name)) ? error.name : 'what is no error';
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (value === '') return 'an empty text';
  if (typeof value === 'number') return 'no finite number';
  if (value instanceof Promise) return 'a promise';
  if (Array.isArray(value)) return 'a list';
  return `a value of type ${typeof value}`;
}
