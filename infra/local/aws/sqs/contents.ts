import { sqsError } from './errors.ts';

/**
 * Characters that SQS refuses: all that XML 1.0 does not know, lone surrogates among them.
 * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
const refused = /[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/** The first character of a text that SQS refuses, as `#x8`. */
export function refusedCharacter(text: string): string | undefined {
  const character = refused.exec(text)?.[0];
  return character === undefined ? undefined : `#x${character.codePointAt(0)?.toString(16).toUpperCase()}`;
}

/** @throws AwsError InvalidMessageContents naming the character. */
export function checkBody(body: string): void {
  const character = refusedCharacter(body);
  if (character === undefined) return;
  throw sqsError(
    'InvalidMessageContents',
    `Invalid binary character '${character}' was found in the message body, the set of allowed characters is ` +
      '#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
  );
}
