import { type Expression, functionNames, MathError, type Operator } from './expression.ts';

/** Operators by how tightly they bind, the loosest first. */
const levels: readonly (readonly Operator[])[] = [
  ['OR'],
  ['AND'],
  ['>', '>=', '<', '<=', '=='],
  ['+', '-'],
  ['*', '/'],
];

const token = /\s*(?:(\d+(?:\.\d*)?|\.\d+)|([A-Za-z][A-Za-z0-9_]*)|(>=|<=|==|[-+*/()[\],<>]))/y;

/**
 * Reads an expression of metric math. Of the language this has what an alarm can do with: arithmetic, comparisons, `AND`,
 * `OR`, `IF`, `FILL`, `MAX`, `MIN` and `SUM` of lists, and `ANOMALY_DETECTION_BAND`.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 *
 * @throws MathError naming what is expected, what came and where.
 */
export function parseMath(text: string): Expression {
  return new Parser(text).whole();
}

class Parser {
  readonly #text: string;
  readonly #tokens: { readonly text: string; readonly at: number }[] = [];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    const end = text.trimEnd().length;
    for (token.lastIndex = 0; token.lastIndex < end; ) {
      const from = token.lastIndex;
      const [found] = token.exec(text) ?? [];
      if (found === undefined) throw this.#error('a number, a name or an operator', text.slice(from).trim()[0], from);
      this.#tokens.push({ text: found.trim(), at: from + found.length - found.trim().length });
    }
  }

  whole(): Expression {
    const expression = this.#level(0);
    if (this.#peek() !== undefined) throw this.#unexpected('the end');
    return expression;
  }

  #level(depth: number): Expression {
    const operators = levels[depth];
    if (!operators) return this.#unary();
    let left = this.#level(depth + 1);
    for (;;) {
      const operator = operators.find((each) => each === this.#peek());
      if (!operator) return left;
      this.#next += 1;
      left = { kind: 'operation', operator, left, right: this.#level(depth + 1) };
    }
  }

  #unary(): Expression {
    if (!this.#took('-')) return this.#primary();
    return { kind: 'negative', of: this.#unary() };
  }

  #primary(): Expression {
    const text = this.#peek() ?? '';
    if (this.#took('(')) {
      const inner = this.#level(0);
      this.#expect(')');
      return inner;
    }
    if (this.#took('[')) return { kind: 'list', items: this.#sequence(']') };
    if (/^[\d.]/.test(text)) {
      this.#next += 1;
      return { kind: 'number', value: Number(text) };
    }
    if (/^[a-z]/.test(text)) {
      this.#next += 1;
      return { kind: 'reference', id: text };
    }
    const name = functionNames.find((each) => each === text);
    if (!name) throw this.#unexpected(`a number, an id, a list or one of ${functionNames.join(', ')}`);
    this.#next += 1;
    this.#expect('(');
    if (name !== 'FILL') return { kind: 'call', name, arguments: this.#sequence(')') };
    const filled = this.#level(0);
    this.#expect(',');
    const by: Expression = this.#took('REPEAT') ? { kind: 'repeat' } : this.#level(0);
    this.#expect(')');
    return { kind: 'call', name, arguments: [filled, by] };
  }

  #sequence(end: ')' | ']'): Expression[] {
    const items = [this.#level(0)];
    while (this.#took(',')) items.push(this.#level(0));
    this.#expect(end);
    return items;
  }

  #peek(): string | undefined {
    return this.#tokens[this.#next]?.text;
  }

  #took(text: string): boolean {
    const taken = this.#peek() === text;
    if (taken) this.#next += 1;
    return taken;
  }

  #expect(text: string): void {
    if (!this.#took(text)) throw this.#unexpected(text);
  }

  #unexpected(expected: string): MathError {
    const { text, at } = this.#tokens[this.#next] ?? { text: undefined, at: this.#text.length };
    return this.#error(expected, text, at);
  }

  #error(expected: string, got: string | undefined, at: number): MathError {
    return new MathError(`expected ${expected} at character ${at + 1} of ${this.#text}, got ${got ?? 'the end'}`);
  }
}
