import { AttributeType, BillingMode, ProjectionType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { LedgerCapacity } from '../definition/ledger.ts';

export interface LedgerTableProps {
  /** Default: on demand. */
  readonly capacity?: LedgerCapacity | undefined;
}

/** Resources that keep a provisioned table's capacity near its load; they hold nothing that could be lost. */
export const scalingTypes = [
  'AWS::ApplicationAutoScaling::ScalableTarget',
  'AWS::ApplicationAutoScaling::ScalingPolicy',
];

/** Sparse: only what failed or died has a shard. */
const unfinished = {
  indexName: 'unfinished',
  partitionKey: { name: 'shard', type: AttributeType.STRING },
  sortKey: { name: 'failedAt', type: AttributeType.STRING },
  projectionType: ProjectionType.KEYS_ONLY,
};

/** The table of idempotency records: one for each (event, consumer, run), restorable to any second of 35 days. */
export class LedgerTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, { capacity }: LedgerTableProps = {}) {
    super(scope, id);
    const least = capacity && { readCapacity: capacity.readUnits.min, writeCapacity: capacity.writeUnits.min };
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      sortKey: { name: 'consumer', type: AttributeType.STRING },
      billingMode: capacity ? BillingMode.PROVISIONED : BillingMode.PAY_PER_REQUEST,
      ...least,
      timeToLiveAttribute: 'expiresAt',
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
    });
    this.table.addGlobalSecondaryIndex({ ...unfinished, ...least });
    if (capacity) this.#scale(capacity);
  }

  #scale({ writeUnits, readUnits, targetUtilizationPercent }: LedgerCapacity): void {
    const { table } = this;
    const { indexName } = unfinished;
    const [writes, reads] = [scalingOf(writeUnits), scalingOf(readUnits)] as const;
    for (const scaled of [
      table.autoScaleWriteCapacity(writes),
      table.autoScaleReadCapacity(reads),
      table.autoScaleGlobalSecondaryIndexWriteCapacity(indexName, writes),
      table.autoScaleGlobalSecondaryIndexReadCapacity(indexName, reads),
    ]) {
      scaled.scaleOnUtilization({ targetUtilizationPercent });
    }
  }
}

function scalingOf({ min, max }: LedgerCapacity['writeUnits']) {
  return { minCapacity: min, maxCapacity: max };
}
