/** The text that a body is; `undefined` where its bytes are not UTF-8, which SDKs that sign texts cannot sign. */
export function textOf(body: Buffer): string | undefined {
  const text = body.toString('utf8');
  return Buffer.from(text).equals(body) ? text : undefined;
}
