import { queueRetentionDays } from '../../functions/core/definition.ts';
import { alarmDefaults } from './defaults.ts';
import type { Field } from './field.ts';

const address = /^[^\s@<>,;"]+@[^\s@<>,;".]+(?:\.[^\s@<>,;".]+)+$/;

/** Checks thresholds of alarms, and who hears of them. */
export function checkAlarms(field: Field): void {
  if (!field.given || !field.object('an object of thresholds', [...Object.keys(alarmDefaults), 'emails'])) return;
  const oldest = queueRetentionDays * 86_400;
  if (field.at('backlog').given) field.at('backlog').integer(1, 10_000_000);
  if (field.at('ageSeconds').given) field.at('ageSeconds').integer(60, oldest, ', which no message outlives');
  if (field.at('receiverErrors').given) field.at('receiverErrors').integer(1, 1_000_000);
  if (field.at('replays').given) field.at('replays').integer(1, 1_000_000);
  checkEmails(field.at('emails'));
}

function checkEmails(field: Field): void {
  if (!field.given) return;
  if (!Array.isArray(field.value)) {
    field.refuse('a list of email addresses');
    return;
  }
  const seen = new Set<unknown>();
  for (const email of field.value.length > 0 ? field.list('email addresses') : []) {
    email.text('an email address', address, 254);
    if (seen.has(email.value)) email.refuse('an address that is not in the list yet');
    seen.add(email.value);
  }
}
