import { ledgerDays, type RetentionDefinition } from '../../functions/core/definition.ts';
import { archiveDefaults } from './defaults.ts';
import type { Field } from './field.ts';
import { nearest } from './nearest.ts';
import type { KnownSource } from './sources.ts';

const longest = 36_500;
const dayNames = ['infrequentAfterDays', 'glacierAfterDays', 'expireAfterDays'] as const;
const memberNames = [...dayNames, 'windowSeconds', 'sources', 'compact', 'erase', 'lock'];

/** What there is to check against, as far as it is right. */
type Days = { readonly [Name in keyof RetentionDefinition]?: number | undefined };

/** Checks whether, and for how long, deliveries are kept. */
export function checkArchive(field: Field, sources: readonly KnownSource[]): void {
  if (!field.given || field.value === false) return;
  if (!field.object('an object, or false for no archive', memberNames)) return;
  if (field.at('windowSeconds').given) field.at('windowSeconds').integer(1, 300);
  const general = checkDays(field, archiveDefaults);
  const kept: Kept[] = [{ expiry: field.at('expireAfterDays'), days: general.expireAfterDays }];
  const own = field.at('sources');
  for (const [name, source] of own.given ? own.members('an object of sources and their days', true) : []) {
    checkKnown(source, name, sources);
    if (!source.object('an object of days', dayNames)) continue;
    const expiry = source.at('expireAfterDays');
    const { expireAfterDays: days } = checkDays(source, general);
    if (expiry.given) kept.push({ expiry, days });
  }
  const locked = checkLock(field.at('lock'), kept);
  for (const [name, why] of Object.entries(rewriting)) {
    const { given, value } = field.at(name);
    if (locked && value !== false) field.at(name).refuse(`false beside ${field.path}.lock, ${why}`);
    else if (given && typeof value !== 'boolean') field.at(name).refuse('true or false');
  }
}

/** How long objects are kept, where that is right, and where it is said. */
interface Kept {
  readonly expiry: Field;
  readonly days: number | undefined;
}

/** What rewrites or deletes, and why that and a lock exclude each other. */
const rewriting = {
  compact: 'since small objects that were merged could not be deleted',
  erase: 'since what is locked cannot be erased',
} as const;

/**
 * Checks for how long objects are locked. S3 would expire them all the same: the lock keeps what is then an old version,
 * which is paid for and which nothing of ours reads.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-lifecycle
 *
 * @returns whether there is a lock
 */
function checkLock(field: Field, kept: readonly Kept[]): boolean {
  if (!field.given) return false;
  if (!field.object('an object with a mode and days', ['mode', 'days'])) return false;
  field.at('mode').oneOf(['governance', 'compliance']);
  const locked = field.at('days').integer(1, longest);
  for (const { expiry, days } of kept) {
    if (locked === undefined || days === undefined || locked <= days) continue;
    field.at('days').refuse(`at most ${expiry.path} (${days}), after which nothing reads what is still locked`, locked);
  }
  return true;
}

/**
 * Checks when objects move to colder storage and expire.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
 *
 * @param otherwise what holds for days that are not given
 * @returns what can be relied on: days that contradict each other say nothing about a source's own
 */
function checkDays(field: Field, otherwise: Days): Days {
  const days = (name: (typeof dayNames)[number], least: number, why = '') =>
    field.at(name).given ? field.at(name).integer(least, longest, why) : otherwise[name];
  const infrequent = days('infrequentAfterDays', 30);
  const glacier = days('glacierAfterDays', 30 + 30);
  const expire = days('expireAfterDays', ledgerDays, `, no sooner than records of the ledger (${ledgerDays} days)`);
  if (infrequent !== undefined && glacier !== undefined && glacier < infrequent + 30) {
    field.at('glacierAfterDays').refuse(`at least 30 days after infrequentAfterDays (${infrequent})`, glacier);
    return {};
  }
  if (glacier !== undefined && expire !== undefined && expire <= glacier) {
    field.at('expireAfterDays').refuse(`more than glacierAfterDays (${glacier})`, expire);
    return {};
  }
  return { infrequentAfterDays: infrequent, glacierAfterDays: glacier, expireAfterDays: expire };
}

function checkKnown(field: Field, name: string, sources: readonly KnownSource[]): void {
  const names = sources.map((source) => source.name);
  if (names.includes(name)) return;
  const meant = nearest(name, names);
  const hint = meant ? ` (did you mean \`${meant}\`?)` : '';
  field.complain(
    `${field.path} must be named as one of pipeline.sources (${names.join(', ') || 'there are none'})${hint}`,
  );
}
