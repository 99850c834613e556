import { ledgerDays } from '../../functions/core/definition.ts';
import { archiveDefaults } from './defaults.ts';
import type { Field } from './field.ts';

const longest = 36_500;

/**
 * Checks when archived objects move to colder storage and expire.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
 */
export function checkArchive(field: Field): void {
  if (!field.given || !field.object('an object of days', Object.keys(archiveDefaults))) return;
  const days = (name: keyof typeof archiveDefaults, least: number, why = '') =>
    field.at(name).given ? field.at(name).integer(least, longest, why) : archiveDefaults[name];
  const infrequent = days('infrequentAfterDays', 30);
  const glacier = days('glacierAfterDays', 30 + 30);
  const expire = days('expireAfterDays', ledgerDays, `, no sooner than records of the ledger (${ledgerDays} days)`);
  if (infrequent !== undefined && glacier !== undefined && glacier < infrequent + 30) {
    field.at('glacierAfterDays').refuse(`at least 30 days after infrequentAfterDays (${infrequent})`, glacier);
  }
  if (glacier !== undefined && expire !== undefined && expire <= glacier) {
    field.at('expireAfterDays').refuse(`more than glacierAfterDays (${glacier})`, expire);
  }
}
