import { extname, isAbsolute, relative, resolve, sep } from 'node:path';
import { queueRetentionDays } from '../../functions/core/definition.ts';
import { checkEnvironment } from './environment.ts';
import type { Field } from './field.ts';
import { checkAlike, checkConsumerName } from './names.ts';
import { checkSharedCircuits } from './policies/circuit.ts';
import { checkPolicies, policyNames } from './policies.ts';
import type { KnownSource } from './sources.ts';
import { checkFrom } from './subscriptions.ts';

/** Where handlers are looked for. */
export interface Project {
  /** Absolute path of the project. */
  readonly root: string;
  /** Whether there is a file at an absolute path. */
  readonly fileExists: (path: string) => boolean;
}

const keys = [
  'from',
  'handler',
  ...policyNames,
  'timeoutSeconds',
  'concurrency',
  'batchSize',
  'parallelism',
  'memoryMb',
  'environment',
  'promiseSeconds',
  'draining',
];

/** Checks `consumers`, each by itself and against the others. */
export function checkConsumers(field: Field, sources: readonly KnownSource[], project: Project): void {
  const members = field.members('an object with one consumer or more');
  checkAlike(members);
  const handlers = new Map<string, string>();
  for (const [name, consumer] of members) {
    checkConsumerName(consumer, name);
    if (!consumer.object('an object with from and handler', keys)) continue;
    checkFrom(consumer.at('from'), sources);
    const file = checkHandler(consumer.at('handler'), project);
    const other = file && handlers.get(file);
    if (other)
      consumer.at('handler').refuse(`a file of its own, since each names its consumer and \`${other}\` has it`);
    else if (file) handlers.set(file, name);
    checkRanges(consumer);
    checkPolicies(consumer);
    checkEnvironment(consumer.at('environment'));
    const promise = consumer.at('promiseSeconds');
    if (promise.given) promise.integer(60, queueRetentionDays * 86_400, ', which no message outlives');
    const draining = consumer.at('draining');
    if (draining.given && typeof draining.value !== 'boolean') draining.refuse('true or false');
  }
  checkSharedCircuits(members);
}

function checkHandler(field: Field, { root, fileExists }: Project): string | undefined {
  const handler = field.text("the path of a .ts file from the project's root", /^[^\0]+$/, 1_024);
  if (handler === undefined) return undefined;
  const file = resolve(root, handler);
  const inside = relative(root, file);
  if (isAbsolute(handler) || inside === '' || inside.split(sep)[0] === '..' || isAbsolute(inside)) {
    return field.refuse("a path from the project's root to a file inside the project");
  }
  if (extname(file) !== '.ts' || file.endsWith('.d.ts')) return field.refuse('the path of a .ts file');
  if (!fileExists(file)) return field.refuse('a file that exists');
  return file;
}

/**
 * Sources: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
function checkRanges(consumer: Field): void {
  const ranges = {
    timeoutSeconds: [1, 840],
    concurrency: [2, 1_000],
    batchSize: [1, 10],
    parallelism: [1, 1_000],
    memoryMb: [128, 10_240],
  };
  for (const [name, [least = 0, most = 0]] of Object.entries(ranges)) {
    if (consumer.at(name).given) consumer.at(name).integer(least, most);
  }
}
