import { type App, DefaultStackSynthesizer, type StackProps, Tags } from 'aws-cdk-lib';
import { consumersOf, isArchived, type PipelineDefinition } from '../../functions/core/definition.ts';
import type { BundleSource } from '../constructs/bundled-function.ts';
import { stackName } from '../constructs/stateful-exports.ts';
import { alarmSettingsOf } from '../definition/alarms.ts';
import { ConsumersMonitoringStack, MonitoringStack } from './monitoring-stack.ts';
import { PipelineStack } from './pipeline-stack.ts';
import { QueriesStack } from './queries-stack.ts';
import { StatefulStack } from './stateful-stack.ts';

export interface StageStacksProps extends BundleSource {
  readonly stage: string;
  readonly definition: PipelineDefinition;
  /** What platforms are told to send to, where that is not what the definition says. */
  readonly publicUrl?: string | undefined;
}

/** The command line checks the bootstrap stack by itself; a parameter and a rule for it only get in others' way. */
const plainSynthesizer = () => new DefaultStackSynthesizer({ generateBootstrapVersionRule: false });

/** The stacks of a stage, for whichever account and region they are deployed to. */
export function addStacks(app: App, { stage, definition, publicUrl, root, pipelineFile }: StageStacksProps) {
  const nameOf = (part: Parameters<typeof stackName>[1]) => {
    const name = stackName(stage, part);
    const synthesizer = plainSynthesizer();
    return [name, { stage, definition, synthesizer, description: `Nerite, stage ${stage}: ${part}` }] as const;
  };
  const stateful = new StatefulStack(app, ...nameOf('stateful'));
  const [pipelineName, pipelineProps] = nameOf('pipeline');
  const pipeline = new PipelineStack(app, pipelineName, { ...pipelineProps, publicUrl, root, pipelineFile });
  const monitoring = monitoringOf(app, definition, nameOf('monitoring'));
  // They import what it exports, and name queues and secrets that it makes.
  pipeline.addStackDependency(stateful);
  for (const stack of monitoring ? [monitoring.main, ...monitoring.further] : []) stack.addStackDependency(stateful);
  const queries = isArchived(definition) ? new QueriesStack(app, ...nameOf('queries')) : undefined;
  queries?.addStackDependency(stateful);
  Tags.of(app).add('nerite:stage', stage);
  return {
    stateful,
    pipeline,
    ...(monitoring ? { monitoring: monitoring.main, furtherMonitoring: monitoring.further } : {}),
    ...(queries ? { queries } : {}),
  };
}

/**
 * Resources that a consumer's alarms are at most, and a source's; CloudFormation allows 500 a stack, of which some are
 * spare. A chunk is of consumers alone.
 */
const resources = { consumer: 10, throttles: 1, source: 5, rest: 40, most: 480, chunk: 400 } as const;

/** A template may have a million bytes, and alarms have many lines. */
const lean = { suppressTemplateIndentation: true } as const;

/** The stack of what watches, if it is wanted; and further ones for consumers for which it has no room. */
function monitoringOf(
  app: App,
  definition: PipelineDefinition,
  [name, props]: readonly [string, StackProps & { readonly stage: string; readonly definition: PipelineDefinition }],
) {
  const settings = alarmSettingsOf(definition);
  if (!settings) return undefined;
  const consumers = consumersOf(definition);
  const sources = Object.keys(definition.sources).length;
  const before = resources.rest + resources.source * sources + resources.throttles * consumers.length;
  const fit = before + resources.consumer * consumers.length <= resources.most;
  const main = new MonitoringStack(app, name, { ...props, ...lean, settings, consumers: fit ? consumers : [] });
  const each = Math.floor(resources.chunk / resources.consumer);
  const further = Array.from({ length: fit ? 0 : Math.ceil(consumers.length / each) }, (_, i) => {
    const some = consumers.slice(i * each, (i + 1) * each);
    const { stage: _stage, definition: _definition, ...rest } = props;
    return new ConsumersMonitoringStack(app, `${name}-${i + 2}`, {
      ...rest,
      synthesizer: plainSynthesizer(),
      main,
      consumers: some,
    });
  });
  return { main, further };
}
