import { types } from 'node:util';
import { nearest } from './nearest.ts';

/**
 * One value of the definition under check: where it stands, what it is, and the list that its problems go to.
 * Checks never throw, whatever the value; each answers the value if it is as it must be, otherwise `undefined`.
 */
export class Field {
  readonly path: string;
  readonly value: unknown;
  readonly #problems: string[];

  constructor(path: string, value: unknown, problems: string[]) {
    this.path = path;
    this.value = value;
    this.#problems = problems;
  }

  get given(): boolean {
    return this.value !== undefined;
  }

  /** Notes that the value is not what it must be, in words that say what it is instead. */
  refuse(expected: string, got: string | number = show(this.value)): undefined {
    this.complain(`${this.path} must be ${expected}, got ${got}`);
  }

  /** Notes a whole sentence. */
  complain(sentence: string): undefined {
    this.#problems.push(sentence);
  }

  /** A member; `undefined` where there is none of its own. */
  at(key: string): Field {
    const value = isRecord(this.value) && Object.hasOwn(this.value, key) ? this.value[key] : undefined;
    return new Field(this.path + (/^[A-Za-z_][\w-]*$/.test(key) ? `.${key}` : `[${show(key)}]`), value, this.#problems);
  }

  /** The members of an object whose keys are names that the user chose, and that has some unless it may have none. */
  members(expected: string, mayBeEmpty = false): readonly (readonly [name: string, field: Field])[] {
    const record = this.object(expected);
    const names = Object.keys(record ?? {});
    if (record && names.length === 0 && !mayBeEmpty) this.refuse(expected, 'none');
    return names.map((name) => [name, this.at(name)] as const);
  }

  /** An object; keys beside the known ones are problems of their own. */
  object(expected: string, known?: readonly string[]): Readonly<Record<string, unknown>> | undefined {
    if (!isRecord(this.value)) return this.refuse(expected);
    const { value } = this;
    for (const key of known ? Object.keys(value).filter((name) => !known.includes(name)) : []) {
      const meant = nearest(key, known?.filter((name) => !Object.hasOwn(value, name)) ?? []);
      const hint = meant ? ` (did you mean \`${meant}\`?)` : '';
      this.complain(`${this.path} must have no other keys than ${known?.join(', ')}, got ${show(key)}${hint}`);
    }
    return value;
  }

  /** The items of a list that has some. */
  list(expected: string): readonly Field[] {
    if (!Array.isArray(this.value) || this.value.length === 0) {
      this.refuse(expected);
      return [];
    }
    return Array.from(this.value, (item: unknown, i) => new Field(`${this.path}[${i}]`, item, this.#problems));
  }

  /** A whole number of a range, both ends included. */
  integer(least: number, most: number, why = ''): number | undefined {
    const ok =
      typeof this.value === 'number' && Number.isInteger(this.value) && this.value >= least && this.value <= most;
    return ok ? (this.value as number) : this.refuse(`a whole number from ${least} to ${most}${why}`);
  }

  /** A number of a range, both ends included. */
  number(least: number, most: number, why = ''): number | undefined {
    const { value } = this;
    if (typeof value === 'number' && value >= least && value <= most) return value;
    return this.refuse(`a number from ${least} to ${most}${why}`);
  }

  /** A function that answers at once: nobody waits for what it promises. */
  selector(expected: string): void {
    if (typeof this.value !== 'function') this.refuse(expected);
    else if (types.isAsyncFunction(this.value)) this.refuse(`${expected}, which answers at once`, 'an async function');
  }

  oneOf<const Choice extends string>(choices: readonly Choice[]): Choice | undefined {
    const found = choices.find((choice) => choice === this.value);
    return found ?? this.refuse(`one of ${choices.join(', ')}${this.#meant(choices)}`);
  }

  text(expected: string, syntax: RegExp, mostCharacters = 256): string | undefined {
    const { value } = this;
    const ok = typeof value === 'string' && value.length <= mostCharacters && syntax.test(value);
    return ok ? value : this.refuse(expected);
  }

  #meant(choices: readonly string[]): string {
    const meant = typeof this.value === 'string' ? nearest(this.value, choices) : undefined;
    return meant ? ` (did you mean \`${meant}\`?)` : '';
  }
}

/** Whether it is an object as a literal makes it, not a list, a date or the like. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A value as a sentence can show it: short, and never an error. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return isRecord(value) ? 'an object' : 'an object of a class';
  return String(value);
}
