import { logLevels } from '../../functions/core/log-settings.ts';
import type { Field } from './field.ts';

/** What CloudWatch keeps lines for. Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const retentions: readonly number[] = [
  ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545],
  ...[731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
];
/** Names travel to each function in a variable, of which Lambda has 4 KB in all. */
const mostNames = 20;
const mostCharacters = 300;

/** Checks what functions write down, and what they leave out. */
export function checkLogs(field: Field): void {
  if (!field.given || !field.object('an object', ['mask', 'retentionDays', 'sample', 'level'])) return;
  checkMask(field.at('mask'));
  const retention = field.at('retentionDays');
  if (retention.given && !retentions.some((days) => days === retention.value)) {
    retention.refuse(`days that CloudWatch offers (${retentions.join(', ')})`);
  }
  if (field.at('sample').given) field.at('sample').number(0, 1);
  if (field.at('level').given) field.at('level').oneOf(logLevels);
}

function checkMask(field: Field): void {
  if (!field.given) return;
  if (!Array.isArray(field.value)) {
    field.refuse('a list of names of fields');
    return;
  }
  const names = field.value.length > 0 ? field.list('names of fields') : [];
  if (names.length > mostNames) field.refuse(`at most ${mostNames} names`, names.length);
  let characters = 0;
  for (const name of names) {
    characters +=
      name.text('the name of a field, with a letter in it', /^[\w .$-]*[A-Za-z][\w .$-]*$/, 40)?.length ?? 0;
  }
  if (characters > mostCharacters) field.refuse(`at most ${mostCharacters} characters, all names together`, characters);
}

/** Checks how events are followed. */
export function checkTracing(field: Field): void {
  if (!field.given || !field.object('an object', ['xray'])) return;
  const { given, value } = field.at('xray');
  if (given && typeof value !== 'boolean') field.at('xray').refuse('true or false');
}
