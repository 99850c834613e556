/** Functions of metric math that the watch knows. */
export const functionNames = ['ANOMALY_DETECTION_BAND', 'FILL', 'IF', 'MAX', 'MIN', 'SUM'] as const;

export type FunctionName = (typeof functionNames)[number];

export type Operator = '+' | '-' | '*' | '/' | '>' | '>=' | '<' | '<=' | '==' | 'AND' | 'OR';

/** An expression of metric math, read. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'reference'; readonly id: string }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'negative'; readonly of: Expression }
  | { readonly kind: 'operation'; readonly operator: Operator; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly arguments: readonly Expression[] }
  /** `FILL`'s second argument alone. */
  | { readonly kind: 'repeat' };

/** An expression that the watch cannot follow. */
export class MathError extends Error {
  override readonly name = 'MathError';
}

/** The ids that an expression refers to. */
export function referencesIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'number':
    case 'repeat':
      return [];
    case 'reference':
      return [expression.id];
    case 'list':
      return expression.items.flatMap(referencesIn);
    case 'negative':
      return referencesIn(expression.of);
    case 'operation':
      return [...referencesIn(expression.left), ...referencesIn(expression.right)];
    case 'call':
      return expression.arguments.flatMap(referencesIn);
  }
}

/** Whether a band of the usual is asked for somewhere in it, which takes a look further back. */
export function hasBand(expression: Expression): boolean {
  switch (expression.kind) {
    case 'list':
      return expression.items.some(hasBand);
    case 'negative':
      return hasBand(expression.of);
    case 'operation':
      return hasBand(expression.left) || hasBand(expression.right);
    case 'call':
      return expression.name === 'ANOMALY_DETECTION_BAND' || expression.arguments.some(hasBand);
    default:
      return false;
  }
}
