import { isObject, type JsonObject, shown } from './json.ts';
import { type Place, TemplateError } from './template-error.ts';

/** What the intrinsic functions of a template look things up in. Each throws where there is no such thing. */
export interface Scope {
  /** The value of a parameter, a pseudo parameter or a resource. */
  ref(name: string, place: Place): unknown;
  attribute(logicalId: string, name: string, place: Place): unknown;
  condition(name: string, place: Place): boolean;
  importValue(name: string, place: Place): unknown;
  mapped(map: string, first: string, second: string, place: Place): unknown;
  readonly region: string;
}

/** What `Ref: AWS::NoValue` resolves to: the property or the item vanishes. */
export const noValue = Symbol('AWS::NoValue');

type Intrinsic = (argument: unknown, scope: Scope, place: Place) => unknown;

/**
 * Resolves the intrinsic functions in a value of a template, at any depth.
 *
 * Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 *
 * @throws TemplateError naming the place and the function that is unknown or is given what it cannot take.
 */
export function resolve(value: unknown, scope: Scope, place: Place): unknown {
  if (typeof value === 'string') return literal(value, place);
  if (Array.isArray(value)) return value.map((item) => resolve(item, scope, place)).filter((item) => item !== noValue);
  if (!isObject(value)) return value;
  const name = intrinsicIn(value);
  if (name === undefined) return resolveObject(value, scope, place);
  const intrinsic = Object.hasOwn(intrinsics, name) ? intrinsics[name] : undefined;
  if (!intrinsic) throw new TemplateError(`${place} uses ${name}, which the embedded runtime does not know`);
  return intrinsic(value[name], scope, place);
}

/** The intrinsic function that an object is, if it is one. */
function intrinsicIn(value: JsonObject): string | undefined {
  const names = Object.keys(value);
  const [name] = names;
  // `Condition` alone is a reference only among conditions; in an IAM policy it is an ordinary property.
  return names.length === 1 && name !== undefined && (name === 'Ref' || name.startsWith('Fn::')) ? name : undefined;
}

function resolveObject(value: JsonObject, scope: Scope, place: Place): JsonObject {
  const entries = Object.entries(value).map(([key, item]) => [key, resolve(item, scope, place)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== noValue));
}

/** A dynamic reference would reach functions as it is written, and they would take it for the value. */
function literal(text: string, place: Place): string {
  if (text.includes('{{resolve:')) {
    throw new TemplateError(
      `${place} uses the dynamic reference ${shown(text)}, which the embedded runtime does not know`,
    );
  }
  return text;
}

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Ref: (argument, scope, place) => scope.ref(textOf(argument, 'Ref', place), place),

  'Fn::GetAtt': (argument, scope, place) => {
    const [id, ...rest] = typeof argument === 'string' ? argument.split('.') : listOf(argument, 'Fn::GetAtt', place);
    const name = rest.map((part) => textOf(resolve(part, scope, place), 'Fn::GetAtt', place)).join('.');
    return scope.attribute(textOf(id, 'Fn::GetAtt', place), name, place);
  },

  'Fn::Sub': (argument, scope, place) => {
    const [template, given = {}] = Array.isArray(argument) ? argument : [argument];
    if (!isObject(given))
      throw new TemplateError(`${place}: Fn::Sub must get its variables as an object, got ${shown(given)}`);
    return textOf(template, 'Fn::Sub', place).replace(
      /\$\{(!?)([^}]*)\}/g,
      (_, literally: string, variable: string) => {
        if (literally) return `\${${variable}}`;
        const name = variable.trim();
        if (Object.hasOwn(given, name)) return scalarOf(resolve(given[name], scope, place), 'Fn::Sub', place);
        const dot = name.indexOf('.');
        const value =
          dot < 0 ? scope.ref(name, place) : scope.attribute(name.slice(0, dot), name.slice(dot + 1), place);
        return scalarOf(value, 'Fn::Sub', place);
      },
    );
  },

  'Fn::Join': (argument, scope, place) => {
    const [delimiter, list] = listOf(argument, 'Fn::Join', place, 2);
    const parts = listOf(resolve(list, scope, place), 'Fn::Join', place);
    return parts.map((part) => scalarOf(part, 'Fn::Join', place)).join(textOf(delimiter, 'Fn::Join', place));
  },

  'Fn::Split': (argument, scope, place) => {
    const [delimiter, text] = listOf(argument, 'Fn::Split', place, 2);
    return textOf(resolve(text, scope, place), 'Fn::Split', place).split(textOf(delimiter, 'Fn::Split', place));
  },

  'Fn::Select': (argument, scope, place) => {
    const [index, from] = listOf(argument, 'Fn::Select', place, 2);
    const list = listOf(resolve(from, scope, place), 'Fn::Select', place);
    const at = Number(resolve(index, scope, place));
    if (!Number.isInteger(at) || at < 0 || at >= list.length) {
      throw new TemplateError(
        `${place}: Fn::Select must get an index from 0 to ${list.length - 1}, got ${shown(index)}`,
      );
    }
    return list[at];
  },

  'Fn::ImportValue': (argument, scope, place) =>
    scope.importValue(textOf(resolve(argument, scope, place), 'Fn::ImportValue', place), place),

  'Fn::FindInMap': (argument, scope, place) => {
    const keys = listOf(argument, 'Fn::FindInMap', place, 3).map((key) =>
      textOf(resolve(key, scope, place), 'Fn::FindInMap', place),
    );
    const [map, first, second] = keys as [string, string, string];
    return resolve(scope.mapped(map, first, second, place), scope, place);
  },

  'Fn::If': (argument, scope, place) => {
    const [condition, yes, no] = listOf(argument, 'Fn::If', place, 3);
    // Only the branch that is taken may refer to what exists under this condition alone.
    return resolve(scope.condition(textOf(condition, 'Fn::If', place), place) ? yes : no, scope, place);
  },

  'Fn::Base64': (argument, scope, place) =>
    Buffer.from(textOf(resolve(argument, scope, place), 'Fn::Base64', place), 'utf8').toString('base64'),

  'Fn::GetAZs': (_, scope) => ['a', 'b', 'c'].map((zone) => `${scope.region}${zone}`),
};

/**
 * Evaluates a condition of a template.
 *
 * @throws TemplateError naming the place and what is no condition.
 */
export function evaluate(value: unknown, scope: Scope, place: Place): boolean {
  const [name, ...more] = isObject(value) ? Object.keys(value) : [];
  if (!isObject(value) || name === undefined || more.length > 0) {
    throw new TemplateError(`${place} must be a condition function, got ${shown(value)}`);
  }
  const argument = value[name];
  switch (name) {
    case 'Condition':
      return scope.condition(textOf(argument, 'Condition', place), place);
    case 'Fn::And':
      return listOf(argument, name, place).every((item) => evaluate(item, scope, place));
    case 'Fn::Or':
      return listOf(argument, name, place).some((item) => evaluate(item, scope, place));
    case 'Fn::Not':
      return !evaluate(listOf(argument, name, place, 1)[0], scope, place);
    case 'Fn::Equals': {
      const [left, right] = listOf(argument, name, place, 2).map((item) => resolve(item, scope, place));
      return JSON.stringify(left) === JSON.stringify(right);
    }
    default:
      throw new TemplateError(`${place} uses ${name}, which the embedded runtime does not know`);
  }
}

function textOf(value: unknown, intrinsic: string, place: Place): string {
  if (typeof value !== 'string') throw new TemplateError(`${place}: ${intrinsic} must get a text, got ${shown(value)}`);
  return value;
}

/** CloudFormation writes numbers and truth values into texts as they are. */
function scalarOf(value: unknown, intrinsic: string, place: Place): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return textOf(value, intrinsic, place);
}

function listOf(value: unknown, intrinsic: string, place: Place, length?: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new TemplateError(`${place}: ${intrinsic} must get a list, got ${shown(value)}`);
  if (length !== undefined && value.length !== length) {
    throw new TemplateError(`${place}: ${intrinsic} must get ${length} items, got ${value.length}`);
  }
  return value;
}
