import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { hourPath } from '../../../functions/archive/hour.ts';
import { athenaType, hiveType } from '../../../infra/athena/column-type.ts';
import { viewColumns } from '../../../infra/athena/events-view.ts';
import { recordColumns } from '../../../infra/athena/record-columns.ts';
import { ArchiveTable } from '../../../infra/constructs/archive-table.ts';
import { imported } from '../../../infra/constructs/stateful-exports.ts';
import { flat } from '../../support/stacks.ts';

const app = new App({ analyticsReporting: false });
const stack = new Stack(app, 'stack');
const table = new ArchiveTable(stack, 'Queries', {
  stage: 'dev',
  sources: ['github', 'my-shop'],
  bucket: imported('dev', 'Bucket'),
});
const template = Template.fromStack(stack);

const tables = Object.values(template.findResources('AWS::Glue::Table')).map(({ Properties }) => Properties);
const inputOf = (name: string) => tables.find(({ TableInput }) => TableInput.Name === name)?.TableInput;
const deliveries = inputOf('deliveries');
const events = inputOf('events');
const queries = Object.values(template.findResources('AWS::Athena::NamedQuery')).map(({ Properties }) => Properties);
const queryOf = (name: string) => flat(queries.find(({ Name }) => Name === `nerite_dev: ${name}`)?.QueryString);

describe('the database', () => {
  test('is named for its stage, and so is the workgroup', () => {
    expect([table.database, table.workGroup]).toEqual(['nerite_dev', 'nerite_dev']);
    template.hasResourceProperties('AWS::Glue::Database', { DatabaseInput: { Name: 'nerite_dev' } });
    template.hasResourceProperties('AWS::Athena::WorkGroup', { Name: 'nerite_dev' });
    for (const { DatabaseName } of tables) expect(DatabaseName).toBe('nerite_dev');
  });

  test('goes with the stack: it holds nothing but what the code says', () => {
    const resources: { Type: string; DeletionPolicy?: string }[] = Object.values(template.toJSON().Resources);
    expect(resources.length).toBeGreaterThan(8);
    for (const resource of resources) expect(resource).toMatchObject({ DeletionPolicy: 'Delete' });
  });

  test('is there before its tables, and they before what is asked of them', () => {
    const idsOf = (type: string) => Object.keys(template.findResources(type));
    const [database] = idsOf('AWS::Glue::Database');
    const order = (name: string) =>
      Object.entries(template.findResources('AWS::Glue::Table')).find(
        ([, { Properties }]) => Properties.TableInput.Name === name,
      );
    expect(order('deliveries')?.[1].DependsOn).toEqual([database]);
    expect(order('events')?.[1].DependsOn).toEqual([order('deliveries')?.[0]]);
    for (const { DependsOn } of Object.values(template.findResources('AWS::Athena::NamedQuery'))) {
      expect(DependsOn).toEqual([order('events')?.[0], ...idsOf('AWS::Athena::WorkGroup')]);
    }
  });

  test('passes cdk-nag', () => {
    expect(new AwsSolutionsChecks().validateScope(app).violations).toEqual([]);
  });
});

describe('the table of deliveries', () => {
  test('has a column for each member of a record, and one for each folder', () => {
    expect(deliveries.StorageDescriptor.Columns).toEqual(
      Object.entries(recordColumns).map(([Name, type]) => ({ Name, Type: hiveType(type) })),
    );
    expect(deliveries.PartitionKeys).toEqual([
      { Name: 'source', Type: 'string' },
      { Name: 'year', Type: 'int' },
      { Name: 'month', Type: 'int' },
      { Name: 'day', Type: 'int' },
      { Name: 'hour', Type: 'int' },
    ]);
  });

  test('reads JSON lines with names in any letter case, and goes on after a line that is none', () => {
    expect(deliveries).toMatchObject({ TableType: 'EXTERNAL_TABLE', Parameters: { EXTERNAL: 'TRUE' } });
    expect(deliveries.StorageDescriptor).toMatchObject({
      InputFormat: 'org.apache.hadoop.mapred.TextInputFormat',
      SerdeInfo: {
        SerializationLibrary: 'org.openx.data.jsonserde.JsonSerDe',
        Parameters: { 'case.insensitive': 'TRUE', 'ignore.malformed.json': 'TRUE' },
      },
    });
  });

  test.each([
    ['github', '2026-01-02T03:59:59.999Z'],
    ['my-shop', '2031-12-31T23:00:00.000Z'],
  ])('finds the hour of %s at %s where the writer puts it', (source, receivedAt) => {
    const { Parameters } = deliveries;
    expect(Parameters['projection.enabled']).toBe('true');
    expect(Parameters['projection.source.type']).toBe('enum');
    expect(Parameters['projection.source.values'].split(',')).toContain(source);
    const time = new Date(receivedAt);
    const parts = {
      year: time.getUTCFullYear(),
      month: time.getUTCMonth() + 1,
      day: time.getUTCDate(),
      hour: time.getUTCHours(),
    };
    let location = flat(Parameters['storage.location.template']).replace(`\${source}`, source);
    for (const [name, value] of Object.entries(parts)) {
      expect(Parameters[`projection.${name}.type`]).toBe('integer');
      const [least, most] = Parameters[`projection.${name}.range`].split(',').map(Number);
      expect(value).toBeGreaterThanOrEqual(least);
      expect(value).toBeLessThanOrEqual(most);
      const digits = Number(Parameters[`projection.${name}.digits`]);
      location = location.replace(`\${${name}}`, String(value).padStart(digits, '0'));
    }
    expect(location).toBe(`s3://<nerite-dev-stateful:Bucket>/archive/events/${hourPath({ source, receivedAt })}`);
    expect(location).toContain(flat(deliveries.StorageDescriptor.Location));
  });

  test('covers every month, day and hour there is', () => {
    const ranges = ['month', 'day', 'hour'].map((name) => deliveries.Parameters[`projection.${name}.range`]);
    expect(ranges).toEqual(['1,12', '1,31', '0,23']);
  });

  test('shows what was restored from Glacier', () => {
    expect(deliveries.Parameters.read_restored_glacier_objects).toBe('true');
  });
});

describe('the view of events', () => {
  const [, encoded = ''] = /^\/\* Presto View: (\S+) \*\/$/.exec(events.ViewOriginalText) ?? [];
  const view = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));

  test('is one that Athena reads: told by its parameter, its text in base64', () => {
    expect(events).toMatchObject({
      TableType: 'VIRTUAL_VIEW',
      Parameters: { presto_view: 'true' },
      ViewExpandedText: '/* Presto View */',
    });
    expect(view).toMatchObject({ catalog: 'awsdatacatalog', schema: 'nerite_dev' });
  });

  test('has the same columns for Glue, for Athena and in its query', () => {
    const columns = Object.entries(viewColumns);
    expect(events.StorageDescriptor.Columns).toEqual(columns.map(([Name, type]) => ({ Name, Type: hiveType(type) })));
    expect(view.columns).toEqual(columns.map(([name, type]) => ({ name, type: athenaType(type) })));
    const [, list = ''] = /^SELECT (.*)$/m.exec(view.originalSql) ?? [];
    // Commas within brackets separate arguments.
    const flatList = list.replace(/\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\)/g, '');
    const names = flatList.split(', ').map((item) => item.split(' ').at(-1));
    expect(names).toEqual(columns.map(([name]) => name));
  });

  test('takes the earliest record of an event, and lets a question about a day reach only that day', () => {
    const windows = [...view.originalSql.matchAll(/OVER \(PARTITION BY ([^)]*?)(?: ORDER BY ([^)]*))?\)/g)];
    expect(windows.map(([, by, order]) => [by, order])).toEqual([
      ['source, year, month, day, id', 'receivedat, deliveryid'],
      ['source, year, month, day, id', undefined],
    ]);
    expect(view.originalSql).toMatch(/WHERE place = 1$/);
  });

  test('leaves out lines that are no records', () => {
    expect(view.originalSql).toContain('event.id IS NOT NULL');
  });
});

describe('the saved queries', () => {
  test('answer the usual questions', () => {
    expect(queries.map(({ Name }) => Name).sort()).toEqual([
      'nerite_dev: an event by its id',
      'nerite_dev: events by source, type and hour',
      'nerite_dev: events of a tenant on a day',
      'nerite_dev: events of several days, each once',
      'nerite_dev: events that came more than once',
      'nerite_dev: events whose bodies are objects of their own',
      'nerite_dev: objects with lines that are no records',
    ]);
    for (const query of queries) expect(query).toMatchObject({ Database: 'nerite_dev', WorkGroup: 'nerite_dev' });
  });

  test('name every parameter that they take, and the days that they read', () => {
    for (const { Description, QueryString } of queries) {
      const [, parameters = ''] = /Parameters: (.*)\.$/.exec(Description) ?? [];
      const sql = flat(QueryString);
      expect(sql.split('?').length - 1).toBe(parameters.split('; ').length);
      expect(sql).toMatch(/year = \? AND month = \?/);
    }
  });

  test('say where a large body is', () => {
    expect(queryOf('events whose bodies are objects of their own')).toContain(
      "'s3://<nerite-dev-stateful:Bucket>/' || dataref",
    );
  });

  test('need no bucket for their results, and stop before they cost a fortune', () => {
    template.hasResourceProperties('AWS::Athena::WorkGroup', {
      RecursiveDeleteOption: true,
      WorkGroupConfiguration: {
        EnforceWorkGroupConfiguration: true,
        ManagedQueryResultsConfiguration: { Enabled: true },
        BytesScannedCutoffPerQuery: 2 ** 40,
      },
    });
  });
});
