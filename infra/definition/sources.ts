import { isIP } from 'node:net';
import { type ProviderName, providers } from '../../functions/core/provider-names.ts';
import { presets } from '../../functions/receive/providers/all.ts';
import type { Field } from './field.ts';
import { checkHmac } from './hmac.ts';
import { checkAlike, checkName } from './names.ts';
import { methodsOf } from './presets.ts';

/** A source as far as consumers' subscriptions depend on it. */
export interface KnownSource {
  readonly name: string;
  /** `undefined` for a declared scheme, or one that is wrong. */
  readonly provider: ProviderName | undefined;
}

/** API Gateway has 300 routes an API. Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const mostRoutes = 300;

/** Checks `sources` and answers those that there are, right or wrong. */
export function checkSources(field: Field): readonly KnownSource[] {
  const members = field.members('an object with one source or more');
  checkAlike(members);
  const known = members.map(([name, source]) => {
    checkName(source, name);
    const record = source.object('an object with a provider', [
      'provider',
      'throttle',
      'allowedIps',
      'quota',
      'expect',
    ]);
    if (!record) return { name, provider: undefined };
    checkThrottle(source.at('throttle'));
    const provider = checkProvider(source.at('provider'));
    checkAllowedIps(source.at('allowedIps'), provider);
    checkQuota(source.at('quota'), provider);
    checkExpect(source.at('expect'));
    return { name, provider };
  });
  const routes = known.flatMap(({ provider }) => methodsOf(provider));
  if (routes.length > mostRoutes) field.refuse(`sources with at most ${mostRoutes} routes together`, routes.length);
  return known;
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

function checkAllowedIps(field: Field, provider: ProviderName | undefined): void {
  if (!field.given) return;
  const { value } = field;
  if (value === 'published') {
    if (!provider || !presets[provider].sourceIps)
      field.refuse('a list of addresses, since the platform publishes none');
    return;
  }
  if (!Array.isArray(value)) {
    field.refuse('`published`, or a list of addresses and CIDR ranges');
    return;
  }
  for (const item of field.list('one address or CIDR range, or more')) {
    if (!isRange(item.value)) item.refuse('an address or a CIDR range, such as 192.0.2.0/24');
  }
}

function isRange(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const [address = '', bits, ...rest] = value.split('/');
  const family = isIP(address);
  // A zone is of one machine alone.
  if (family === 0 || address.includes('%') || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function checkQuota(field: Field, provider: ProviderName | undefined): void {
  if (
    !field.given ||
    !field.object('an object with limits for the source or its tenants', ['source', 'tenant', 'beyond'])
  ) {
    return;
  }
  const limits = [field.at('source'), field.at('tenant')].filter(({ given }) => given);
  if (limits.length === 0) field.refuse('an object with `source`, `tenant` or both', 'neither');
  if (field.at('tenant').given && provider && !presets[provider].tenant) {
    field.at('tenant').refuse('left out, since the platform names no tenant');
  }
  for (const limit of limits) {
    if (!limit.object('an object with events and perSeconds', ['events', 'perSeconds'])) continue;
    limit.at('events').integer(1, 10_000_000);
    limit.at('perSeconds').integer(1, 86_400);
  }
  if (field.at('beyond').given) field.at('beyond').oneOf(['yield', 'refuse']);
}

/** A period of an alarm is a day at most. */
function checkExpect(field: Field): void {
  if (!field.given || !field.object('an object with silentAfterMinutes or volume', ['silentAfterMinutes', 'volume'])) {
    return;
  }
  if (field.at('silentAfterMinutes').given) field.at('silentAfterMinutes').integer(5, 1_440);
  const volume = field.at('volume');
  if (volume.given && typeof volume.value !== 'boolean') volume.refuse('true or false');
}
