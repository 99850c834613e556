import type { Headers } from './webhook.ts';

/** Longest value, and all that is kept of a request. In bytes. */
const longestValueBytes = 1024;
const mostBytes = 8 * 1024;

const worthKeeping =
  /^(?:content-type|content-encoding|content-language|user-agent|date|idempotency-key|(?:x|webhook|svix|shopify|ce|linear|stripe)-.+)$/;

/** Proofs of who sends, and where from: they end here. */
const credential =
  /auth|cookie|token|secret|passw|signature|credential|session|jwt|hmac|csrf|xsrf|(?:api|access|private|client)-?key|^x-amz|^x-forwarded|^x-real-ip/;

/**
 * The headers that travel with an event: those that describe it, never a credential, and never many.
 *
 * @param named further headers that the source's own definition refers to
 */
export function keptHeaders(headers: Headers, named: ReadonlySet<string>): Record<string, string> {
  const kept: [string, string][] = [];
  let bytes = 0;
  for (const [name, value] of headers) {
    if (!(worthKeeping.test(name) || named.has(name)) || credential.test(name)) continue;
    const size = Buffer.byteLength(name) + Buffer.byteLength(value);
    if (size > longestValueBytes || bytes + size > mostBytes) continue;
    bytes += size;
    kept.push([name, value]);
  }
  return Object.fromEntries(kept);
}
