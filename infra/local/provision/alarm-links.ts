import { TemplateError } from '../template/template-error.ts';
import { lookedAtBy } from '../watch/alarms.ts';
import type { Plan } from './plan.ts';

/**
 * Checks that alarms have names of their own, and that composite ones look at alarms that are there, in no circle.
 *
 * @throws TemplateError naming the alarm.
 */
export function checkAlarmLinks({ alarms, compositeAlarms }: Pick<Plan, 'alarms' | 'compositeAlarms'>): void {
  const places = new Map<string, string>();
  for (const { name, place } of [...alarms, ...compositeAlarms]) {
    const other = places.get(name);
    if (other) throw new TemplateError(`${place} is the alarm ${name}, as is ${other}`);
    places.set(name, place);
  }
  const visit = (name: string, path: readonly string[]): void => {
    const composite = compositeAlarms.find((each) => each.name === name);
    if (!composite) return;
    if (path.includes(name)) {
      throw new TemplateError(`${composite.place}: alarms depend on each other: ${[...path, name].join(' → ')}`);
    }
    for (const lookedAt of lookedAtBy(composite)) {
      if (!places.has(lookedAt)) {
        throw new TemplateError(`${composite.place} refers to the alarm ${lookedAt}, which no stack has`);
      }
      visit(lookedAt, [...path, name]);
    }
  };
  for (const { name } of compositeAlarms) visit(name, []);
}
