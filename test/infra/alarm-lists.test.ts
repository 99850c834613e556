import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { alarmKinds } from '../../functions/core/definition.ts';
import { runbookOf } from '../../infra/constructs/alarm-plan.ts';
import { allDrills } from '../drill/drills.ts';
import { pipeline } from '../drill/pipeline.ts';
import { shortName } from '../drill/world.ts';
import { flat, templatesOf } from '../support/stacks.ts';

interface AlarmProperties {
  readonly AlarmName: string;
  readonly AlarmDescription: unknown;
}

const { monitoring } = templatesOf(pipeline);
const alarmsOf = (type: string): AlarmProperties[] =>
  Object.values(monitoring.findResources(type)).map(({ Properties }) => Properties as AlarmProperties);
const metric = alarmsOf('AWS::CloudWatch::Alarm');
const composite = alarmsOf('AWS::CloudWatch::CompositeAlarm');
const names = [...metric, ...composite].map(({ AlarmName }) => shortName(AlarmName));
const kindOf = (alarm: string): string => alarm.split(' ').at(-1) ?? '';
const sorted = (values: Iterable<string>): string[] => [...new Set(values)].sort();

/** What an alarm is about: all consumers have the same ones, and all sources; the archive has a dead-letter queue as they have. */
function formOf(alarm: string): string {
  const [subject = ''] = alarm.split(' ');
  const kind = kindOf(alarm);
  const isConsumer = subject in pipeline.consumers || (subject === 'archive' && kind.startsWith('dead-letters'));
  return `${isConsumer ? 'a consumer' : subject in pipeline.sources ? 'a source' : subject} ${kind}`;
}

test('no kind of alarm lacks its drill, in the template of a definition with everything on', () => {
  expect(sorted(metric.map(({ AlarmName }) => kindOf(AlarmName)))).toEqual(sorted(alarmKinds));
  expect(sorted(allDrills.flatMap(({ kinds }) => kinds))).toEqual(sorted(alarmKinds));
});

test('every alarm is drilled, or another of the same kind about another consumer or source', () => {
  const forms = metric.map(({ AlarmName }) => formOf(shortName(AlarmName)));
  expect(sorted(allDrills.flatMap(({ fires }) => fires).map(formOf))).toEqual(sorted(forms));
});

test('a drill is for the kinds that it makes ring, and names no alarm that there is not', () => {
  for (const { kinds, fires, notices, held = [], follows = [] } of allDrills) {
    const fired = fires.map(kindOf);
    for (const kind of kinds) expect(fired).toContain(kind);
    for (const name of [...fires, ...notices, ...held, ...follows]) expect(names).toContain(name);
  }
});

test('every composite alarm gives notice in a drill, of consumers one of each', () => {
  const told = allDrills.flatMap(({ notices }) => notices).map(formOf);
  for (const { AlarmName } of composite) expect(told).toContain(formOf(shortName(AlarmName)));
});

test('no kind lacks its heading in the runbook, and no heading its alarm', () => {
  const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');
  const runbook = readme.slice(readme.indexOf('\n## Runbook'), readme.indexOf('\n## Commands'));
  const headings = [...runbook.matchAll(/^### (.+)$/gm)].map(([, text = '']) =>
    text.toLowerCase().replaceAll(' ', '-'),
  );
  const linked = [...metric, ...composite].map(
    ({ AlarmDescription }) => /README\.md#([a-z-]+)/.exec(flat(AlarmDescription))?.[1] ?? '',
  );
  expect(sorted(linked)).toEqual(sorted(headings));
  expect(sorted(Object.keys(runbookOf))).toEqual(sorted(alarmKinds));
});
