import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from '../../../functions/consume/items.ts';

/** What the `#names` and `:values` of an expression stand for. */
export interface Bindings {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Item;
}

/** Whether an item, or none, meets a condition. */
export type Condition = (item: Item | undefined, bindings: Bindings) => boolean;

/** The attributes that an update makes of an item's. */
export type Update = (item: Item, bindings: Bindings) => Item;

/** An expression that was read once, and the placeholders that it uses. */
export interface Compiled<Meaning> {
  readonly meaning: Meaning;
  readonly placeholders: ReadonlySet<string>;
}

/**
 * Reads a condition: `attribute_not_exists`, comparisons, AND, OR and parentheses.
 *
 * @throws Error on anything else, so that no expression is taken for what it is not
 */
export function conditionOf(expression: string): Compiled<Condition> {
  const tokens = new Tokens(expression);
  const meaning = either(tokens);
  tokens.end();
  return { meaning, placeholders: tokens.placeholders };
}

/**
 * Reads an update: `SET` of values, sums, `if_not_exists` and `list_append`, then `REMOVE`.
 *
 * @throws Error on anything else, and on an attribute that is changed twice, as DynamoDB does
 */
export function updateOf(expression: string): Compiled<Update> {
  const tokens = new Tokens(expression);
  const assignments: { path: Path; value: Operand }[] = [];
  const removals: string[] = [];
  tokens.take('SET');
  do {
    const path = tokens.path();
    tokens.take('=');
    assignments.push({ path, value: sum(tokens) });
  } while (tokens.takes(','));
  if (tokens.takes('REMOVE')) {
    do removals.push(tokens.name());
    while (tokens.takes(','));
  }
  tokens.end();
  const changed = [...assignments.map(({ path }) => path.join('.')), ...removals];
  if (new Set(changed).size < changed.length) throw new Error(`must change each attribute once: ${expression}`);
  const meaning: Update = (item, bindings) => {
    // Every operand sees the item as it was before the update.
    const set = assignments.map(({ path, value }) => {
      const result = value(item, bindings);
      if (!result) throw new Error(`${path.join('.')} is set to an attribute that is not there: ${expression}`);
      return { path: path.map((name) => nameOf(name, bindings)), result };
    });
    const removed = new Set(removals.map((name) => nameOf(name, bindings)));
    const kept = Object.fromEntries(Object.entries(item).filter(([name]) => !removed.has(name)));
    return set.reduce((changing, { path, result }) => withValue(changing, path, result), kept);
  };
  return { meaning, placeholders: tokens.placeholders };
}

/** Placeholders of names, from an attribute to what is in it. */
type Path = readonly string[];

function withValue(item: Item, [name = '', ...inner]: Path, value: AttributeValue): Item {
  if (inner.length === 0) return { ...item, [name]: value };
  const map = item[name]?.M;
  if (!map) throw new Error(`${name} must be a map to have ${inner.join('.')}`);
  return { ...item, [name]: { M: withValue(map, inner, value) } };
}

function valueAt(item: Item | undefined, path: Path, bindings: Bindings): AttributeValue | undefined {
  const [name = '', ...inner] = path;
  const value = item?.[nameOf(name, bindings)];
  return inner.length === 0 ? value : valueAt(value?.M, inner, bindings);
}

type Operand = (item: Item, bindings: Bindings) => AttributeValue | undefined;

function either(tokens: Tokens): Condition {
  const parts = [both(tokens)];
  while (tokens.takes('OR')) parts.push(both(tokens));
  return (item, bindings) => parts.some((part) => part(item, bindings));
}

function both(tokens: Tokens): Condition {
  const parts = [single(tokens)];
  while (tokens.takes('AND')) parts.push(single(tokens));
  return (item, bindings) => parts.every((part) => part(item, bindings));
}

function single(tokens: Tokens): Condition {
  if (tokens.takes('(')) {
    const inner = either(tokens);
    tokens.take(')');
    return inner;
  }
  if (tokens.takes('attribute_not_exists')) {
    tokens.take('(');
    const path = tokens.path();
    tokens.take(')');
    return (item, bindings) => valueAt(item, path, bindings) === undefined;
  }
  const left = tokens.path();
  const compare = comparisons[tokens.takesOneOf(Object.keys(comparisons))] ?? equal;
  const right = operand(tokens);
  return (item, bindings) => {
    const attribute = valueAt(item, left, bindings);
    const other = item && right(item, bindings);
    return attribute !== undefined && other !== undefined && compare(attribute, other);
  };
}

function sum(tokens: Tokens): Operand {
  const first = operand(tokens);
  if (!tokens.takes('+')) return first;
  const second = operand(tokens);
  return (item, bindings) => ({ N: String(numberIn(first(item, bindings)) + numberIn(second(item, bindings))) });
}

function operand(tokens: Tokens): Operand {
  if (tokens.takes('if_not_exists')) {
    tokens.take('(');
    const path = tokens.path();
    tokens.take(',');
    const otherwise = operand(tokens);
    tokens.take(')');
    return (item, bindings) => valueAt(item, path, bindings) ?? otherwise(item, bindings);
  }
  if (tokens.takes('list_append')) {
    tokens.take('(');
    const first = operand(tokens);
    tokens.take(',');
    const second = operand(tokens);
    tokens.take(')');
    return (item, bindings) => ({ L: [...listIn(first(item, bindings)), ...listIn(second(item, bindings))] });
  }
  if (tokens.isAtName()) {
    const path = tokens.path();
    return (item, bindings) => valueAt(item, path, bindings);
  }
  const value = tokens.value();
  return (_item, bindings) => boundTo(value, bindings);
}

function listIn(value: AttributeValue | undefined): readonly AttributeValue[] {
  if (!value?.L) throw new Error(`list_append takes lists, got ${JSON.stringify(value ?? null)}`);
  return value.L;
}

const equal = (one: AttributeValue, other: AttributeValue): boolean =>
  one.N !== undefined && other.N !== undefined ? Number(one.N) === Number(other.N) : isDeepStrictEqual(one, other);

function numberIn(value: AttributeValue | undefined): number {
  if (value?.N === undefined) throw new Error(`known for numbers alone, got ${JSON.stringify(value ?? null)}`);
  return Number(value.N);
}

const comparisons: Readonly<Record<string, (one: AttributeValue, other: AttributeValue) => boolean>> = {
  '=': equal,
  '<>': (one, other) => !equal(one, other),
  '<=': (one, other) => numberIn(one) <= numberIn(other),
  '>=': (one, other) => numberIn(one) >= numberIn(other),
  '<': (one, other) => numberIn(one) < numberIn(other),
  '>': (one, other) => numberIn(one) > numberIn(other),
};

function nameOf(placeholder: string, { names }: Bindings): string {
  const name = names[placeholder];
  if (name === undefined) throw new Error(`${placeholder} must stand for a name`);
  return name;
}

function boundTo(placeholder: string, { values }: Bindings): AttributeValue {
  const value = values[placeholder];
  if (value === undefined) throw new Error(`${placeholder} must stand for a value`);
  return value;
}

/** An expression's words, taken one after the other. */
class Tokens {
  readonly placeholders = new Set<string>();
  readonly #expression: string;
  readonly #words: string[];

  constructor(expression: string) {
    this.#expression = expression;
    this.#words = expression.match(/[#:]?\w+|<=|>=|<>|\S/g) ?? [];
  }

  takes(word: string): boolean {
    if (this.#words[0] !== word) return false;
    this.#words.shift();
    return true;
  }

  take(word: string): true {
    return this.takes(word) || this.#fail(`\`${word}\``);
  }

  takesOneOf(words: readonly string[]): string {
    return words.find((word) => this.takes(word)) ?? this.#fail(`one of ${words.join(' ')}`);
  }

  isAtName(): boolean {
    return this.#words[0]?.startsWith('#') ?? false;
  }

  name(): string {
    return this.#placeholder('#');
  }

  path(): Path {
    const path = [this.name()];
    while (this.takes('.')) path.push(this.name());
    return path;
  }

  value(): string {
    return this.#placeholder(':');
  }

  end(): void {
    if (this.#words.length > 0) this.#fail('the end');
  }

  #placeholder(kind: '#' | ':'): string {
    const word = this.#words[0] ?? '';
    if (!word.startsWith(kind) || word.length < 2) return this.#fail(`a placeholder ${kind}…`);
    this.#words.shift();
    this.placeholders.add(word);
    return word;
  }

  #fail(expected: string): never {
    throw new Error(`expected ${expected}, got \`${this.#words.join(' ')}\` of: ${this.#expression}`);
  }
}
