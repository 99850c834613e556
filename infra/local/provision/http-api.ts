import { isObject, shown } from '../template/json.ts';
import type { PendingResource, ResolvedResource } from '../template/stack.ts';
import { TemplateError } from '../template/template-error.ts';
import type { Plan, Throttle } from './plan.ts';
import { generatedId, nameInArn, Properties, propertiesOf, type Surroundings } from './resource.ts';

export function planApi(resource: PendingResource, plan: Plan, { region }: Surroundings): ResolvedResource {
  const properties = propertiesOf(resource).only(['Name', 'ProtocolType'], ['Description', 'Tags', 'IpAddressType']);
  properties.mustBe('ProtocolType', 'HTTP');
  const id = generatedId(resource);
  plan.apis.push({ name: id, place: resource.place });
  return { ref: id, attributes: { ApiId: id, ApiEndpoint: `https://${id}.execute-api.${region}.amazonaws.com` } };
}

export function planIntegration(resource: PendingResource, plan: Plan): ResolvedResource {
  const { place } = resource;
  // The timeout belongs to API Gateway, which the runtime serves with its own 30 s.
  const properties = propertiesOf(resource).only(
    ['ApiId', 'IntegrationMethod', 'IntegrationType', 'IntegrationUri', 'PayloadFormatVersion'],
    ['Description', 'TimeoutInMillis'],
  );
  properties.mustBe('IntegrationType', 'AWS_PROXY');
  properties.mustBe('IntegrationMethod', 'POST');
  properties.mustBe('PayloadFormatVersion', '2.0');
  if (!properties.has('PayloadFormatVersion')) {
    throw new TemplateError(`${place}: PayloadFormatVersion must be "2.0", got none`);
  }
  const uri = properties.text('IntegrationUri');
  const arn = /\/functions\/(arn:.*)\/invocations$/.exec(uri)?.[1] ?? uri;
  const id = generatedId(resource);
  plan.integrations.push({ name: id, place, function: nameInArn(arn, 'lambda', 'IntegrationUri', place) });
  return { ref: id, attributes: { IntegrationId: id } };
}

export function planRoute(resource: PendingResource, plan: Plan): ResolvedResource {
  const { place } = resource;
  const properties = propertiesOf(resource).only(
    ['ApiId', 'AuthorizationType', 'RouteKey', 'Target'],
    ['OperationName'],
  );
  properties.mustBe('AuthorizationType', 'NONE');
  const target = properties.text('Target');
  if (!target.startsWith('integrations/')) {
    throw new TemplateError(`${place}: Target must be integrations/<id>, got ${shown(target)}`);
  }
  const id = generatedId(resource);
  plan.routes.push({
    name: id,
    place,
    key: properties.text('RouteKey'),
    integration: target.slice('integrations/'.length),
  });
  return { ref: id, attributes: { RouteId: id } };
}

export function planStage(resource: PendingResource, plan: Plan): ResolvedResource {
  const { place } = resource;
  const properties = propertiesOf(resource).only(
    ['ApiId', 'AutoDeploy', 'DefaultRouteSettings', 'RouteSettings', 'StageName'],
    ['AccessLogSettings', 'Description', 'Tags'],
  );
  properties.mustBe('StageName', '$default');
  const settings = properties.object('RouteSettings');
  const routeThrottles = new Map<string, Throttle>();
  const routeDetailedMetrics = new Map<string, boolean>();
  for (const key of settings?.names() ?? []) {
    const value = settings?.value(key);
    if (!isObject(value))
      throw new TemplateError(`${place}: RouteSettings.${key} must be an object, got ${shown(value)}`);
    const route = new Properties(`${place}: RouteSettings.${key}`, value);
    const throttle = throttleOf(route);
    if (throttle) routeThrottles.set(key, throttle);
    const detailed = route.flag('DetailedMetricsEnabled');
    if (detailed !== undefined) routeDetailedMetrics.set(key, detailed);
  }
  const defaults = properties.object('DefaultRouteSettings');
  const throttle = throttleOf(defaults);
  const detailedMetrics = defaults?.flag('DetailedMetricsEnabled') ?? false;
  const name = properties.text('StageName');
  plan.stages.push({
    name,
    place,
    routeThrottles,
    detailedMetrics,
    routeDetailedMetrics,
    ...(throttle ? { throttle } : {}),
  });
  return { ref: name, attributes: {} };
}

function throttleOf(settings: Properties | undefined): Throttle | undefined {
  settings?.only(['DetailedMetricsEnabled', 'ThrottlingBurstLimit', 'ThrottlingRateLimit']);
  const ratePerSecond = settings?.number('ThrottlingRateLimit');
  const burst = settings?.number('ThrottlingBurstLimit');
  if (ratePerSecond === undefined && burst === undefined) return undefined;
  // The account's own limits hold where a route sets but one of them.
  return { ratePerSecond: ratePerSecond ?? 10_000, burst: burst ?? 5_000 };
}
