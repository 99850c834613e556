/**
 * What CloudWatch's embedded metric format asks of a line, as its specification and the JSON schema in it say.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */

/** Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html */
const sizes = ['Bytes', 'Kilobytes', 'Megabytes', 'Gigabytes', 'Terabytes'];
const amounts = [...sizes, 'Bits', 'Kilobits', 'Megabits', 'Gigabits', 'Terabits', 'Count'];
const times = ['Seconds', 'Microseconds', 'Milliseconds'];
const units = new Set([...times, ...amounts, ...amounts.map((amount) => `${amount}/Second`), 'Percent', 'None']);

const longestName = 1024;
const mostDimensions = 30;
const longestDimensionName = 250;
const longestDimensionValue = 1024;
const mostMetrics = 100;
const mostValues = 100;
/** As a line that is older or newer than CloudWatch takes it. */
const oldestMs = 14 * 86_400_000;
const newestMs = 2 * 3_600_000;
/** A line's, with the 26 bytes that each has beside it. */
const mostBytes = 256 * 1024 - 26;
/** Beyond, CloudWatch has no number. */
const largest = 2 ** 360;

type Member = Readonly<Record<string, unknown>>;

/** Whether a line claims to carry metrics. */
export function isEmf(line: string): boolean {
  return line.startsWith('{') && line.includes('"_aws"');
}

/** Everything that is wrong with a line that carries metrics; empty if CloudWatch would take it as it was meant. */
export function emfProblems(line: string, now = Date.now()): readonly string[] {
  const problems: string[] = [];
  const expect = (right: boolean, sentence: string): boolean => {
    if (!right) problems.push(sentence);
    return right;
  };
  expect(Buffer.byteLength(line) <= mostBytes, `the line must have at most ${mostBytes} bytes`);
  expect(!/[\n\r]/.test(line), 'the line must be one');
  const root: unknown = parsed(line);
  if (!isMember(root)) return [...problems, 'the line must be a JSON object'];
  const { _aws: aws } = root;
  if (!isMember(aws)) return [...problems, '_aws must be an object'];
  onlyKnown(aws, ['Timestamp', 'CloudWatchMetrics'], '_aws', problems);
  const { Timestamp: at, CloudWatchMetrics: directives } = aws;
  const right = typeof at === 'number' && Number.isInteger(at) && at >= now - oldestMs && at <= now + newestMs;
  expect(right, '_aws.Timestamp must be milliseconds, neither two weeks old nor two hours ahead');
  if (!Array.isArray(directives)) return [...problems, '_aws.CloudWatchMetrics must be a list'];
  expect(directives.length > 0, '_aws.CloudWatchMetrics must not be empty');
  for (const [i, directive] of directives.entries()) {
    const path = `CloudWatchMetrics[${i}]`;
    if (isMember(directive)) problems.push(...directiveProblems(directive, root, path));
    else problems.push(`${path} must be an object`);
  }
  return problems;
}

function directiveProblems(directive: Member, root: Member, path: string): string[] {
  const problems: string[] = [];
  onlyKnown(directive, ['Namespace', 'Dimensions', 'Metrics'], path, problems);
  const { Namespace, Dimensions, Metrics } = directive;
  // A colon begins a namespace of AWS's own; so does `AWS/`.
  if (!isText(Namespace, longestName) || /^:|^AWS\//.test(Namespace)) problems.push(`${path}.Namespace must be a name`);
  if (!Array.isArray(Dimensions) || Dimensions.length === 0)
    problems.push(`${path}.Dimensions must be a list of lists`);
  else for (const set of Dimensions) problems.push(...dimensionProblems(set, root, `${path}.Dimensions`));
  if (!Array.isArray(Metrics) || Metrics.length === 0 || Metrics.length > mostMetrics) {
    return [...problems, `${path}.Metrics must be a list of 1 to ${mostMetrics}`];
  }
  const names = new Set(Metrics.map((metric) => (isMember(metric) ? metric.Name : undefined)));
  if (names.size < Metrics.length) problems.push(`${path}.Metrics must have each name once`);
  for (const metric of Metrics) problems.push(...metricProblems(metric, root, `${path}.Metrics`));
  return problems;
}

function dimensionProblems(set: unknown, root: Member, path: string): string[] {
  if (!Array.isArray(set) || set.length > mostDimensions)
    return [`${path} must have lists of at most ${mostDimensions}`];
  const problems: string[] = [];
  if (new Set(set).size < set.length) problems.push(`${path} must have each name once`);
  for (const name of set) {
    const value = isText(name, longestDimensionName) && !name.startsWith(':') ? root[name] : undefined;
    // CloudWatch takes no dimension without a value, and none but texts in ASCII.
    if (!isText(value, longestDimensionValue) || !/^[\x20-\x7e]*[\x21-\x7e][\x20-\x7e]*$/.test(value)) {
      problems.push(`${path}: ${String(name)} must be a member with a text`);
    }
  }
  return problems;
}

function metricProblems(metric: unknown, root: Member, path: string): string[] {
  if (!isMember(metric)) return [`${path} must have objects`];
  const problems: string[] = [];
  onlyKnown(metric, ['Name', 'Unit', 'StorageResolution'], path, problems);
  const { Name: name, Unit: unit, StorageResolution: resolution } = metric;
  if (!isText(name, longestName)) return [...problems, `${path}: a name must be a text`];
  if (unit !== undefined && !units.has(String(unit)))
    problems.push(`${path}: ${name} must have a unit, got ${String(unit)}`);
  if (resolution !== undefined && resolution !== 1 && resolution !== 60) problems.push(`${path}: ${name}'s resolution`);
  const values = [root[name]].flat();
  const right = values.length > 0 && values.length <= mostValues && values.every(isNumber);
  if (!right) problems.push(`${path}: ${name} must be a member with a number, or 1 to ${mostValues} of them`);
  return problems;
}

function onlyKnown(member: Member, known: readonly string[], path: string, problems: string[]): void {
  for (const name of Object.keys(member)) if (!known.includes(name)) problems.push(`${path} must not have ${name}`);
}

const isMember = (value: unknown): value is Member =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown, most: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= most;
const isNumber = (value: unknown): boolean =>
  typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= largest;

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
