import { Buffer } from 'node:buffer';
import { invalidParameter } from './errors.ts';
import type { Input } from './input.ts';

const mostResults = 1_000;

/** The part of a sorted list that a call asks for. Without `MaxResults` there is no token, as in SQS. */
export function page(names: readonly string[], input: Input): { items: readonly string[]; NextToken?: string } {
  const max = input.optionalInteger('MaxResults', 1, mostResults, `Must be between 1 and ${mostResults}.`);
  const token = input.optionalText('NextToken');
  const after = token === undefined ? '' : Buffer.from(token, 'base64').toString();
  if (token !== undefined && !/^[\w.-]+$/.test(after)) throw invalidParameter('Invalid or expired next token.');
  const rest = names.filter((name) => name > after);
  const items = rest.slice(0, max ?? mostResults);
  const last = items.at(-1);
  const isMore = max !== undefined && last !== undefined && rest.length > items.length;
  return { items, ...(isMore ? { NextToken: Buffer.from(last).toString('base64') } : {}) };
}
