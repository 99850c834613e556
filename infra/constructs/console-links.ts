import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Pages of AWS's console, in the region that a stack is deployed to. */
export interface ConsoleLinks {
  readonly queue: (queueName: string) => string;
  readonly function: (functionName: string) => string;
  readonly table: (tableName: string) => string;
  readonly api: string;
  readonly dashboard: (dashboardName: string) => string;
}

/** Links for whoever is told of an alarm. */
export function consoleLinks(scope: Construct, apiId: string): ConsoleLinks {
  const { region, urlSuffix, account } = Stack.of(scope);
  const page = (service: string, place: string) =>
    `https://${region}.console.aws.amazon.com/${service}/home?region=${region}#${place}`;
  return {
    queue: (name) =>
      `https://${region}.console.aws.amazon.com/sqs/v3/home?region=${region}#/queues/https%3A%2F%2Fsqs.${region}.${urlSuffix}%2F${account}%2F${name}`,
    function: (name) => page('lambda', `/functions/${name}?tab=monitoring`),
    table: (name) =>
      `https://${region}.console.aws.amazon.com/dynamodbv2/home?region=${region}#table?name=${name}&tab=monitoring`,
    api: `https://${region}.console.aws.amazon.com/apigateway/main/monitor?api=${apiId}&region=${region}`,
    dashboard: (name) => page('cloudwatch', `dashboards/dashboard/${name}`),
  };
}
