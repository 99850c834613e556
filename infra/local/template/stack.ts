import { evaluate, noValue, resolve, type Scope } from './intrinsics.ts';
import { isObject, type JsonObject, shown } from './json.ts';
import type { Template } from './template.ts';
import { type Place, placeOf, TemplateError } from './template-error.ts';

/** What a resource is to the rest of its template. */
export interface ResolvedResource {
  /** What `Ref` gives. */
  readonly ref: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** A resource whose turn it is: everything that it depends on is resolved when it asks for it. */
export interface PendingResource {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  /** Where it stands, as error messages begin. */
  readonly place: Place;
  /** Its properties, intrinsic functions resolved. */
  properties(): JsonObject;
  /** One property, resolved; `undefined` where it is not set. */
  property(name: string): unknown;
}

export interface StackOptions {
  readonly region: string;
  readonly account: string;
  /** Values that stacks export, by name; this stack's are added. */
  readonly exports: Map<string, string>;
  /** Takes note of a resource and answers what it is to others; called once for each, dependencies first. */
  readonly plan: (resource: PendingResource) => ResolvedResource;
}

/**
 * Resolves every resource of a template, in the order in which they depend on each other, and answers its outputs.
 *
 * @throws TemplateError naming the stack, the place and what is wrong there.
 */
export function resolveStack(template: Template, options: StackOptions): Record<string, string> {
  const resolution = new Resolution(template, options);
  for (const logicalId of Object.keys(template.resources))
    resolution.resource(logicalId, placeOf(template.stack, 'the template'));
  return resolution.outputs();
}

class Resolution implements Scope {
  readonly region: string;
  readonly #template: Template;
  readonly #options: StackOptions;
  readonly #resources = new Map<string, ResolvedResource | undefined>();
  readonly #conditions = new Map<string, boolean>();
  /** What is being resolved just now, outermost first; what turns up in it twice depends on itself. */
  readonly #path: string[] = [];

  constructor(template: Template, options: StackOptions) {
    this.region = options.region;
    this.#template = template;
    this.#options = options;
  }

  /** The resource, or `undefined` where its condition does not hold. */
  resource(logicalId: string, place: Place): ResolvedResource | undefined {
    if (this.#resources.has(logicalId)) return this.#resources.get(logicalId);
    const { stack, resources } = this.#template;
    const resource = own(resources, logicalId);
    if (!resource) throw new TemplateError(`${place} refers to ${logicalId}, which the template does not have`);
    const here = placeOf(stack, `resource ${logicalId}`);
    return this.#within(logicalId, 'resources', () => {
      let resolved: ResolvedResource | undefined;
      if (resource.condition === undefined || this.condition(resource.condition, here)) {
        for (const dependency of resource.dependsOn) this.resource(dependency, here);
        resolved = this.#options.plan({
          stack,
          logicalId,
          type: resource.type,
          place: here,
          properties: () => resolve(resource.properties, this, here) as JsonObject,
          property: (name) => {
            const value = resolve(own(resource.properties, name), this, here);
            return value === noValue ? undefined : value;
          },
        });
      }
      this.#resources.set(logicalId, resolved);
      return resolved;
    });
  }

  ref(name: string, place: Place): unknown {
    if (name.startsWith('AWS::')) return this.#pseudoParameter(name, place);
    const parameter = own(this.#template.parameters, name);
    return parameter ? parameterValue(name, parameter, place) : this.#existing(name, place).ref;
  }

  attribute(logicalId: string, name: string, place: Place): unknown {
    const value = own(this.#existing(logicalId, place).attributes, name);
    if (value === undefined) {
      const type = own(this.#template.resources, logicalId)?.type;
      throw new TemplateError(
        `${place} uses the attribute ${name} of ${logicalId} (${type}), which the embedded runtime does not know`,
      );
    }
    return value;
  }

  condition(name: string, place: Place): boolean {
    const known = this.#conditions.get(name);
    if (known !== undefined) return known;
    const value = own(this.#template.conditions, name);
    if (value === undefined)
      throw new TemplateError(`${place} refers to the condition ${name}, which the template does not have`);
    const holds = this.#within(name, 'conditions', () =>
      evaluate(value, this, placeOf(this.#template.stack, `condition ${name}`)),
    );
    this.#conditions.set(name, holds);
    return holds;
  }

  importValue(name: string, place: Place): unknown {
    const value = this.#options.exports.get(name);
    if (value === undefined) throw new TemplateError(`${place} imports ${name}, which no stack before it exports`);
    return value;
  }

  mapped(map: string, first: string, second: string, place: Place): unknown {
    const level = own(this.#template.mappings, map);
    const row = isObject(level) ? own(level, first) : undefined;
    const value = isObject(row) ? own(row, second) : undefined;
    if (value === undefined)
      throw new TemplateError(`${place} looks up ${map}.${first}.${second}, which the template does not have`);
    return value;
  }

  outputs(): Record<string, string> {
    const { stack, outputs } = this.#template;
    const values: Record<string, string> = {};
    for (const [id, output] of Object.entries(outputs)) {
      const place = placeOf(stack, `output ${id}`);
      if (output.condition !== undefined && !this.condition(output.condition, place)) continue;
      const value = resolve(output.value, this, place);
      if (typeof value !== 'string' && typeof value !== 'number') {
        throw new TemplateError(`${place} must be a text, got ${shown(value)}`);
      }
      values[id] = String(value);
      if (output.exportName !== undefined)
        this.#export(String(resolve(output.exportName, this, place)), String(value), place);
    }
    return values;
  }

  #export(name: string, value: string, place: Place): void {
    if (this.#options.exports.has(name))
      throw new TemplateError(`${place} exports ${name}, which another output exports already`);
    this.#options.exports.set(name, value);
  }

  #existing(logicalId: string, place: Place): ResolvedResource {
    const resource = this.resource(logicalId, place);
    if (!resource) throw new TemplateError(`${place} refers to ${logicalId}, whose condition does not hold`);
    return resource;
  }

  #within<Result>(name: string, kind: string, work: () => Result): Result {
    const from = this.#path.indexOf(name);
    if (from >= 0) {
      const circle = [...this.#path.slice(from), name].join(' → ');
      throw new TemplateError(`stack ${this.#template.stack}: ${kind} depend on each other: ${circle}`);
    }
    this.#path.push(name);
    try {
      return work();
    } finally {
      this.#path.pop();
    }
  }

  #pseudoParameter(name: string, place: Place): unknown {
    const { region, account } = this.#options;
    const { stack } = this.#template;
    const values: Record<string, unknown> = {
      'AWS::AccountId': account,
      'AWS::NoValue': noValue,
      'AWS::NotificationARNs': [],
      'AWS::Partition': 'aws',
      'AWS::Region': region,
      'AWS::StackId': `arn:aws:cloudformation:${region}:${account}:stack/${stack}/00000000-0000-0000-0000-000000000000`,
      'AWS::StackName': stack,
      'AWS::URLSuffix': 'amazonaws.com',
    };
    const value = own(values, name);
    if (value === undefined) throw new TemplateError(`${place} uses ${name}, which the embedded runtime does not know`);
    return value;
  }
}

/** Nobody gives parameters here, so that their defaults count. */
function parameterValue(name: string, { Type: type, Default: value }: JsonObject, place: Place): unknown {
  if (value === undefined)
    throw new TemplateError(`${place} uses the parameter ${name}, which must have a default, got none`);
  if (type === 'String') return String(value);
  if (type === 'Number') return Number(value);
  if (type === 'CommaDelimitedList')
    return String(value)
      .split(',')
      .map((item) => item.trim());
  throw new TemplateError(
    `${place} uses the parameter ${name} of type ${type}, which the embedded runtime does not know`,
  );
}

function own<Value>(values: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}
