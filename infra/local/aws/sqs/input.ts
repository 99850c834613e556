import { invalidValue, missingParameter, sqsError } from './errors.ts';

/** What a caller sent, which may be anything; each method answers a field of the kind that it names, or refuses. */
export class Input {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.#fields = fields;
  }

  has(name: string): boolean {
    return this.#field(name) !== undefined;
  }

  /** @throws AwsError MissingRequiredParameterException where it is absent or empty. */
  text(name: string): string {
    const value = this.optionalText(name);
    if (!value) throw missingParameter(name);
    return value;
  }

  optionalText(name: string): string | undefined {
    const value = this.#field(name);
    if (value !== undefined && typeof value !== 'string') throw misfit(name, 'a text', value);
    return value;
  }

  /** @throws AwsError InvalidParameterValueException where it is out of range. */
  optionalInteger(name: string, least: number, most: number, rule: string): number | undefined {
    const value = this.#field(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value)) throw misfit(name, 'a whole number', value);
    if (value < least || value > most) throw invalidValue(name, value, rule);
    return value;
  }

  texts(name: string): readonly string[] {
    const value = this.#field(name) ?? [];
    if (!Array.isArray(value) || value.some((each) => typeof each !== 'string')) {
      throw misfit(name, 'a list of texts', value);
    }
    return value as string[];
  }

  /** Texts by name. */
  textMap(name: string): Readonly<Record<string, string>> {
    const map = this.map(name);
    for (const [key, value] of Object.entries(map)) if (typeof value !== 'string') throw misfit(key, 'a text', value);
    return map as Readonly<Record<string, string>>;
  }

  map(name: string): Readonly<Record<string, unknown>> {
    const value = this.#field(name) ?? {};
    if (!isObject(value)) throw misfit(name, 'an object', value);
    return value;
  }

  inputs(name: string): readonly Input[] {
    const value = this.#field(name) ?? [];
    if (!Array.isArray(value) || !value.every(isObject)) throw misfit(name, 'a list of objects', value);
    return value.map((each) => new Input(each));
  }

  #field(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? (this.#fields[name] ?? undefined) : undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function misfit(name: string, expected: string, got: unknown) {
  return sqsError('SerializationException', `${name} must be ${expected}, got ${JSON.stringify(got)}`);
}
