import { messageOf } from '../../functions/core/errors.ts';

/**
 * What is wrong with a text that `JSON.parse` refused, and where, on one line; quotes one character of it at most, since
 * there may be secrets in it.
 */
export function jsonMistake(text: string, error: unknown): string {
  const message = messageOf(error);
  if (!isUnexpectedToken(message)) return message;
  // For these JavaScript gives a part of the text instead of the place.
  const at = firstUnexpected(text);
  const lines = text.slice(0, at).split('\n');
  const column = (lines.at(-1)?.length ?? 0) + 1;
  return `Unexpected token ${JSON.stringify(text[at])} in JSON at position ${at} (line ${lines.length} column ${column})`;
}

/** The longest beginning of the text that only lacks its end is followed by the mistake. */
function firstUnexpected(text: string): number {
  let [from, to] = [0, text.length];
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if (isUnexpectedToken(mistakeIn(text.slice(0, middle)))) to = middle;
    else from = middle;
  }
  return from;
}

function mistakeIn(text: string): string {
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    return messageOf(error);
  }
}

function isUnexpectedToken(message: string): boolean {
  return message.startsWith('Unexpected token');
}
