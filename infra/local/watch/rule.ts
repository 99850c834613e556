import type { AlarmState } from './datapoints.ts';

/** The rule of a composite alarm, read. */
export type Rule =
  | { readonly kind: 'constant'; readonly holds: boolean }
  | { readonly kind: 'state'; readonly alarm: string; readonly state: AlarmState }
  | { readonly kind: 'not'; readonly of: Rule }
  | { readonly kind: 'and' | 'or'; readonly left: Rule; readonly right: Rule };

/** A rule that the watch cannot follow. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
}

const mostCharacters = 10_240;
const states: Readonly<Record<string, AlarmState>> = {
  ALARM: 'ALARM',
  OK: 'OK',
  INSUFFICIENT_DATA: 'INSUFFICIENT_DATA',
};
const token = /\s*([()]|"[^"]*"|[^\s()"]+)/y;

/**
 * Reads a composite alarm's rule: `ALARM("name")`, `OK(…)`, `INSUFFICIENT_DATA(…)`, `AND`, `OR`, `NOT`, `TRUE`, `FALSE`
 * and parentheses; `NOT` binds most tightly, `OR` least. A name may be an ARN.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
 *
 * @throws RuleError naming what is expected and what came.
 */
export function parseRule(text: string): Rule {
  if (text.length > mostCharacters) {
    throw new RuleError(`must have at most ${mostCharacters} characters, got ${text.length}`);
  }
  const tokens: string[] = [];
  const end = text.trimEnd().length;
  for (token.lastIndex = 0; token.lastIndex < end; ) {
    const from = token.lastIndex;
    const found = token.exec(text)?.[1];
    if (found === undefined) throw new RuleError(`must have its quotes closed, got ${text.slice(from)}`);
    tokens.push(found);
  }
  return new Parser(tokens).whole();
}

class Parser {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  whole(): Rule {
    const rule = this.#or();
    if (this.#next < this.#tokens.length) throw this.#unexpected('the end');
    return rule;
  }

  #or(): Rule {
    let left = this.#and();
    while (this.#took('OR')) left = { kind: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Rule {
    let left = this.#not();
    while (this.#took('AND')) left = { kind: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Rule {
    if (this.#took('NOT')) return { kind: 'not', of: this.#not() };
    if (this.#took('(')) {
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    if (this.#took('TRUE')) return { kind: 'constant', holds: true };
    if (this.#took('FALSE')) return { kind: 'constant', holds: false };
    const name = this.#tokens[this.#next] ?? '';
    const state = Object.hasOwn(states, name) ? states[name] : undefined;
    if (!state) throw this.#unexpected('ALARM, OK, INSUFFICIENT_DATA, NOT, TRUE, FALSE or a parenthesis');
    this.#next += 1;
    this.#expect('(');
    const alarm = this.#tokens[this.#next]?.replace(/^"(.*)"$/, '$1');
    if (!alarm || alarm === '(' || alarm === ')') throw this.#unexpected('the name of an alarm');
    this.#next += 1;
    this.#expect(')');
    return { kind: 'state', alarm: alarmNameIn(alarm), state };
  }

  #took(text: string): boolean {
    const taken = this.#tokens[this.#next] === text;
    if (taken) this.#next += 1;
    return taken;
  }

  #expect(text: string): void {
    if (!this.#took(text)) throw this.#unexpected(text);
  }

  #unexpected(expected: string): RuleError {
    return new RuleError(
      `must have ${expected} as token ${this.#next + 1}, got ${this.#tokens[this.#next] ?? 'the end'}`,
    );
  }
}

/** The name of an alarm that is called by its name or its ARN. */
export function alarmNameIn(nameOrArn: string): string {
  return /^arn:[^:]*:cloudwatch:[^:]*:[^:]*:alarm:(.*)$/.exec(nameOrArn)?.[1] ?? nameOrArn;
}

/** The alarms that a rule looks at. */
export function alarmsIn(rule: Rule): string[] {
  switch (rule.kind) {
    case 'constant':
      return [];
    case 'state':
      return [rule.alarm];
    case 'not':
      return alarmsIn(rule.of);
    default:
      return [...alarmsIn(rule.left), ...alarmsIn(rule.right)];
  }
}

/** Whether a rule holds, by the states of the alarms that it looks at. */
export function holds(rule: Rule, stateOf: (alarm: string) => AlarmState): boolean {
  switch (rule.kind) {
    case 'constant':
      return rule.holds;
    case 'state':
      return stateOf(rule.alarm) === rule.state;
    case 'not':
      return !holds(rule.of, stateOf);
    case 'and':
      return holds(rule.left, stateOf) && holds(rule.right, stateOf);
    case 'or':
      return holds(rule.left, stateOf) || holds(rule.right, stateOf);
  }
}
