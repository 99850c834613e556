import { RefusedError } from '../../core/errors.ts';
import type { Reply } from '../answers.ts';
import { fieldOf } from '../find.ts';
import { indexOfSame } from '../schemes/constant-time.ts';
import { noUsableSecret } from '../schemes/key.ts';
import type { Webhook } from '../webhook.ts';

/** Where something stands in a request. */
export type Spot = { readonly header: string } | { readonly query: string } | { readonly field: string };

/** Something that a request must carry; with `is`, exactly that. */
export type Mark = Spot & { readonly is?: string | number };

/** A question whether somebody is there, who has the secret, or who wants these webhooks. It never becomes an event. */
export interface Handshake {
  /** @default 'POST' */
  readonly method?: 'GET' | 'HEAD' | 'POST';
  /** What tells it from an event: all of these marks, or code. */
  readonly when: readonly Mark[] | ((webhook: Webhook) => boolean);
  /** What it must prove before it is answered: the signature of any webhook, a verify token, or nothing. @default 'signature' */
  readonly proof?: 'signature' | 'nothing' | { readonly token: Spot };
  /** What it asks to get back. A request without it, or with more than 1 KB of it, is refused. */
  readonly challenge?: Spot;
  /** The secret that it delivers. It is kept if an operator has armed the source, and never takes another's place. */
  readonly delivers?: Spot;
  /** The challenge as plain text, as a JSON member or as a header; nothing at all; or what code says. */
  readonly answer: 'text' | 'nothing' | { readonly json: string } | { readonly header: string } | Respond;
}

/** What is known when a handshake is answered. */
export interface Asked {
  readonly webhook: Webhook;
  readonly challenge: string;
  /** The secret that proved the request, else the source's first. @throws RefusedError 503 where there is none */
  readonly secret: () => string;
}

export type Respond = (asked: Asked) => Reply | Promise<Reply>;

/** No platform's challenge is longer; nobody gets more of their own text sent back by us. */
const longestChallengeBytes = 1_024;

/** The handshake that a request is, if it is one. */
export function handshakeOf(handshakes: readonly Handshake[] | undefined, webhook: Webhook): Handshake | undefined {
  return handshakes?.find(
    ({ method = 'POST', when }) =>
      method === webhook.method &&
      (typeof when === 'function' ? when(webhook) : when.every((mark) => isMarked(webhook, mark))),
  );
}

/** @throws RefusedError 401 where a request does not show one of the verify tokens, 503 where there is none to show */
export function checkVerifyToken(webhook: Webhook, token: Spot, verifyTokens: readonly string[]): void {
  if (verifyTokens.length === 0) throw noUsableSecret('secret must be an object with a verifyToken');
  const given = textAt(webhook, token);
  if (given === undefined) throw new RefusedError(401, 'verify-token-missing');
  if (indexOfSame(given, verifyTokens) < 0) throw new RefusedError(401, 'verify-token-mismatch');
}

/** @throws RefusedError 400 where a handshake delivers nothing that could be a secret */
export function deliveredSecret(webhook: Webhook, spot: Spot): string {
  const secret = textAt(webhook, spot);
  if (!secret || secret.length > longestChallengeBytes || !/^[\x21-\x7e]+$/.test(secret)) {
    throw new RefusedError(400, 'handshake-malformed');
  }
  return secret;
}

/**
 * What a handshake is answered with.
 *
 * @throws RefusedError 400 where there is nothing, or too much, to give back
 */
export async function answerOf({ challenge: spot, answer }: Handshake, webhook: Webhook, secret: Asked['secret']) {
  const challenge = spot === undefined ? '' : (textAt(webhook, spot) ?? '');
  if (spot !== undefined && (challenge === '' || Buffer.byteLength(challenge) > longestChallengeBytes)) {
    throw new RefusedError(400, 'handshake-malformed');
  }
  if (typeof answer === 'function') return answer({ webhook, challenge, secret });
  if (answer === 'nothing') return {};
  if (answer === 'text') return { body: challenge };
  if ('json' in answer) return jsonReply({ [answer.json]: challenge });
  if (!/^[\x20-\x7e]+$/.test(challenge)) throw new RefusedError(400, 'handshake-malformed');
  return { headers: { [answer.header]: challenge } };
}

/** An answer in JSON. */
export function jsonReply(value: object): Reply {
  return { body: JSON.stringify(value), contentType: 'application/json' };
}

/** The text at a spot. A parameter that is there several times over is none. */
export function textAt({ headers, query, json }: Webhook, spot: Spot): string | undefined {
  if ('header' in spot) return headers.get(spot.header);
  if ('query' in spot) {
    const values = query.getAll(spot.query);
    return values.length === 1 ? values[0] : undefined;
  }
  const value = fieldOf(json, spot.field);
  return typeof value === 'string' ? value : undefined;
}

function isMarked(webhook: Webhook, mark: Mark): boolean {
  const value = 'field' in mark ? fieldOf(webhook.json, mark.field) : textAt(webhook, mark);
  return mark.is === undefined ? value !== undefined && value !== null && value !== '' : value === mark.is;
}
