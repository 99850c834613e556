import { CfnQueryDefinition } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Consumer } from '../../functions/core/definition.ts';
import { stagePrefix } from '../../functions/core/names.ts';

export interface LogQueriesProps {
  readonly stage: string;
  readonly consumers: readonly Consumer[];
}

/** A saved query asks 50 log groups at most. Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html */
const mostLogGroups = 50;

/** Saved queries for what has too many values to be a metric: tenants, types, single events. */
export class LogQueries extends Construct {
  constructor(scope: Construct, id: string, { stage, consumers }: LogQueriesProps) {
    super(scope, id);
    const groupOf = (name: string): string => `/aws/lambda/${stagePrefix(stage)}${name}`;
    const receiver = groupOf('receiver');
    const handlers = consumers.map(({ name }) => groupOf(name)).slice(0, mostLogGroups - 1);
    const query = (name: string, logGroupNames: string[], lines: readonly string[]): void => {
      new CfnQueryDefinition(this, name.replaceAll(' ', ''), {
        name: `${stagePrefix(stage)}logs/${name}`,
        logGroupNames,
        queryString: lines.join('\n| '),
      });
    };
    const accepted = 'filter message = "accepted"';
    query(
      'top tenants',
      [receiver],
      [accepted, 'stats count(*) as events by source, tenant', 'sort events desc', 'limit 50'],
    );
    query(
      'top types',
      [receiver],
      [accepted, 'stats count(*) as events by source, type', 'sort events desc', 'limit 50'],
    );
    query(
      'refused by reason',
      [receiver],
      ['filter message = "refused"', 'stats sum(count) as requests by source, reason, status', 'sort requests desc'],
    );
    query(
      'one event by its id',
      [receiver, ...handlers],
      [
        // Items of an event have its id and `#n`.
        'filter eventId like "<event id>"',
        'fields @timestamp, @log, level, message, consumer, attempt, reason, @message',
        'sort @timestamp asc',
        'limit 500',
      ],
    );
    if (handlers.length === 0) return;
    query('slowest handlers', handlers, [
      'filter ispresent(handlerMs)',
      'stats count(*) as attempts, pct(handlerMs, 50) as p50, pct(handlerMs, 99) as p99, max(handlerMs) as slowest by consumer, type',
      'sort p99 desc',
      'limit 50',
    ]);
    query('failed attempts by reason', handlers, [
      'filter ispresent(Failed)',
      'stats sum(Failed) as attempts by consumer, reason',
      'sort attempts desc',
      'limit 50',
    ]);
  }
}
