import { CfnOutput, Duration, RemovalPolicies, Stack, type StackProps } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Construct } from 'constructs';
import { consumersOf, type PipelineDefinition, queueRetentionDays } from '../../functions/core/definition.ts';
import { archiveQueue, queueName, secretPrefix, stagePrefix } from '../../functions/core/names.ts';
import { ArchiveBucket } from '../constructs/archive-bucket.ts';
import { LedgerTable, scalingTypes } from '../constructs/ledger-table.ts';
import { namesOf, queueUrlPrefix } from '../constructs/physical-names.ts';
import { RedriveQueue } from '../constructs/redrive-queue.ts';
import { SourceSecret } from '../constructs/source-secret.ts';
import { StateTable } from '../constructs/state-table.ts';
import { statefulOutput } from '../constructs/stateful-exports.ts';
import { WebhookDomain } from '../constructs/webhook-domain.ts';
import { archiveWindowSeconds } from '../definition/defaults.ts';
import { archiveVisibilitySeconds, visibilityTimeoutSeconds } from '../definition/function-timeout.ts';
import { ledgerCapacityOf } from '../definition/ledger.ts';
import { archiveRetentionOf, deadLetterRetentionDays } from '../definition/retention.ts';

export interface StatefulStackProps extends StackProps {
  readonly stage: string;
  readonly definition: PipelineDefinition;
}

/** What outlives code: the API with its URL, secrets, queues, tables and the bucket. Nothing here is ever deleted. */
export class StatefulStack extends Stack {
  constructor(scope: Construct, id: string, { stage, definition, ...props }: StatefulStackProps) {
    // Only for an endpoint that does not know how to protect a stack, and is itself thrown away.
    const terminationProtection = String(scope.node.tryGetContext('terminationProtection')) !== 'false';
    super(scope, id, { ...props, terminationProtection });
    const sources = Object.keys(definition.sources);
    const consumers = consumersOf(definition);

    const api = new HttpApi(this, 'Api', {
      apiName: `${stagePrefix(stage)}webhooks`,
      description: `Webhooks of Nerite's stage ${stage}`,
      createDefaultStage: false,
    });
    const domain = definition.domain && new WebhookDomain(this, 'Domain', definition.domain);
    for (const source of sources) {
      new SourceSecret(this, `Secret-${source}`, { source, secretName: secretPrefix(stage) + source });
    }
    for (const consumer of consumers) {
      const names = namesOf(stage, consumer);
      // The id has the queue's type in it as its name has: another `order` makes another queue, and keeps the old one.
      new RedriveQueue(this, `Queue-${queueName(consumer.name, consumer.fifo)}`, {
        queueName: names.queue,
        deadLetterQueueName: names.deadLetterQueue,
        fifo: consumer.fifo,
        visibilityTimeout: Duration.seconds(visibilityTimeoutSeconds(consumer)),
        retention: Duration.days(queueRetentionDays),
        deadLetterRetention: Duration.days(deadLetterRetentionDays),
      });
    }
    const { archive } = definition;
    if (archive !== false) {
      const names = namesOf(stage, { name: archiveQueue, fifo: false });
      new RedriveQueue(this, 'ArchiveQueue', {
        queueName: names.queue,
        deadLetterQueueName: names.deadLetterQueue,
        fifo: false,
        visibilityTimeout: Duration.seconds(archiveVisibilitySeconds(archive?.windowSeconds ?? archiveWindowSeconds)),
        retention: Duration.days(queueRetentionDays),
        deadLetterRetention: Duration.days(deadLetterRetentionDays),
      });
    }
    const ledger = new LedgerTable(this, 'Ledger', { capacity: ledgerCapacityOf(definition) }).table;
    const state = new StateTable(this, 'State').table;
    const lock = archive ? archive.lock : undefined;
    const bucket = new ArchiveBucket(this, 'Archive', { ...archiveRetentionOf(definition), lock }).bucket;
    // What scales the ledger would otherwise go on scaling it once it is on demand again.
    RemovalPolicies.of(this).retain({ excludeResourceTypes: scalingTypes });

    const outputs = {
      ApiUrl: api.apiEndpoint,
      ApiId: api.apiId,
      QueueUrlPrefix: queueUrlPrefix(this, stage),
      Sources: sources.join(','),
      Consumers: consumers.map(({ name, fifo }) => queueName(name, fifo)).join(','),
      LedgerTable: ledger.tableName,
      StateTable: state.tableName,
      Bucket: bucket.bucketName,
      SecretPrefix: secretPrefix(stage),
      ...(domain ? { DomainTarget: domain.target, DomainHostedZoneId: domain.hostedZoneId } : {}),
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, statefulOutput(stage, name, value));
  }
}
