import { type ProviderName, providers } from '../../functions/core/definition.ts';
import type { Field } from './field.ts';
import { checkHmac } from './hmac.ts';
import { checkAlike, checkName } from './names.ts';

/** A source as far as consumers' subscriptions depend on it. */
export interface KnownSource {
  readonly name: string;
  /** `undefined` for a declared scheme, or one that is wrong. */
  readonly provider: ProviderName | undefined;
}

/** API Gateway has 300 routes an API. Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const mostSources = 300;

/** Checks `sources` and answers those that there are, right or wrong. */
export function checkSources(field: Field): readonly KnownSource[] {
  const members = field.members('an object with one source or more');
  if (members.length > mostSources) field.refuse(`at most ${mostSources} sources`, members.length);
  checkAlike(members);
  return members.map(([name, source]) => {
    checkName(source, name);
    const record = source.object('an object with a provider', ['provider', 'throttle']);
    if (!record) return { name, provider: undefined };
    checkThrottle(source.at('throttle'));
    return { name, provider: checkProvider(source.at('provider')) };
  });
}

function checkProvider(field: Field): ProviderName | undefined {
  if (typeof field.value === 'string') return field.oneOf(providers);
  checkHmac(field);
  return undefined;
}

function checkThrottle(field: Field): void {
  const expected = 'an object with ratePerSecond and burst';
  if (!field.given || !field.object(expected, ['ratePerSecond', 'burst'])) return;
  field.at('ratePerSecond').integer(1, 100_000);
  field.at('burst').integer(1, 100_000);
}
