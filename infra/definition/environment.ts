import type { Field } from './field.ts';

/** What Nerite itself sets on a consumer's function. */
const consumerVariables = [
  'STAGE',
  'CONSUMER',
  'QUEUE_URL',
  'DEAD_LETTER_QUEUE_URL',
  'LEDGER_TABLE',
  'STATE_TABLE',
  'BUCKET',
  'LOGS',
];

/** Lambda's own, beside AWS_*. Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
const lambdaVariables = ['_HANDLER', '_X_AMZN_TRACE_ID', 'LAMBDA_TASK_ROOT', 'LAMBDA_RUNTIME_DIR'];

/** Of Lambda's 4 KB for all variables of a function, what is left beside those that Nerite sets. */
const bytesLeft = 4_096 - 1_024;

/** Checks the variables that a user gives to a handler. */
export function checkEnvironment(field: Field): void {
  if (!field.given) return;
  let bytes = 0;
  for (const [name, variable] of field.members('an object of texts', true)) {
    if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !lambdaVariables.includes(name)) {
      variable.complain(
        `${variable.path} must be named by letters, digits and underscores, a letter first, got ${JSON.stringify(name)}`,
      );
    }
    if (consumerVariables.includes(name)) variable.complain(`${variable.path} must not be given, Nerite sets it`);
    if (lambdaVariables.includes(name) || /^AWS_/i.test(name)) {
      variable.complain(`${variable.path} must not be given, Lambda reserves it`);
    }
    if (typeof variable.value !== 'string') variable.refuse('a text');
    else bytes += Buffer.byteLength(name) + Buffer.byteLength(variable.value);
  }
  if (bytes > bytesLeft) field.refuse(`at most ${bytesLeft} bytes, names and values together`, bytes);
}
