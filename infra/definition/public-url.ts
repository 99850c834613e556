import { ConfigurationError } from '../../functions/core/errors.ts';
import { show } from './field.ts';

export const publicUrlPattern = /^https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*[^\s?#/])?$/;
export const publicUrlExpected = 'a URL such as https://hooks.example.com, without a slash at its end';

/**
 * What platforms are told to send to, as the context says it.
 *
 * @throws ConfigurationError if it is no URL
 */
export function checkPublicUrl(url: unknown): string | undefined {
  if (url === undefined || (typeof url === 'string' && publicUrlPattern.test(url))) return url as string | undefined;
  throw new ConfigurationError([`context \`publicUrl\` must be ${publicUrlExpected}, got ${show(url)}`]);
}
