import { isObject, type JsonObject, shown } from '../template/json.ts';
import type { DataPoint } from './metric-store.ts';

/** What an EMF line says was measured; its time is left out. */
export type Measured = Omit<DataPoint, 'at'>;

/** A line that means to be EMF and is not, and why. */
export class EmfError extends Error {
  override readonly name = 'EmfError';
}

const units = [
  ...['Seconds', 'Microseconds', 'Milliseconds', 'Percent', 'Count', 'Count/Second', 'None'],
  ...['Bytes', 'Kilobytes', 'Megabytes', 'Gigabytes', 'Terabytes'].flatMap((unit) => [unit, `${unit}/Second`]),
  ...['Bits', 'Kilobits', 'Megabits', 'Gigabits', 'Terabits'].flatMap((unit) => [unit, `${unit}/Second`]),
];

const mostMetrics = 100;
const mostValues = 100;
const mostDimensions = 30;
const mostBytes = 1_048_576;

/**
 * Reads what a line of a function's log measured; `undefined` for a line that is no EMF.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * @throws EmfError naming what is wrong, without any value of the line.
 */
export function measuredIn(line: string): Measured[] | undefined {
  if (!line.startsWith('{') || !line.includes('"_aws"')) return undefined;
  const root = parsed(line);
  if (!root || !('_aws' in root)) return undefined;
  if (Buffer.byteLength(line) > mostBytes) throw new EmfError(`a line must have at most ${mostBytes} bytes`);
  const metadata = objectOf(root._aws, '_aws');
  if (!Number.isInteger(metadata.Timestamp)) {
    throw new EmfError('_aws.Timestamp must be a whole number of milliseconds');
  }
  return listOf(metadata.CloudWatchMetrics, '_aws.CloudWatchMetrics').flatMap((directive, index) =>
    measuredBy(objectOf(directive, `CloudWatchMetrics[${index}]`), root, `CloudWatchMetrics[${index}]`),
  );
}

function parsed(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    // What names its metrics but was cut off is a loss, other lines are none.
    if (line.includes('"CloudWatchMetrics"')) throw new EmfError('a line must be JSON as a whole');
    return undefined;
  }
}

function measuredBy(directive: JsonObject, root: JsonObject, place: string): Measured[] {
  const namespace = textOf(directive.Namespace, `${place}.Namespace`, 255);
  const sets = listOf(directive.Dimensions, `${place}.Dimensions`).map((set, index) =>
    dimensionsOf(set, root, `${place}.Dimensions[${index}]`),
  );
  if (sets.length === 0) throw new EmfError(`${place}.Dimensions must have at least one set, which may be empty`);
  const metrics = listOf(directive.Metrics, `${place}.Metrics`);
  if (metrics.length > mostMetrics) {
    throw new EmfError(`${place}.Metrics must be at most ${mostMetrics}, got ${metrics.length}`);
  }
  return metrics.flatMap((metric, index) => {
    const at = `${place}.Metrics[${index}]`;
    const { Name, Unit = 'None', StorageResolution = 60 } = objectOf(metric, at);
    const name = textOf(Name, `${at}.Name`, 1_024);
    const unit = units.find((known) => known === Unit);
    if (unit === undefined) throw new EmfError(`${at}.Unit must be one of CloudWatch's, got ${shown(Unit)}`);
    if (StorageResolution !== 1 && StorageResolution !== 60) {
      throw new EmfError(`${at}.StorageResolution must be 1 or 60, got ${shown(StorageResolution)}`);
    }
    const values = valuesOf(root, name);
    return sets.flatMap((dimensions) => values.map((value) => ({ namespace, name, dimensions, value, unit })));
  });
}

function dimensionsOf(set: unknown, root: JsonObject, place: string): Record<string, string> {
  const names = listOf(set, place).map((name, index) => textOf(name, `${place}[${index}]`, 255));
  if (names.length > mostDimensions) {
    throw new EmfError(`${place} must have at most ${mostDimensions} names, got ${names.length}`);
  }
  return Object.fromEntries(names.map((name) => [name, textOf(own(root, name), `the dimension ${name}`, 1_024)]));
}

function valuesOf(root: JsonObject, name: string): number[] {
  const target = own(root, name);
  const values = Array.isArray(target) ? target : [target];
  if (values.length > mostValues) {
    throw new EmfError(`the metric ${name} must have at most ${mostValues} values, got ${values.length}`);
  }
  if (!values.every((value): value is number => typeof value === 'number')) {
    throw new EmfError(`the metric ${name} must be a number or a list of numbers`);
  }
  return values;
}

function own(root: JsonObject, name: string): unknown {
  return Object.hasOwn(root, name) ? root[name] : undefined;
}

function objectOf(value: unknown, place: string): JsonObject {
  if (!isObject(value)) throw new EmfError(`${place} must be an object`);
  return value;
}

function listOf(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new EmfError(`${place} must be a list`);
  return value;
}

function textOf(value: unknown, place: string, most: number): string {
  if (typeof value !== 'string' || value === '' || value.length > most) {
    throw new EmfError(`${place} must be a text of 1 to ${most} characters`);
  }
  return value;
}
