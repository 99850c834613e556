import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { PipelineDefinition } from '../core/definition.ts';
import { RefusedError } from '../core/errors.ts';
import type { Message } from '../core/message.ts';
import type { ObjectStore } from '../core/objects.ts';
import type { Telemetry } from '../core/telemetry.ts';
import * as answers from './answers.ts';
import { budgetOf } from './budget.ts';
import { makeDurable, placeBody } from './durable.ts';
import type { Destination, Send } from './enqueue.ts';
import { describe } from './event-of.ts';
import { keptHeaders } from './kept-headers.ts';
import { prove } from './prove.ts';
import { reportsTo } from './reports.ts';
import { requestOf, sourceOf } from './request.ts';
import { placeOf, routeBy, type Target } from './route.ts';
import type { SecretStore } from './secrets.ts';
import { type Source, sourceFor } from './source.ts';
import { type Webhook, webhookOf } from './webhook.ts';

/** What the receiver rests on; time included. */
export interface ReceiverOptions {
  readonly definition: PipelineDefinition;
  readonly secrets: SecretStore;
  readonly send: Send;
  readonly objects: ObjectStore;
  readonly telemetry: Telemetry;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Makes an authentic webhook durable before it is answered; refuses every other, and says nothing of why. */
export function receiver({ definition, secrets, send, objects, telemetry, now }: ReceiverOptions) {
  const sources = new Map(Object.entries(definition.sources).map(([name, source]) => [name, sourceFor(name, source)]));
  const route = routeBy(definition);
  const reports = reportsTo(telemetry);

  async function receive(source: Source, request: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
    const { name, provider } = source;
    const startedAt = now();
    const { headers, body, requestId } = requestOf(request);
    const webhook = webhookOf(headers, body);
    const { proof, version } = await prove(secrets, source, webhook, startedAt);
    const challenge = provider.handshake?.(webhook);
    if (challenge !== undefined) {
      reports.handshake(name);
      return answers.handshake(challenge);
    }
    const budget = budgetOf(provider.deadlineSeconds, startedAt);
    const patience = { sendMs: () => budget.sendMs(now()), spoolMs: () => budget.spoolMs(now()) };
    const receivedAt = new Date(startedAt).toISOString();
    const { event, tenant, deliveryId } = describe(provider, webhook, { source: name, proof, requestId, receivedAt });
    const message: Message = {
      v: 1,
      event,
      ...(await placeBody(objects, { source: name, body, receivedAt }, patience.sendMs)),
      headers: keptHeaders(headers, source.namedHeaders),
      receivedAt,
      deliveryId,
      ...(tenant === undefined ? {} : { tenant }),
      verified: { scheme: provider.name, secret: `${version.slice(0, 8)}#${proof.secret}`, at: receivedAt },
      run: 0,
      gen: 0,
    };
    const targets = route(name, event.type);
    const destinations = targets.map((target) => destinationOf(target, message, webhook));
    const unconfirmed = await makeDurable({ send, objects }, { destinations, message, requestId }, patience);
    const { identicalDeliveries } = provider;
    reports.accepted(
      { message, targets, unconfirmed, bytes: body.length, secret: proof.secret, identicalDeliveries },
      now(),
    );
    return provider.answersEmpty?.(webhook) ? answers.acceptedEmpty() : answers.accepted(event.id);
  }

  function destinationOf(target: Target, message: Message, webhook: Webhook): Destination {
    const { queue, consumer } = target;
    if (!target.order && !target.fair) return { queue };
    const { event, headers, tenant } = message;
    const selectable = { event, headers, ...(tenant === undefined ? {} : { tenant }), data: webhook.data };
    const { lane, trouble } = placeOf(target, selectable);
    if (trouble) reports.misplaced({ consumer, trouble, eventId: event.id }, now());
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
      return answers.refused(refusal.status);
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
