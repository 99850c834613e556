import { type App, DefaultStackSynthesizer, Tags } from 'aws-cdk-lib';
import { isArchived, type PipelineDefinition } from '../../functions/core/definition.ts';
import type { BundleSource } from '../constructs/bundled-function.ts';
import { stackName } from '../constructs/stateful-exports.ts';
import { MonitoringStack } from './monitoring-stack.ts';
import { PipelineStack } from './pipeline-stack.ts';
import { QueriesStack } from './queries-stack.ts';
import { StatefulStack } from './stateful-stack.ts';

export interface StageStacksProps extends BundleSource {
  readonly stage: string;
  readonly definition: PipelineDefinition;
  /** What platforms are told to send to, where that is not what the definition says. */
  readonly publicUrl?: string | undefined;
}

/** The stacks of a stage, for whichever account and region they are deployed to. */
export function addStacks(app: App, { stage, definition, publicUrl, root, pipelineFile }: StageStacksProps) {
  const nameOf = (part: Parameters<typeof stackName>[1]) => {
    const name = stackName(stage, part);
    // The command line checks the bootstrap stack by itself; a parameter and a rule for it only get in others' way.
    const synthesizer = new DefaultStackSynthesizer({ generateBootstrapVersionRule: false });
    return [name, { stage, definition, synthesizer, description: `Nerite, stage ${stage}: ${part}` }] as const;
  };
  const stateful = new StatefulStack(app, ...nameOf('stateful'));
  const [pipelineName, pipelineProps] = nameOf('pipeline');
  const pipeline = new PipelineStack(app, pipelineName, { ...pipelineProps, publicUrl, root, pipelineFile });
  const monitoring = new MonitoringStack(app, ...nameOf('monitoring'));
  // They import what it exports, and name queues and secrets that it makes.
  pipeline.addStackDependency(stateful);
  monitoring.addStackDependency(stateful);
  const queries = isArchived(definition) ? new QueriesStack(app, ...nameOf('queries')) : undefined;
  queries?.addStackDependency(stateful);
  Tags.of(app).add('nerite:stage', stage);
  return { stateful, pipeline, monitoring, ...(queries ? { queries } : {}) };
}
