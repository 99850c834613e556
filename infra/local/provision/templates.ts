import type { CloudAssembly } from '../template/cloud-assembly.ts';
import { type PendingResource, type ResolvedResource, resolveStack } from '../template/stack.ts';
import { TemplateError } from '../template/template-error.ts';
import { planAlarm, planCompositeAlarm } from './alarm.ts';
import { checkAlarmLinks } from './alarm-links.ts';
import { planBucket } from './bucket.ts';
import { planFunction } from './function.ts';
import { planApi, planIntegration, planRoute, planStage } from './http-api.ts';
import { checkLinks } from './links.ts';
import { planMapping } from './mapping.ts';
import { isMeaningless, planMeaningless } from './meaningless.ts';
import { emptyPlan, type Plan } from './plan.ts';
import { planQueue } from './queue.ts';
import type { Surroundings } from './resource.ts';
import { planSchedule } from './schedule.ts';
import { planSecret } from './secret.ts';
import { planGlobalTable, planTable } from './table.ts';

type PlanType = (resource: PendingResource, plan: Plan, surroundings: Surroundings) => ResolvedResource;

const types: Readonly<Record<string, PlanType>> = {
  'AWS::ApiGatewayV2::Api': planApi,
  'AWS::ApiGatewayV2::Integration': planIntegration,
  'AWS::ApiGatewayV2::Route': planRoute,
  'AWS::ApiGatewayV2::Stage': planStage,
  'AWS::CloudWatch::Alarm': planAlarm,
  'AWS::CloudWatch::CompositeAlarm': planCompositeAlarm,
  'AWS::DynamoDB::GlobalTable': planGlobalTable,
  'AWS::DynamoDB::Table': planTable,
  'AWS::Lambda::EventSourceMapping': planMapping,
  'AWS::Lambda::Function': planFunction,
  'AWS::S3::Bucket': planBucket,
  'AWS::SQS::Queue': planQueue,
  'AWS::Scheduler::Schedule': planSchedule,
  'AWS::SecretsManager::Secret': planSecret,
};

/** What the templates of an assembly ask for, and what their outputs are, by stack. */
export interface PlannedTemplates {
  readonly plan: Plan;
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * Works out what an assembly's templates ask for; nothing is made yet.
 *
 * @throws TemplateError naming the stack, the resource and what the runtime does not know.
 */
export function planTemplates(
  assembly: CloudAssembly,
  { region, account }: Pick<Surroundings, 'region' | 'account'>,
): PlannedTemplates {
  const plan = emptyPlan();
  const surroundings: Surroundings = { region, account, bundles: assembly.bundles };
  const exports = new Map<string, string>();
  const outputs: Record<string, Record<string, string>> = {};
  for (const template of assembly.templates) {
    outputs[template.stack] = resolveStack(template, {
      region,
      account,
      exports,
      plan: (resource) => {
        const planType = Object.hasOwn(types, resource.type) ? types[resource.type] : undefined;
        if (planType) return planType(resource, plan, surroundings);
        if (isMeaningless(resource.type)) return planMeaningless(resource, surroundings);
        throw new TemplateError(
          `${resource.place} has type ${resource.type}, which the embedded runtime does not know`,
        );
      },
    });
  }
  checkLinks(plan);
  checkAlarmLinks(plan);
  return { plan, outputs };
}
