import type { LogDefinition } from './definition.ts';
import { ConfigurationError } from './errors.ts';
import type { Verbosity } from './log-settings.ts';

/** What of the definition's word on logs a function must know. */
export type LogOptions = Pick<LogDefinition, 'mask' | 'level' | 'sample'>;

/**
 * Writes it into an environment variable; `undefined` where there is nothing to write.
 */
export function logOptionsText({ mask, level, sample }: LogOptions): string | undefined {
  const text = JSON.stringify({ mask, level, sample });
  return text === '{}' ? undefined : text;
}

/**
 * Reads it there again, every default filled in.
 *
 * @throws ConfigurationError where it is not what was written
 */
export function logOptionsIn(text = '{}'): Verbosity & { readonly mask: readonly string[] } {
  let options: LogOptions;
  try {
    options = JSON.parse(text);
  } catch (cause) {
    throw new ConfigurationError(['environment variable LOGS must be JSON, and is not'], { cause });
  }
  const { mask = [], level = 'info', sample = 1 } = options;
  return { mask, level, sample };
}
