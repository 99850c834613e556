import { messageOf } from '../../../functions/core/errors.ts';
import { intervalOf } from '../schedules.ts';
import { shown } from '../template/json.ts';
import type { PendingResource, ResolvedResource } from '../template/stack.ts';
import { type Place, TemplateError } from '../template/template-error.ts';
import type { Plan } from './plan.ts';
import { generatedName, nameInArn, propertiesOf, type Surroundings } from './resource.ts';

/** A flexible window may as well be no window; a rate knows no time zone; a failed run is not repeated, the next one comes. */
const meaningless = ['Description', 'FlexibleTimeWindow', 'ScheduleExpressionTimezone'];

export function planSchedule(
  resource: PendingResource,
  plan: Plan,
  { region, account }: Surroundings,
): ResolvedResource {
  const { place } = resource;
  const properties = propertiesOf(resource).only(
    ['GroupName', 'Name', 'ScheduleExpression', 'State', 'Target'],
    meaningless,
  );
  const target = properties.object('Target')?.only(['Arn', 'Input'], ['DeadLetterConfig', 'RetryPolicy', 'RoleArn']);
  if (!target) throw new TemplateError(`${place}: Target must be an object, got none`);
  const name = properties.optionalText('Name') ?? generatedName(resource);
  const arn = `arn:aws:scheduler:${region}:${account}:schedule/${properties.optionalText('GroupName') ?? 'default'}/${name}`;
  const input = target.optionalText('Input');
  if (input !== undefined) mustBeJson(input, place);
  if ((properties.optionalText('State') ?? 'ENABLED') === 'ENABLED') {
    plan.schedules.push({
      name,
      place,
      arn,
      function: nameInArn(target.text('Arn'), 'lambda', 'Target.Arn', place),
      everyMs: everyMsOf(properties.text('ScheduleExpression'), place),
      ...(input === undefined ? {} : { input }),
    });
  }
  return { ref: name, attributes: { Arn: arn } };
}

function everyMsOf(expression: string, place: Place): number {
  try {
    return intervalOf(expression);
  } catch (cause) {
    throw new TemplateError(`${place}: ScheduleExpression ${messageOf(cause)}`, { cause });
  }
}

function mustBeJson(input: string, place: Place): void {
  try {
    JSON.parse(input);
  } catch (cause) {
    throw new TemplateError(`${place}: Target.Input must be JSON, got ${shown(input)}`, { cause });
  }
}
