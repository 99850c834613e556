import {
  type AlarmDefinition,
  type AlarmKind,
  alarmKinds,
  type Consumer,
  type PipelineDefinition,
  queueRetentionDays,
} from '../../functions/core/definition.ts';
import { alarmDefaults } from './defaults.ts';
import type { Field } from './field.ts';
import { deadLetterRetentionDays } from './retention.ts';

const address = /^[^\s@<>,;"]+@[^\s@<>,;".]+(?:\.[^\s@<>,;".]+)+$/;
const httpsUrl = /^https:\/\/[^\s"<>]+$/;
const lists = ['without', 'emails', 'endpoints'] as const;
const switches = ['composite', 'routes', 'dashboard'] as const;

/** Whole numbers, from least to most. */
const counts = {
  backlog: [1, 10_000_000],
  inFlight: [1_000, 119_000],
  deadLetterDays: [1, deadLetterRetentionDays - 1],
  failurePercent: [1, 100],
  leastAttempts: [1, 1_000_000],
  replays: [1, 1_000_000],
  throttles: [1, 1_000_000],
  turnedAway: [1, 10_000_000],
  receiverErrors: [1, 1_000_000],
  refusals: [1, 10_000_000],
  refusalPercent: [1, 100],
  ledgerThrottles: [1, 1_000_000],
  archiveLagSeconds: [60, 86_400],
} as const;

/** Numbers, from least to most. */
const measures = { deadlineShare: [0.1, 1], failuresLeft: [0.1, 0.9], dollarsPerHour: [0.01, 100_000] } as const;

/** Checks thresholds of alarms, and who hears of them. */
export function checkAlarms(field: Field): void {
  if (!field.given || field.value === false) return;
  if (!field.object('`false`, or an object of thresholds', [...Object.keys(alarmDefaults), ...lists])) return;
  for (const [name, [least, most]] of Object.entries(counts)) {
    if (field.at(name).given) field.at(name).integer(least, most);
  }
  const age = field.at('ageSeconds');
  if (age.given) age.integer(60, queueRetentionDays * 86_400, ', which no message outlives');
  for (const [name, [least, most]] of Object.entries(measures)) {
    if (field.at(name).given) field.at(name).number(least, most);
  }
  for (const name of switches) {
    const { given, value } = field.at(name);
    if (given && typeof value !== 'boolean') field.at(name).refuse('true or false');
  }
  checkList(field.at('without'), 'a list of kinds of alarms', 'a kind', (item) => item.oneOf(alarmKinds));
  checkList(field.at('emails'), 'a list of email addresses', 'an address', (item) => {
    item.text('an email address', address, 254);
  });
  checkList(field.at('endpoints'), 'a list of URLs', 'a URL', (item) => item.text('an https URL', httpsUrl, 1_024));
}

function checkList(field: Field, expected: string, one: string, check: (item: Field) => unknown): void {
  if (!field.given) return;
  if (!Array.isArray(field.value)) {
    field.refuse(expected);
    return;
  }
  const seen = new Set<unknown>();
  for (const item of field.value.length > 0 ? field.list(expected) : []) {
    check(item);
    if (seen.has(item.value)) item.refuse(`${one} that is not in the list yet`);
    seen.add(item.value);
  }
}

/** Every threshold, defaults filled in, and what else is said of alarms. */
export interface AlarmSettings extends Required<Omit<AlarmDefinition, 'without' | 'emails' | 'endpoints'>> {
  readonly without: readonly AlarmKind[];
  readonly emails: readonly string[];
  readonly endpoints: readonly string[];
}

/** Fills in the alarms' defaults; `undefined` where there are to be none. */
export function alarmSettingsOf({ alarms }: Pick<PipelineDefinition, 'alarms'>): AlarmSettings | undefined {
  if (alarms === false) return undefined;
  return { without: [], emails: [], endpoints: [], ...alarmDefaults, ...alarms };
}

/** Seconds from receipt within which a consumer is to be done with an event. */
export function promiseOf({ promiseSeconds }: Pick<Consumer, 'promiseSeconds'>, settings: AlarmSettings): number {
  return promiseSeconds ?? settings.ageSeconds;
}

/** Whether API Gateway counts each route by itself. */
export function countsRoutes(definition: Pick<PipelineDefinition, 'alarms'>): boolean {
  return alarmSettingsOf(definition)?.routes ?? false;
}
