import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnApiMapping, CfnIntegration, CfnRoute, CfnStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { PipelineDefinition } from '../../functions/core/definition.ts';
import { stagePrefix } from '../../functions/core/names.ts';
import { throttleDefaults } from '../definition/defaults.ts';
import { methodsOf } from '../definition/presets.ts';
import { acknowledge } from './acknowledge.ts';

export interface WebhookRoutesProps {
  readonly stage: string;
  readonly apiId: string;
  readonly sources: PipelineDefinition['sources'];
  /** Whether each source's requests are counted by themselves, which is billed as so many metrics. */
  readonly detailedMetrics: boolean;
  /** One's own, which leads to these routes as well. */
  readonly domainName?: string | undefined;
  readonly receiver: IFunction;
}

/** What is logged of a request: neither its query string nor any header, since either can hold a credential. */
const accessLogFormat = JSON.stringify({
  requestId: '$context.requestId',
  routeKey: '$context.routeKey',
  status: '$context.status',
  responseLatency: '$context.responseLatency',
  integrationLatency: '$context.integrationLatency',
  ip: '$context.identity.sourceIp',
  error: '$context.error.responseType',
});

/** One explicit route a source and method, each with its own throttle: a flood at one leaves the others their share. */
export class WebhookRoutes extends Construct {
  constructor(scope: Construct, id: string, props: WebhookRoutesProps) {
    super(scope, id);
    const { stage, apiId, sources, detailedMetrics, domainName, receiver } = props;
    const integration = new CfnIntegration(this, 'Integration', {
      apiId,
      integrationType: 'AWS_PROXY',
      integrationUri: receiver.functionArn,
      payloadFormatVersion: '2.0',
      timeoutInMillis: 30_000,
    });
    const target = `integrations/${integration.ref}`;
    const wanted = Object.entries(sources).flatMap(([source, { provider, throttle = throttleDefaults }]) =>
      methodsOf(provider).map((method) => ({ source, method, throttle })),
    );
    const routes = wanted.map(({ source, method, throttle }) => {
      const routeKey = `${method} /webhooks/${source}`;
      const id = method === 'POST' ? `Route-${source}` : `Route-${source}-${method}`;
      const route = new CfnRoute(this, id, { apiId, routeKey, target, authorizationType: 'NONE' });
      acknowledge(route, {
        'AwsSolutions-APIG4':
          'Platforms cannot authenticate to AWS. The receiver proves each request by its signature before anything else.',
      });
      // Questions whether somebody is there say nothing of how webhooks fare.
      return { route, routeKey, throttle, detailed: detailedMetrics && method === 'POST' };
    });
    const apiArn = { service: 'execute-api', resource: apiId, arnFormat: ArnFormat.SLASH_RESOURCE_NAME };
    receiver.addPermission('Invoke', {
      scope: this,
      principal: new ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: Stack.of(this).formatArn({ ...apiArn, resourceName: '*/*/webhooks/*' }),
    });
    // Below this prefix log groups need no line each in a policy of the account, which has room for few.
    // Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
    const logGroupName = `/aws/vendedlogs/${stagePrefix(stage)}webhooks`;
    const log = new LogGroup(this, 'AccessLog', {
      logGroupName,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stageOfApi = new CfnStage(this, 'Stage', {
      apiId,
      stageName: '$default',
      autoDeploy: true,
      accessLogSettings: {
        format: accessLogFormat,
        destinationArn: Stack.of(this).formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      },
      routeSettings: Object.fromEntries(
        routes.map(({ routeKey, throttle, detailed }) => [routeKey, settingsOf(throttle, detailed)]),
      ),
    });
    // Settings of a route that is not there yet are refused.
    stageOfApi.node.addDependency(log, ...routes.map(({ route }) => route));
    if (domainName !== undefined) {
      const mapping = new CfnApiMapping(this, 'Mapping', { apiId, domainName, stage: stageOfApi.stageName });
      // It knows the stage by its name alone.
      mapping.node.addDependency(stageOfApi);
    }
  }
}

/** CloudFormation takes these as plain JSON, so they are named as the API names them. */
function settingsOf(
  { ratePerSecond, burst }: { readonly ratePerSecond: number; readonly burst: number },
  detailed: boolean,
) {
  const throttle = { ThrottlingRateLimit: ratePerSecond, ThrottlingBurstLimit: burst };
  return detailed ? { ...throttle, DetailedMetricsEnabled: true } : throttle;
}
