import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { shown } from '../template/json.ts';
import type { PendingResource, ResolvedResource } from '../template/stack.ts';
import { TemplateError } from '../template/template-error.ts';
import type { Plan } from './plan.ts';
import { generatedName, type Properties, propertiesOf, type Surroundings } from './resource.ts';

/** Permissions and processors mean nothing here; logs and traces go to the console. */
const meaningless = [
  'Architectures',
  'Description',
  'LoggingConfig',
  'Role',
  'RuntimeManagementConfig',
  'Tags',
  'TracingConfig',
];

export function planFunction(
  resource: PendingResource,
  plan: Plan,
  { region, account, bundles }: Surroundings,
): ResolvedResource {
  const properties = propertiesOf(resource).only(
    [
      'Code',
      'Environment',
      'FunctionName',
      'Handler',
      'MemorySize',
      'PackageType',
      'ReservedConcurrentExecutions',
      'Runtime',
      'Timeout',
    ],
    meaningless,
  );
  properties.mustBe('PackageType', 'Zip');
  const runtime = properties.text('Runtime');
  if (!/^nodejs\d+\.x$/.test(runtime)) {
    throw new TemplateError(`${resource.place}: Runtime must be one of Node's, got ${shown(runtime)}`);
  }
  const name = properties.optionalText('FunctionName') ?? generatedName(resource);
  const handler = properties.text('Handler');
  const reserved = properties.number('ReservedConcurrentExecutions');
  plan.functions.push({
    name,
    place: resource.place,
    directory: bundleOf(properties, handler, bundles),
    handler,
    environment: environmentOf(properties),
    timeoutMs: (properties.number('Timeout') ?? 3) * 1000,
    memoryMb: properties.number('MemorySize') ?? 128,
    ...(reserved === undefined ? {} : { reservedConcurrency: reserved }),
  });
  return { ref: name, attributes: { Arn: `arn:aws:lambda:${region}:${account}:function:${name}` } };
}

function bundleOf(properties: Properties, handler: string, bundles: ReadonlyMap<string, string>): string {
  const { place } = properties;
  const key = properties.object('Code')?.only(['S3Bucket', 'S3Key'])?.text('S3Key');
  const directory = key === undefined ? undefined : bundles.get(key);
  if (directory === undefined)
    throw new TemplateError(`${place}: Code must be an asset of the assembly, got ${shown(key ?? null)}`);
  const file = handler.slice(0, handler.lastIndexOf('.'));
  if (!['mjs', 'js', 'cjs'].some((extension) => existsSync(join(directory, `${file}.${extension}`)))) {
    throw new TemplateError(`${place}: Handler must name a file of ${directory}, got ${shown(handler)}`);
  }
  return directory;
}

function environmentOf(properties: Properties): Record<string, string> {
  const variables = properties.object('Environment')?.only(['Variables'])?.object('Variables');
  return Object.fromEntries((variables?.names() ?? []).map((name) => [name, variables?.text(name) ?? '']));
}
