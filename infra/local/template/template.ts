import { isObject, type JsonObject, shown } from './json.ts';
import { type Place, placeOf, TemplateError } from './template-error.ts';

export interface TemplateResource {
  readonly type: string;
  /** Intrinsic functions not yet resolved. */
  readonly properties: JsonObject;
  readonly dependsOn: readonly string[];
  /** The condition under which it exists. */
  readonly condition?: string;
}

export interface TemplateOutput {
  readonly value: unknown;
  readonly exportName?: unknown;
  readonly condition?: string;
}

/** A CloudFormation template whose shape has been checked. */
export interface Template {
  readonly stack: string;
  readonly parameters: Readonly<Record<string, JsonObject>>;
  readonly mappings: JsonObject;
  readonly conditions: JsonObject;
  readonly resources: Readonly<Record<string, TemplateResource>>;
  readonly outputs: Readonly<Record<string, TemplateOutput>>;
}

/** Rules are checks that CloudFormation runs on parameters before it begins; ours has no parameters to give. */
const sections = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Rules',
  'Parameters',
  'Mappings',
  'Conditions',
  'Resources',
  'Outputs',
];
const resourceAttributes = [
  'Type',
  'Properties',
  'DependsOn',
  'Condition',
  'Metadata',
  'DeletionPolicy',
  'UpdateReplacePolicy',
];

/**
 * Reads a template out of its JSON.
 *
 * @throws TemplateError naming the first thing that CloudFormation has and the embedded runtime does not.
 */
export function templateOf(stack: string, json: unknown): Template {
  if (!isObject(json)) throw new TemplateError(`stack ${stack}: the template must be an object, got ${shown(json)}`);
  onlyKnown(json, sections, placeOf(stack, 'the template'), 'section');
  return {
    stack,
    parameters: objectsOf(stack, json, 'Parameters'),
    mappings: objectOf(stack, json, 'Mappings'),
    conditions: objectOf(stack, json, 'Conditions'),
    resources: mapped(objectsOf(stack, json, 'Resources'), (id, value) =>
      resourceOf(value, placeOf(stack, `resource ${id}`)),
    ),
    outputs: mapped(objectsOf(stack, json, 'Outputs'), (id, value) => outputOf(value, placeOf(stack, `output ${id}`))),
  };
}

function resourceOf(value: JsonObject, place: Place): TemplateResource {
  onlyKnown(value, resourceAttributes, place, 'attribute');
  const { Type: type, Properties: properties = {}, DependsOn: dependsOn = [], Condition: condition } = value;
  if (typeof type !== 'string') throw new TemplateError(`${place}: Type must be a text, got ${shown(type)}`);
  if (!isObject(properties))
    throw new TemplateError(`${place}: Properties must be an object, got ${shown(properties)}`);
  const names = Array.isArray(dependsOn) ? dependsOn : [dependsOn];
  if (!names.every((name): name is string => typeof name === 'string')) {
    throw new TemplateError(`${place}: DependsOn must be a name or a list of names, got ${shown(dependsOn)}`);
  }
  return { type, properties, dependsOn: names, ...conditionOf(condition, place) };
}

function outputOf(value: JsonObject, place: Place): TemplateOutput {
  onlyKnown(value, ['Description', 'Value', 'Export', 'Condition'], place, 'attribute');
  const { Value, Export, Condition } = value;
  return {
    value: Value,
    ...(isObject(Export) ? { exportName: Export.Name } : {}),
    ...conditionOf(Condition, place),
  };
}

function conditionOf(condition: unknown, place: Place): { condition?: string } {
  if (condition === undefined) return {};
  if (typeof condition !== 'string')
    throw new TemplateError(`${place}: Condition must be a name, got ${shown(condition)}`);
  return { condition };
}

function onlyKnown(value: JsonObject, known: readonly string[], place: Place, kind: string): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown) throw new TemplateError(`${place} has the ${kind} ${unknown}, which the embedded runtime does not know`);
}

function objectOf(stack: string, json: JsonObject, section: string): JsonObject {
  const value = json[section] ?? {};
  if (!isObject(value)) throw new TemplateError(`stack ${stack}: ${section} must be an object, got ${shown(value)}`);
  return value;
}

function objectsOf(stack: string, json: JsonObject, section: string): Record<string, JsonObject> {
  const entries = Object.entries(objectOf(stack, json, section)).map(([id, value]): [string, JsonObject] => {
    if (!isObject(value))
      throw new TemplateError(`stack ${stack}: ${section}.${id} must be an object, got ${shown(value)}`);
    return [id, value];
  });
  return Object.fromEntries(entries);
}

function mapped<From, To>(values: Record<string, From>, map: (id: string, value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([id, value]) => [id, map(id, value)]));
}
