import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Webhook } from '../../support/webhooks.ts';

/** Bytes of each event's body. */
export const bodyBytes = 4_096;

const examples = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly {
  readonly examples: readonly object[];
}[];

/**
 * Events of 4 KB each: GitHub's example payloads, cut to that size, in each of which every number, time and hash is new.
 * That compresses worse than what one repository sends, whose ids come again.
 *
 * @param seed the same seed gives the same bodies
 */
export function eventsOf(count: number, secret: string, seed = 1): Webhook[] {
  const texts = examples
    .flatMap(({ examples: payloads }) => payloads.map((payload) => JSON.stringify(payload)))
    .filter(({ length }) => length > bodyBytes);
  const random = randomBy(seed);
  return Array.from({ length: count }, () => {
    const text = texts[Math.floor(random() * texts.length)] ?? '{}';
    const body = filled(cut(JSON.parse(renewed(text, random)), bodyBytes - 30), random);
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    const headers = { 'content-type': 'application/json', 'x-made-signature': signature };
    return { source: 'made', type: 'made', headers, body };
  });
}

function renewed(text: string, random: () => number): string {
  const digits = (length: number, base: number): string =>
    Array.from({ length }, (_, at) => Math.floor(random() * (base - 1) + Number(at === 0)).toString(base)).join('');
  return text
    .replace(/\b[0-9a-f]{40}\b/g, (hash) => digits(hash.length, 16))
    .replace(/[1-9]\d*/g, ({ length }) => digits(length, 10));
}

/** As many members, in their order, as fit. */
function cut(value: unknown, bytes: number): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const kept: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const left = bytes - Buffer.byteLength(JSON.stringify(kept)) - Buffer.byteLength(JSON.stringify(name)) - 2;
    const part = cut(member, left);
    if (Buffer.byteLength(JSON.stringify(part)) <= left) kept[name] = part;
  }
  return kept;
}

/** What is missing to the size is letters at random. */
function filled(value: unknown, random: () => number): string {
  const text = JSON.stringify({ type: 'made', ...(value as object), note: '' });
  const letters = () => Math.floor(random() * 36).toString(36);
  const note = Array.from({ length: Math.max(0, bodyBytes - Buffer.byteLength(text)) }, letters).join('');
  return `${text.slice(0, -2)}${note}"}`;
}

/** Numbers from 0 to 1 (mulberry32). */
function randomBy(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
