import { createHash } from 'node:crypto';
import { isObject, type JsonObject, shown } from '../template/json.ts';
import type { PendingResource } from '../template/stack.ts';
import { type Place, TemplateError } from '../template/template-error.ts';

/** Where everything is provisioned, and what the assembly holds for it. */
export interface Surroundings {
  readonly region: string;
  readonly account: string;
  /** Object key in the assets bucket → directory. */
  readonly bundles: ReadonlyMap<string, string>;
}

/** Properties of a template, read with the errors that name place and property. */
export class Properties {
  readonly place: Place;
  readonly #values: JsonObject;

  constructor(place: Place, values: JsonObject) {
    this.place = place;
    this.#values = values;
  }

  /** @throws TemplateError naming a property that is neither honoured nor without meaning on one machine. */
  only(honoured: readonly string[], meaningless: readonly string[] = []): this {
    const unknown = Object.keys(this.#values).find((name) => !honoured.includes(name) && !meaningless.includes(name));
    if (unknown) throw new TemplateError(`${this.place} sets ${unknown}, which the embedded runtime does not know`);
    return this;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  /** @throws TemplateError where it is not set or no text. */
  text(name: string): string {
    return this.optionalText(name) ?? this.#fail(name, 'a text');
  }

  optionalText(name: string): string | undefined {
    const value = this.#values[name];
    return value === undefined || typeof value === 'string' ? value : this.#fail(name, 'a text');
  }

  /** @throws TemplateError where it is set to anything but the value that the runtime has. */
  mustBe(name: string, expected: string): void {
    if (this.has(name) && this.#values[name] !== expected) this.#fail(name, shown(expected));
  }

  /** CloudFormation takes numbers as texts too. */
  number(name: string): number | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    const number = typeof value === 'string' && value !== '' ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : this.#fail(name, 'a number');
  }

  flag(name: string): boolean | undefined {
    const value = this.#values[name];
    if (value === undefined || typeof value === 'boolean') return value;
    return value === 'true' || value === 'false' ? value === 'true' : this.#fail(name, 'true or false');
  }

  object(name: string): Properties | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    return isObject(value) ? new Properties(`${this.place}: ${name}`, value) : this.#fail(name, 'an object');
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.#values[name];
    return value === undefined || Array.isArray(value) ? value : this.#fail(name, 'a list');
  }

  /** As it stands in the template. */
  value(name: string): unknown {
    return this.#values[name];
  }

  names(): string[] {
    return Object.keys(this.#values);
  }

  #fail(name: string, expected: string): never {
    throw new TemplateError(`${this.place}: ${name} must be ${expected}, got ${shown(this.#values[name] ?? null)}`);
  }
}

export function propertiesOf(resource: PendingResource): Properties {
  return new Properties(resource.place, resource.properties());
}

/** The physical name of a resource that the template does not name; the same at each start. */
export function generatedName({ stack, logicalId }: PendingResource): string {
  return `${stack}-${logicalId}`;
}

/** An id such as API Gateway gives; the same at each start. */
export function generatedId({ stack, logicalId }: PendingResource): string {
  return createHash('sha256').update(`${stack}/${logicalId}`).digest('hex').slice(0, 10);
}

/**
 * The last part of an ARN of the service, such as a queue's or a function's name.
 *
 * @throws TemplateError where it is another service's ARN or none.
 */
export function nameInArn(arn: string, service: 'sqs' | 'lambda', property: string, place: Place): string {
  const [, , named, , , ...rest] = arn.split(':');
  const name =
    service === 'lambda' && rest[0] === 'function' && rest.length === 2 ? rest[1] : rest.length === 1 ? rest[0] : '';
  if (!arn.startsWith('arn:') || named !== service || !name) {
    throw new TemplateError(
      `${place}: ${property} must be the ARN of ${service === 'sqs' ? 'a queue' : 'a function'}, got ${shown(arn)}`,
    );
  }
  return name;
}
