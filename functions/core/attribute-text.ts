/** The longest reason that is kept, in characters. */
export const reasonLimit = 500;

/** A reason as SQS takes it for an attribute: not empty, not long, no characters that it refuses. */
export function attributeText(reason: string): string {
  const printable = reason.toWellFormed().replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '�');
  return printable.slice(0, reasonLimit).toWellFormed() || 'no reason given';
}
