import { type Expression, type FunctionName, MathError, type Operator } from './expression.ts';

/** Values of one period each, the oldest first; `undefined` where there is none. */
export type Points = readonly (number | undefined)[];

/** What an expression comes to. */
export type Value =
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'series'; readonly points: Points }
  | { readonly kind: 'list'; readonly series: readonly Points[] };

/** What an expression is evaluated in. */
export interface Surroundings {
  /** How many periods are asked for. */
  readonly length: number;
  /** The last so many periods of what an id names. @throws MathError where it names nothing */
  valueOf(id: string, length: number): Value;
}

/** How many earlier periods tell what is usual, and how many of them must have a value. */
export const bandPeriods = 24;
const leastForBand = 3;

/**
 * Evaluates metric math. As at CloudWatch, a value that is missing on one side of an operator counts as 0, what divides
 * by 0 is dropped, and conditions are 0 and 1.
 *
 * @throws MathError where an operator or a function is given what it cannot take.
 */
export function evaluateMath(expression: Expression, surroundings: Surroundings): Value {
  switch (expression.kind) {
    case 'number':
      return scalar(expression.value);
    case 'reference':
      return surroundings.valueOf(expression.id, surroundings.length);
    case 'list':
      return { kind: 'list', series: expression.items.map((item) => pointsOf(evaluateMath(item, surroundings), '[]')) };
    case 'negative':
      return combined('-', scalar(0), evaluateMath(expression.of, surroundings));
    case 'operation': {
      const { operator, left, right } = expression;
      return combined(operator, evaluateMath(left, surroundings), evaluateMath(right, surroundings));
    }
    case 'call':
      return called(expression.name, expression.arguments, surroundings);
    case 'repeat':
      throw new MathError('REPEAT must be the second argument of FILL');
  }
}

function called(name: FunctionName, given: readonly Expression[], surroundings: Surroundings): Value {
  const argument = (index: number): Value => {
    const expression = given[index];
    if (!expression) throw new MathError(`${name} must have ${index + 1} arguments or more, got ${given.length}`);
    return evaluateMath(expression, surroundings);
  };
  const most = name === 'IF' ? 3 : name === 'FILL' || name === 'ANOMALY_DETECTION_BAND' ? 2 : 1;
  if (given.length > most) throw new MathError(`${name} must have at most ${most} arguments, got ${given.length}`);
  switch (name) {
    case 'MAX':
      return reduced(name, argument(0), (values) => Math.max(...values));
    case 'MIN':
      return reduced(name, argument(0), (values) => Math.min(...values));
    case 'SUM':
      return reduced(name, argument(0), (values) => values.reduce((total, value) => total + value, 0));
    case 'FILL':
      return filled(pointsOf(argument(0), name), given[1]?.kind === 'repeat' ? 'repeat' : scalarOf(argument(1), name));
    case 'IF':
      return chosen(argument(0), argument(1), given.length > 2 ? argument(2) : undefined, surroundings.length);
    case 'ANOMALY_DETECTION_BAND':
      return band(given[0], given.length > 1 ? scalarOf(argument(1), name) : 2, surroundings);
  }
}

const operations: Readonly<Record<Operator, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => left / right,
  '>': (left, right) => Number(left > right),
  '>=': (left, right) => Number(left >= right),
  '<': (left, right) => Number(left < right),
  '<=': (left, right) => Number(left <= right),
  '==': (left, right) => Number(left === right),
  AND: (left, right) => Number(left !== 0 && right !== 0),
  OR: (left, right) => Number(left !== 0 || right !== 0),
};

function combined(operator: Operator, left: Value, right: Value): Value {
  const operation = (a: number, b: number) => finite(operations[operator](a, b));
  if (left.kind === 'list' || right.kind === 'list') throw new MathError(`${operator} must not get a list`);
  if (left.kind === 'scalar' && right.kind === 'scalar') {
    return scalar(operation(left.value, right.value) ?? Number.NaN);
  }
  const length = left.kind === 'series' ? left.points.length : lengthOf(right);
  return series(length, (index) => {
    const a = left.kind === 'scalar' ? left.value : left.points[index];
    const b = right.kind === 'scalar' ? right.value : right.points[index];
    // Between two series one value is enough; beside a number there must be the series' own.
    const isThere = left.kind === 'series' && right.kind === 'series' ? (a ?? b) : left.kind === 'series' ? a : b;
    return isThere === undefined ? undefined : operation(a ?? 0, b ?? 0);
  });
}

function reduced(name: FunctionName, value: Value, reduce: (values: number[]) => number): Value {
  // Of one series it would be one number over all periods, which AWS advises against in alarms.
  if (value.kind !== 'list') throw new MathError(`${name} must get a list such as [a, b], got a ${value.kind}`);
  return series(value.series[0]?.length ?? 0, (index) => {
    const values = value.series.map((points) => points[index]).filter((each) => each !== undefined);
    return values.length > 0 ? reduce(values) : undefined;
  });
}

function filled(points: Points, by: number | 'repeat'): Value {
  let last: number | undefined;
  return series(points.length, (index) => {
    last = points[index] ?? (by === 'repeat' ? last : by);
    return last;
  });
}

function chosen(condition: Value, yes: Value, no: Value | undefined, length: number): Value {
  if (condition.kind === 'list' || yes.kind === 'list' || no?.kind === 'list') {
    throw new MathError('IF must not get a list');
  }
  if (condition.kind !== 'series' && yes.kind !== 'series' && no?.kind !== 'series') {
    throw new MathError('IF must get at least one series, got numbers alone');
  }
  return series(length, (index) => {
    const holds = condition.kind === 'scalar' ? condition.value : condition.points[index];
    if (holds === undefined) return undefined;
    const value = holds !== 0 ? yes : no;
    if (value?.kind === 'scalar') return value.value;
    const point = value?.points[index];
    // What is chosen by a series and has no value is 0, as CloudWatch has it.
    return holds !== 0 && condition.kind === 'series' ? (point ?? 0) : point;
  });
}

/**
 * The band of what is usual: the mean of the 24 periods before each, more and less so many times their standard
 * deviation. CloudWatch's own model is another: it learns from up to two weeks, and knows hours of the day, days of the
 * week and trends, none of which this does. So a test can show that an alarm hears of a sudden change, not where exactly
 * CloudWatch would draw the line.
 */
function band(of: Expression | undefined, width: number, surroundings: Surroundings): Value {
  const { length } = surroundings;
  if (of?.kind !== 'reference') throw new MathError('ANOMALY_DETECTION_BAND must get the id of a metric');
  const points = pointsOf(surroundings.valueOf(of.id, length + bandPeriods), 'ANOMALY_DETECTION_BAND');
  const usual = Array.from({ length }, (_, index) => {
    const earlier = points.slice(index, index + bandPeriods).filter((point) => point !== undefined);
    if (earlier.length < leastForBand) return undefined;
    const mean = earlier.reduce((total, value) => total + value, 0) / earlier.length;
    const variance = earlier.reduce((total, value) => total + (value - mean) ** 2, 0) / earlier.length;
    return { mean, reach: width * Math.sqrt(variance) };
  });
  return {
    kind: 'list',
    series: [usual.map((at) => at && at.mean + at.reach), usual.map((at) => at && at.mean - at.reach)],
  };
}

function scalar(value: number): Value {
  return { kind: 'scalar', value };
}

function series(length: number, pointAt: (index: number) => number | undefined): Value {
  return { kind: 'series', points: Array.from({ length }, (_, index) => pointAt(index)) };
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}

function lengthOf(value: Value): number {
  return value.kind === 'series' ? value.points.length : 0;
}

function pointsOf(value: Value, taker: string): Points {
  if (value.kind !== 'series') throw new MathError(`${taker} must get a series, got a ${value.kind}`);
  return value.points;
}

function scalarOf(value: Value, taker: string): number {
  if (value.kind !== 'scalar') throw new MathError(`${taker} must get a number there, got a ${value.kind}`);
  return value.value;
}
