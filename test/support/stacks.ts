import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { PipelineDefinition } from '../../functions/core/definition.ts';
import { addStacks } from '../../infra/stacks/stage-stacks.ts';
import { definition } from './definitions.ts';

const root = resolve(import.meta.dirname, '../..');
const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));

/** The stacks of a stage in this process, without bundles. */
export function stacksOf(difference: Partial<PipelineDefinition> = {}, stage = 'dev', publicUrl?: string) {
  const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] }, analyticsReporting: false });
  const pipelineFile = join(root, 'functions/pipeline.ts');
  return { app, ...addStacks(app, { stage, definition: definition(difference), publicUrl, root, pipelineFile }) };
}

/** Their templates. */
export function templatesOf(difference: Partial<PipelineDefinition> = {}, stage = 'dev', publicUrl?: string) {
  const { stateful, pipeline, monitoring, queries } = stacksOf(difference, stage, publicUrl);
  if (!monitoring) throw new Error('the definition must want alarms; without, ask for the stacks themselves');
  return {
    ...(queries ? { queries: Template.fromStack(queries) } : {}),
    stateful: Template.fromStack(stateful),
    pipeline: Template.fromStack(pipeline),
    monitoring: Template.fromStack(monitoring),
  };
}

/** A value of a template as a text, with `<…>` for what CloudFormation fills in. */
export function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const record = value as Readonly<Record<string, unknown>>;
  if ('Fn::Join' in record) {
    const [delimiter, parts] = record['Fn::Join'] as [string, unknown[]];
    return parts.map(flat).join(delimiter);
  }
  if ('Fn::GetAtt' in record) return `<${(record['Fn::GetAtt'] as string[]).join('.')}>`;
  if ('Ref' in record) return `<${record.Ref}>`;
  if ('Fn::ImportValue' in record) return `<${record['Fn::ImportValue']}>`;
  return JSON.stringify(value);
}
