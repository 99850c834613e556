import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { PipelineDefinition } from '../../functions/core/definition.ts';
import { ArchiveTable } from '../constructs/archive-table.ts';
import { imported } from '../constructs/stateful-exports.ts';

export interface QueriesStackProps extends StackProps {
  readonly stage: string;
  readonly definition: PipelineDefinition;
}

/** What asks the archive: tables for Athena and saved queries. It stands apart, since not every endpoint knows them. */
export class QueriesStack extends Stack {
  constructor(scope: Construct, id: string, { stage, definition, ...props }: QueriesStackProps) {
    super(scope, id, props);
    const sources = Object.keys(definition.sources);
    const { database, workGroup } = new ArchiveTable(this, 'Archive', {
      stage,
      sources,
      bucket: imported(stage, 'Bucket'),
    });
    new CfnOutput(this, 'Database', { value: database });
    new CfnOutput(this, 'WorkGroup', { value: workGroup });
  }
}
