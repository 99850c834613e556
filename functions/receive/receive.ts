import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { groupOf } from '../core/bounded-key.ts';
import { isArchived, type PipelineDefinition } from '../core/definition.ts';
import { RefusedError } from '../core/errors.ts';
import type { Message } from '../core/message.ts';
import { archiveQueue } from '../core/names.ts';
import type { ObjectStore } from '../core/objects.ts';
import type { Telemetry } from '../core/telemetry.ts';
import { nextStep, type RandomHex, traceIdOf } from '../core/trace.ts';
import * as answers from './answers.ts';
import { budgetOf } from './budget.ts';
import { makeDurable, placeBody } from './durable.ts';
import type { Destination, Send } from './enqueue.ts';
import { describe } from './event-of.ts';
import { type Handshake, handshakeOf } from './handshakes/handshake.ts';
import { shake } from './handshakes/shake.ts';
import { keptHeaders } from './kept-headers.ts';
import { type Proved, prove } from './prove.ts';
import type { Beyond, Quota } from './quota.ts';
import { reportsTo } from './reports.ts';
import { requestOf, sourceOf } from './request.ts';
import { placeOf, routeBy, type Target } from './route.ts';
import type { SecretStore } from './secrets/secrets.ts';
import { type Source, sourceFor } from './source.ts';
import { type Webhook, webhookOf } from './webhook.ts';

/** What the receiver rests on; time included. */
export interface ReceiverOptions {
  readonly definition: PipelineDefinition;
  /** Where platforms find it, without a slash at its end. */
  readonly publicUrl: string;
  readonly secrets: SecretStore;
  readonly send: Send;
  readonly objects: ObjectStore;
  readonly quota: Quota;
  readonly telemetry: Telemetry;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What names of traces are made of. @default chance */
  readonly randomHex?: RandomHex;
}

/** What asks without a proof is a few words long. */
const longestQuestionBytes = 4_096;

/** Makes an authentic webhook durable before it is answered; refuses every other, and says nothing of why. */
export function receiver(options: ReceiverOptions) {
  const { definition, publicUrl, secrets, send, objects, quota, telemetry, now, randomHex } = options;
  const sources = new Map(
    Object.entries(definition.sources).map(([name, source]) => [name, sourceFor(name, source, publicUrl)]),
  );
  const route = routeBy(definition);
  const archived = isArchived(definition);
  const reports = reportsTo(telemetry);

  async function receive(source: Source, request: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
    const { handshakes } = source;
    const startedAt = now();
    const { requestId, sourceIp, ...received } = requestOf(request, source.url);
    if (!source.allows(sourceIp)) throw new RefusedError(403, 'source-ip');
    const webhook = webhookOf(received);
    // Nothing unproved is parsed, unless it is as small as such a question is.
    const asked = webhook.body.length <= longestQuestionBytes ? handshakeOf(handshakes.open, webhook) : undefined;
    if (asked) return shaken(source, asked, webhook, undefined, startedAt);
    const methods = handshakes.signed.map(({ method = 'POST' }) => method);
    if (webhook.method !== 'POST' && !methods.some((method) => method === webhook.method)) {
      throw new RefusedError(400, 'not-a-webhook');
    }
    const proved = await prove(secrets, source, webhook, startedAt);
    const handshake = handshakeOf(handshakes.signed, webhook);
    if (handshake) return shaken(source, handshake, webhook, proved.secret, startedAt);
    if (webhook.method !== 'POST') throw new RefusedError(400, 'not-a-webhook');
    return accept(source, webhook, proved, { startedAt, requestId });
  }

  async function shaken(
    { name }: Source,
    handshake: Handshake,
    webhook: Webhook,
    proved: string | undefined,
    startedAt: number,
  ): Promise<APIGatewayProxyStructuredResultV2> {
    const reply = await shake(secrets, name, handshake, webhook, proved, startedAt);
    reports.handshake(name, now());
    return answers.reply(reply);
  }

  async function accept(
    { name, provider, namedHeaders, quota: limits }: Source,
    webhook: Webhook,
    { proof, secret, version }: Proved,
    { startedAt, requestId }: { readonly startedAt: number; readonly requestId: string },
  ): Promise<APIGatewayProxyStructuredResultV2> {
    const { headers, body } = webhook;
    const budget = budgetOf(provider.deadlineSeconds, startedAt);
    const patience = { sendMs: () => budget.sendMs(now()), spoolMs: () => budget.spoolMs(now()) };
    const receivedAt = new Date(startedAt).toISOString();
    const { event, types, tenant, deliveryId } = describe(provider, webhook, { source: name, proof, receivedAt });
    const beyond = await quota(name, limits, tenant, startedAt);
    if (beyond) reports.beyondQuota({ source: name, ...beyond }, now());
    if (beyond?.refuse) throw new RefusedError(429, 'quota', { retryAfter: beyond.retryAfter });
    const message: Message = {
      v: 1,
      event,
      ...(await placeBody(objects, { source: name, body, receivedAt }, patience.sendMs)),
      headers: keptHeaders(headers, namedHeaders),
      receivedAt,
      deliveryId: deliveryId ?? requestId,
      ...(deliveryId === undefined ? {} : { namedDelivery: true as const }),
      ...(tenant === undefined ? {} : { tenant }),
      verified: {
        scheme: provider.name,
        secret: `${version.slice(0, 8)}#${proof.secret}`,
        at: receivedAt,
        ...((proof.weakBody ?? provider.weakBody) ? { weakBody: true as const } : {}),
      },
      run: 0,
      gen: 0,
      trace: nextStep(headers.get('traceparent'), randomHex && { random: randomHex }).traceparent,
    };
    const targets = route(name, [...types, event.type]);
    const subscribed = targets.map((target) => destinationOf(target, message, webhook, beyond));
    const destinations = archived ? [...subscribed, { queue: archiveQueue }] : subscribed;
    const unconfirmed = await makeDurable({ send, objects }, { destinations, message, requestId }, patience);
    const { identicalDeliveries } = provider;
    reports.accepted(
      { message, targets, unconfirmed, bytes: body.length, secret: proof.secret, identicalDeliveries },
      now(),
    );
    const reply = provider.acknowledge?.(webhook, secret);
    return reply ? answers.reply(reply) : answers.accepted(event.id);
  }

  function destinationOf(target: Target, message: Message, webhook: Webhook, beyond: Beyond | undefined): Destination {
    const { queue, consumer } = target;
    // One group of many: SQS serves the others first, each of which is a tenant of its own.
    if (!target.order && !target.fair) return beyond ? { queue, lane: { group: groupOf(beyond.whose) } } : { queue };
    const { event, headers, tenant } = message;
    const selectable = { event, headers, ...(tenant === undefined ? {} : { tenant }), data: webhook.data };
    const { lane, trouble } = placeOf(target, selectable);
    if (trouble) reports.misplaced({ consumer, trouble, eventId: event.id, traceId: traceIdOf(message) }, now());
    return lane ? { queue, lane } : { queue };
  }

  return async (request: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    const name = sourceOf(request);
    const source = sources.get(name);
    try {
      if (!source) throw new RefusedError(400, 'unknown-source');
      return await receive(source, request);
    } catch (error) {
      const refusal =
        error instanceof RefusedError ? error : new RefusedError(503, 'failed', { cause: whereOf(error) });
      const { requestId } = request.requestContext;
      reports.refused({ source: source ? name : 'unknown', refusal, requestId }, now());
      return answers.refused(refusal);
    } finally {
      reports.flush(now());
    }
  };
}

/** A defect of ours: its kind and place. Its message could quote what was received. */
function whereOf(error: unknown): Error {
  const { name, stack = '' } = error instanceof Error ? error : { name: typeof error };
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '));
  return new Error([name, ...frames.slice(0, 5).map((frame) => frame.trim())].join(' '));
}
