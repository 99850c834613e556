/** What a consumer's function needs beside its handler: to claim, complete, fail and dead-letter. In seconds. */
const marginSeconds = 10;

/** Time that Lambda gives to a consumer's function, in seconds. */
export function functionTimeoutSeconds(consumer: { readonly timeoutSeconds: number }): number {
  return consumer.timeoutSeconds + marginSeconds;
}

/**
 * How long a consumer's queue hides a message that a function has, in seconds: six times the function's timeout.
 *
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
export function visibilityTimeoutSeconds(consumer: { readonly timeoutSeconds: number }): number {
  return 6 * functionTimeoutSeconds(consumer);
}
