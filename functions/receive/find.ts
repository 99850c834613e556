import type { Selector } from '../core/definition.ts';
import type { Finder } from './providers/provider.ts';
import type { Webhook } from './webhook.ts';

/** What a finder finds, as a text that is not empty; `undefined` where there is none. */
export function found(webhook: Webhook, finder: Finder<Selector> | undefined): string | undefined {
  if (finder === undefined) return undefined;
  if (typeof finder === 'function') return textOf(finder(webhook));
  for (const selector of Array.isArray(finder) ? (finder as readonly Selector[]) : [finder as Selector]) {
    const text = textOf(
      'header' in selector ? webhook.headers.get(selector.header) : fieldOf(webhook.json, selector.field),
    );
    if (text !== undefined) return text;
  }
  return undefined;
}

/** The value at a path such as `data.object.id` or `events.0.type`; only what the sender wrote, nothing inherited. */
export function fieldOf(value: unknown, path: string): unknown {
  let at = value;
  for (const name of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

/** The list at a path, or the value itself where there is no path; empty where that is none. */
export function listAt(value: unknown, path?: string): readonly unknown[] {
  const found = path === undefined ? value : fieldOf(value, path);
  return Array.isArray(found) ? found : [];
}

/** A text that is not empty, or a number as one; everything else is none. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' ? String(value) : undefined;
}
