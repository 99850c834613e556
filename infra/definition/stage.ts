import { ConfigurationError } from '../../functions/core/errors.ts';
import { show } from './field.ts';

/**
 * The name of a stage: short, since it is part of every name.
 *
 * @throws ConfigurationError if it is none
 */
export function checkStage(stage: unknown): string {
  if (typeof stage === 'string' && /^[a-z][a-z0-9]{0,11}$/.test(stage)) return stage;
  const expected = '1 to 12 lower-case letters and digits, a letter first';
  throw new ConfigurationError([`context \`stage\` must be ${expected}, got ${show(stage)}`]);
}
