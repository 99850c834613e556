import type { ProviderName } from '../../functions/core/provider-names.ts';
import { githubEventsWithAction, githubEventsWithoutAction, typesOf } from './event-types.ts';
import type { Field } from './field.ts';
import { canMatch } from './grammar.ts';
import { nearest } from './nearest.ts';
import type { KnownSource } from './sources.ts';

/** Checks what a consumer subscribes to: one subscription or a list of them. */
export function checkFrom(field: Field, sources: readonly KnownSource[]): void {
  const expected = 'a subscription such as { source, types }, or a list of them';
  const subscriptions = Array.isArray(field.value) ? field.list('at least one subscription') : [field];
  for (const subscription of subscriptions) checkSubscription(subscription, expected, sources);
}

function checkSubscription(field: Field, expected: string, sources: readonly KnownSource[]): void {
  if (!field.object(expected, ['source', 'types'])) return;
  const source = checkSource(field.at('source'), sources);
  const types = field.at('types');
  if (!types.given) return;
  for (const item of types.list('a list of one pattern or more; leave it out to take every type')) {
    checkPattern(item, source);
  }
}

function checkSource(field: Field, sources: readonly KnownSource[]): KnownSource | undefined {
  const found = sources.find(({ name }) => name === field.value);
  if (found) return found;
  const names = sources.map(({ name }) => name);
  const meant = typeof field.value === 'string' ? nearest(field.value, names) : undefined;
  const hint = meant ? ` (did you mean \`${meant}\`?)` : '';
  return field.refuse(`one of pipeline.sources (${names.join(', ') || 'there are none'})${hint}`);
}

/** A pattern that can match nothing is a mistake, not a quiet consumer. */
function checkPattern(field: Field, source: KnownSource | undefined): void {
  const pattern = field.text('a pattern of event types, without spaces around it', /^\S(?:.*\S)?$/su);
  if (pattern === undefined || !source) return;
  const { grammar, expected, handshake } = typesOf(source.provider);
  if (pattern !== handshake && canMatch(pattern, grammar)) return;
  const meant = source.provider && meantPattern(pattern, source.provider);
  const hint = meant ? ` (did you mean \`${meant}\`?)` : '';
  field.refuse(`a pattern that matches any of ${expected}${hint}`);
}

function meantPattern(pattern: string, provider: ProviderName): string | undefined {
  const { grammar } = typesOf(provider);
  const candidates = [pattern.toLowerCase(), `${pattern}.*`, pattern.replace(/\..*$/, '')];
  if (provider === 'github') {
    const [head = '', ...rest] = pattern.split('.');
    const event = nearest(head, [...githubEventsWithAction, ...githubEventsWithoutAction]);
    if (event) candidates.push([event, ...rest].join('.'), `${event}.*`, event);
  }
  if (provider === 'shopify') candidates.push(pattern.replace('.', '/'), `${pattern}/*`);
  return candidates.find((candidate) => candidate !== '' && canMatch(candidate, grammar));
}
