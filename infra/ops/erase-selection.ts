import { inlineBytes, type Message } from '../../functions/core/message.ts';
import { webhookOf } from '../../functions/receive/webhook.ts';
import type { BodyOf } from './replay-targets.ts';

/** Whose events are to go: those that everything given fits. */
export interface Selection {
  /** Empty for every source. */
  readonly sources: readonly string[];
  /** Milliseconds since 1970, inclusive. */
  readonly from: number;
  /** Milliseconds since 1970, exclusive; infinite where there is no end. */
  readonly to: number;
  readonly tenant: string | undefined;
  /** Empty for whichever. */
  readonly ids: readonly string[];
  /** A value that the body or a header has somewhere as a whole. */
  readonly subject: string | undefined;
  /** A text that the body or a header has somewhere. */
  readonly mention: string | undefined;
}

/** Whether an event is among those that are to go. @throws Error where its body must be read for that and cannot be */
export function selects(selection: Selection, bodyOf: BodyOf): (message: Message) => Promise<boolean> {
  const { sources, from, to, tenant, subject, mention } = selection;
  const ids = new Set(selection.ids);
  return async (message) => {
    const { event, receivedAt } = message;
    const at = Date.parse(receivedAt);
    if (at < from || at >= to) return false;
    if (sources.length > 0 && !sources.includes(event.source)) return false;
    if (tenant !== undefined && tenant !== message.tenant) return false;
    if (ids.size > 0 && !ids.has(event.id)) return false;
    if (subject === undefined && mention === undefined) return true;
    const body = 'dataref' in message ? await bodyOf(message) : inlineBytes(message);
    const texts = textsOf(message, body);
    if (subject !== undefined && !texts.includes(subject) && !hasNumber(body, subject)) return false;
    return mention === undefined || body.includes(mention) || texts.some((text) => text.includes(mention));
  };
}

/** Every text and number of the body, however deep, what is written as JSON in a text included; and every header. */
function textsOf({ headers }: Message, body: Buffer): string[] {
  const texts: string[] = Object.values(headers);
  const { json, form, data } = webhookOf({ url: '', headers: new Map(), body });
  const left: unknown[] = [data, json, ...(form ? [...form.values()] : [])];
  for (let value = left.pop(); value !== undefined || left.length > 0; value = left.pop()) {
    if (typeof value === 'string') {
      texts.push(value);
      left.push(jsonIn(value));
    } else if (typeof value === 'number' || typeof value === 'boolean') texts.push(String(value));
    else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        texts.push(name);
        left.push(member);
      }
    }
  }
  return texts;
}

/** An object or a list that stands in a text, as some platforms write them. */
function jsonIn(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Numbers that are too long for JavaScript are found by their digits. */
function hasNumber(body: Buffer, subject: string): boolean {
  if (!/^\d{16,}$/.test(subject)) return false;
  return new RegExp(`[:,\\[]\\s*${subject}\\s*[,}\\]]`).test(body.toString('latin1'));
}
