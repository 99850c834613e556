import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type JsonObject, shown } from './json.ts';
import { type Template, templateOf } from './template.ts';
import { TemplateError } from './template-error.ts';

/** What `cdk synth` has written: the templates, and where the bundles are that they refer to. */
export interface CloudAssembly {
  /** In the order in which they are deployed: what exports before what imports. */
  readonly templates: readonly Template[];
  /** Object key in the assets bucket → directory. */
  readonly bundles: ReadonlyMap<string, string>;
}

/**
 * Loads a cloud assembly, `cdk.out`.
 *
 * Source of its format: https://github.com/aws/aws-cdk-cli/tree/main/packages/%40aws-cdk/cloud-assembly-schema
 *
 * @throws TemplateError naming the file that is missing or not what it should be.
 */
export function loadAssembly(directory: string): CloudAssembly {
  const artifacts = objectIn(readJson(join(directory, 'manifest.json')), 'artifacts', join(directory, 'manifest.json'));
  const stacks = new Map<string, JsonObject>();
  const bundles = new Map<string, string>();
  for (const [id, artifact] of Object.entries(artifacts)) {
    if (!isObject(artifact)) continue;
    if (artifact.type === 'aws:cloudformation:stack') stacks.set(id, artifact);
    if (artifact.type === 'cdk:asset-manifest') readBundles(directory, id, artifact, bundles);
    if (artifact.type === 'cdk:cloud-assembly') {
      throw new TemplateError(
        `${directory}: ${id} is a nested assembly (a CDK Stage), which the embedded runtime does not know`,
      );
    }
  }
  if (stacks.size === 0) throw new TemplateError(`${directory} must hold at least one stack, got none`);
  const templates = inDependencyOrder(stacks).map((id) => {
    const properties = stacks.get(id)?.properties;
    const file = textIn(properties, 'templateFile', `${directory}: ${id}`);
    const name = isObject(properties) && typeof properties.stackName === 'string' ? properties.stackName : id;
    return templateOf(name, readJson(join(directory, file)));
  });
  return { templates, bundles };
}

function readBundles(directory: string, id: string, artifact: JsonObject, bundles: Map<string, string>): void {
  const path = join(directory, textIn(artifact.properties, 'file', `${directory}: ${id}`));
  for (const [hash, asset] of Object.entries(objectIn(readJson(path), 'files', path))) {
    const source = isObject(asset) ? asset.source : undefined;
    const destinations = isObject(asset) && isObject(asset.destinations) ? asset.destinations : {};
    if (!isObject(source) || source.packaging !== 'zip') continue;
    for (const destination of Object.values(destinations)) {
      bundles.set(
        textIn(destination, 'objectKey', `${path}: ${hash}`),
        join(directory, textIn(source, 'path', `${path}: ${hash}`)),
      );
    }
  }
}

function inDependencyOrder(stacks: ReadonlyMap<string, JsonObject>): string[] {
  const ordered: string[] = [];
  const visit = (id: string, path: readonly string[]): void => {
    const artifact = stacks.get(id);
    if (!artifact || ordered.includes(id)) return;
    if (path.includes(id)) throw new TemplateError(`stacks depend on each other: ${[...path, id].join(' → ')}`);
    const dependencies = Array.isArray(artifact.dependencies) ? artifact.dependencies : [];
    for (const dependency of dependencies) visit(String(dependency), [...path, id]);
    ordered.push(id);
  };
  for (const id of stacks.keys()) visit(id, []);
  return ordered;
}

function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new TemplateError(`${path} must be there; \`npm run synth\` writes it`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TemplateError(`${path} must be JSON: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function objectIn(value: unknown, name: string, path: string): JsonObject {
  const object = isObject(value) ? value[name] : undefined;
  if (!isObject(object)) throw new TemplateError(`${path}: ${name} must be an object, got ${shown(object)}`);
  return object;
}

function textIn(value: unknown, name: string, path: string): string {
  const text = isObject(value) ? value[name] : undefined;
  if (typeof text !== 'string') throw new TemplateError(`${path}: ${name} must be a text, got ${shown(text)}`);
  return text;
}
