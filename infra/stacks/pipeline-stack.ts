import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { consumersOf, isCompacted, type PipelineDefinition } from '../../functions/core/definition.ts';
import { ArchiverFunction } from '../constructs/archiver-function.ts';
import type { BundleSource } from '../constructs/bundled-function.ts';
import { CompactorFunction } from '../constructs/compactor-function.ts';
import { ConsumerFunction } from '../constructs/consumer-function.ts';
import { ReceiverFunction } from '../constructs/receiver-function.ts';
import { imported } from '../constructs/stateful-exports.ts';
import { SweeperFunction } from '../constructs/sweeper-function.ts';
import { WatcherFunction } from '../constructs/watcher-function.ts';
import { WebhookRoutes } from '../constructs/webhook-routes.ts';
import { countsRoutes } from '../definition/alarms.ts';
import { archiveWindowSeconds } from '../definition/defaults.ts';

export interface PipelineStackProps extends StackProps, BundleSource {
  readonly stage: string;
  readonly definition: PipelineDefinition;
  /** What platforms are told to send to, where that is not what the definition says. */
  readonly publicUrl?: string | undefined;
}

/** What is code: the functions, and what feeds them. It can be deleted and made again without losing an event. */
export class PipelineStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { stage, definition, publicUrl, root, pipelineFile, ...props }: PipelineStackProps,
  ) {
    super(scope, id, props);
    const { logs, tracing } = definition;
    const source = { stage, root, pipelineFile, logs, tracing };
    const apiId = imported(stage, 'ApiId');
    const { domain } = definition;
    const apiUrl = `https://${apiId}.execute-api.${this.region}.${this.urlSuffix}`;
    const url = publicUrl ?? definition.publicUrl ?? (domain ? `https://${domain.name}` : apiUrl);
    const receiver = new ReceiverFunction(this, 'Receive', { ...source, definition, publicUrl: url }).function;
    new WebhookRoutes(this, 'Webhooks', {
      stage,
      apiId,
      sources: definition.sources,
      detailedMetrics: countsRoutes(definition),
      domainName: domain?.name,
      receiver,
    });
    new SweeperFunction(this, 'Sweep', { ...source, definition });
    new WatcherFunction(this, 'Watch', { ...source, definition });
    const { archive } = definition;
    if (archive !== false) {
      const { windowSeconds = archiveWindowSeconds } = archive ?? {};
      new ArchiverFunction(this, 'Archive', { ...source, windowSeconds });
    }
    if (isCompacted(definition)) {
      new CompactorFunction(this, 'Compact', { ...source, sources: Object.keys(definition.sources) });
    }
    for (const consumer of consumersOf(definition)) {
      new ConsumerFunction(this, `Consumer-${consumer.name}`, { ...source, consumer });
    }
  }
}
