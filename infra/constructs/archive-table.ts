import { RemovalPolicies, Stack } from 'aws-cdk-lib';
import { CfnNamedQuery, CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import { Construct } from 'constructs';
import { eventPrefix } from '../../functions/core/names.ts';
import { type Columns, hiveType } from '../athena/column-type.ts';
import { deliveriesTable, eventsView, prestoView, viewColumns } from '../athena/events-view.ts';
import { partitionColumns, recordColumns } from '../athena/record-columns.ts';
import { savedQueries } from '../athena/saved-queries.ts';

export interface ArchiveTableProps {
  readonly stage: string;
  readonly sources: readonly string[];
  /** Name of the archive bucket. */
  readonly bucket: string;
}

/** The archive as tables that Athena can query from the first minute: no crawler, no partition to add. */
export class ArchiveTable extends Construct {
  /** Name of the Glue database. */
  readonly database: string;
  /** Name of the Athena workgroup, whose queries need no bucket for their results. */
  readonly workGroup: string;

  constructor(scope: Construct, id: string, { stage, sources, bucket }: ArchiveTableProps) {
    super(scope, id);
    const { account: catalogId } = Stack.of(this);
    this.database = `nerite_${stage}`;
    this.workGroup = this.database;
    const database = new CfnDatabase(this, 'Database', {
      catalogId,
      databaseInput: { name: this.database, description: `Webhooks that Nerite's stage ${stage} archived` },
    });
    const deliveries = new CfnTable(this, 'Deliveries', {
      catalogId,
      databaseName: this.database,
      tableInput: {
        name: deliveriesTable,
        description: `Records as they are stored; those of a delivery can be several, ${eventsView} shows each event once`,
        tableType: 'EXTERNAL_TABLE',
        parameters: {
          EXTERNAL: 'TRUE',
          classification: 'json',
          compressionType: 'gzip',
          // Without it, what was restored from Glacier would stay unseen as what was not.
          // Source: https://docs.aws.amazon.com/athena/latest/ug/querying-glacier.html
          read_restored_glacier_objects: 'true',
          ...projection(sources, `s3://${bucket}/${eventPrefix}`),
        },
        partitionKeys: glueColumns(partitionColumns),
        storageDescriptor: {
          columns: glueColumns(recordColumns),
          location: `s3://${bucket}/${eventPrefix}`,
          compressed: true,
          inputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
          outputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
          serdeInfo: {
            serializationLibrary: 'org.openx.data.jsonserde.JsonSerDe',
            parameters: {
              'serialization.format': '1',
              // `receivedAt` is found by `receivedat`, at any depth.
              'case.insensitive': 'TRUE',
              // A line that is no JSON costs that line, and not the query.
              'ignore.malformed.json': 'TRUE',
            },
          },
        },
      },
    });
    const events = new CfnTable(this, 'Events', {
      catalogId,
      databaseName: this.database,
      tableInput: {
        name: eventsView,
        description: 'Each event of a day (UTC) once: its earliest record, with all its further deliveries as copies',
        tableType: 'VIRTUAL_VIEW',
        parameters: { presto_view: 'true', comment: 'Presto View' },
        partitionKeys: [],
        storageDescriptor: { columns: glueColumns(viewColumns), location: '', serdeInfo: {} },
        viewOriginalText: prestoView(this.database),
        viewExpandedText: '/* Presto View */',
      },
    });
    deliveries.addResourceDependency(database);
    events.addResourceDependency(deliveries);
    const workGroup = new CfnWorkGroup(this, 'WorkGroup', {
      name: this.workGroup,
      description: `Queries over the archive of Nerite's stage ${stage}`,
      // Its history goes with it: what it asked can be asked again.
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: false,
        // Athena keeps results for a day, encrypted: they hold what webhooks held, and need no bucket to forget them.
        managedQueryResultsConfiguration: { enabled: true },
        bytesScannedCutoffPerQuery: mostBytes,
      },
    });
    for (const { name, description, parameters, sql } of savedQueries({ database: this.database, bucket })) {
      const query = new CfnNamedQuery(this, `Query-${name.replaceAll(/\W+/g, '-')}`, {
        name: `${this.database}: ${name}`,
        description: `${description} Parameters: ${parameters.join('; ')}.`,
        database: this.database,
        workGroup: this.workGroup,
        queryString: sql,
      });
      query.addResourceDependency(workGroup);
      query.addResourceDependency(events);
    }
    // Whatever becomes of them, the objects stay.
    RemovalPolicies.of(this).destroy();
  }
}

/** What one query may read before it is stopped, five dollars' worth: one that names no days. In bytes. */
const mostBytes = 2 ** 40;

/** Partitions are computed from a query's conditions, and nobody adds them. A query without a year is refused, or slow. */
const range = { year: '2026,2099', month: '1,12', day: '1,31', hour: '0,23' };
const digits = { year: '4', month: '2', day: '2', hour: '2' };

/** Source: https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html */
function projection(sources: readonly string[], root: string): Record<string, string> {
  const names = Object.keys(partitionColumns);
  const numbers = Object.keys(range) as (keyof typeof range)[];
  return {
    'projection.enabled': 'true',
    'projection.source.type': 'enum',
    'projection.source.values': sources.join(','),
    ...Object.fromEntries(
      numbers.flatMap((name) => [
        [`projection.${name}.type`, 'integer'],
        [`projection.${name}.range`, range[name]],
        [`projection.${name}.digits`, digits[name]],
      ]),
    ),
    'storage.location.template': `${root}${names.map((name) => `${name}=\${${name}}`).join('/')}`,
  };
}

function glueColumns(columns: Columns): CfnTable.ColumnProperty[] {
  return Object.entries(columns).map(([name, type]) => ({ name, type: hiveType(type) }));
}
