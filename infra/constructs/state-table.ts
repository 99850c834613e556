import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/** The table of what consumers share while they run, and can lose: hot keys, short-lived items, no backups. */
export class StateTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: 'key', type: AttributeType.STRING },
      sortKey: { name: 'sort', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'expiresAt',
    });
    acknowledge(this.table, {
      'AwsSolutions-DDB3':
        'Everything in it is true for minutes and made anew by the next event; restoring an older state would be wrong.',
    });
  }
}
