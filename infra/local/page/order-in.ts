import type { IncomingMessage } from 'node:http';
import { isObject, type JsonObject } from '../template/json.ts';
import { Refusal } from './answer.ts';

/** The longest order; the page's own have some hundred bytes. */
const mostBytes = 16_384;

/**
 * What a POST asks for. Only what a page of this server sends passes: beside Host, Origin and Sec-Fetch-Site, which the
 * guard has seen to, a header and a content type that no other site's page can send without being allowed to.
 *
 * @throws Refusal saying what is missing
 */
export async function orderIn(request: IncomingMessage): Promise<JsonObject> {
  if (request.headers['x-nerite'] !== '1') throw new Refusal(403, 'a POST must have the header x-nerite: 1');
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new Refusal(415, `content-type must be application/json, got ${type || 'none'}`);
  }
  const text = await bodyOf(request);
  let order: unknown;
  try {
    order = JSON.parse(text);
  } catch {
    throw new Refusal(400, 'the body must be JSON');
  }
  if (!isObject(order)) throw new Refusal(400, 'the body must be a JSON object');
  return order;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  const tooLong = new Refusal(413, `the body must have at most ${mostBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) throw tooLong;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += (chunk as Buffer).length;
    if (length > mostBytes) throw tooLong;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** @throws Refusal naming the member that is no text */
export function textIn(order: JsonObject, name: string): string {
  const text = optionalTextIn(order, name);
  if (text === undefined) throw new Refusal(400, `${name} must be a text, got none`);
  return text;
}

/** @throws Refusal naming the member that is there and no text */
export function optionalTextIn(order: JsonObject, name: string): string | undefined {
  const value = Object.hasOwn(order, name) ? order[name] : undefined;
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw new Refusal(400, `${name} must be a text, got a ${typeof value}`);
  return value;
}

/** One of some texts. @throws Refusal naming them */
export function choiceIn<Choice extends string>(order: JsonObject, name: string, choices: readonly Choice[]): Choice {
  const text = textIn(order, name);
  const choice = choices.find((each) => each === text);
  if (choice === undefined)
    throw new Refusal(400, `${name} must be one of ${choices.join(', ')}, got ${text.slice(0, 80)}`);
  return choice;
}

/** A whole number from 1. @throws Refusal naming the member that is there and none */
export function countIn(order: JsonObject, name: string, most: number): number | undefined {
  const value = Object.hasOwn(order, name) ? order[name] : undefined;
  if (value === undefined) return undefined;
  if (!Number.isInteger(value) || Number(value) < 1 || Number(value) > most) {
    throw new Refusal(400, `${name} must be a whole number from 1 to ${most}`);
  }
  return Number(value);
}
