import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { consumerOf } from '../../functions/core/definition.ts';
import { decodeMessage } from '../../functions/core/message.ts';
import { nextStep } from '../../functions/core/trace.ts';
import { pipeline } from '../../functions/pipeline.ts';
import { routeBy } from '../../functions/receive/route.ts';
import type { FunctionPlan } from '../../infra/local/provision/plan.ts';
import { aMessage } from '../support/messages.ts';
import type { Webhook } from '../support/webhooks.ts';
import { bareBundle } from './bare-bundle.ts';
import { batchesOf, batchSize } from './batches.ts';
import { compared } from './comparison.ts';
import type { Processed } from './consumer-telemetry.ts';
import { MeasuredFunction } from './measured-function.ts';
import { everyWebhooksConsumer, requestsOf, webhooksFor } from './requests.ts';
import { functionNamed, type Setting, source } from './setting.ts';
import type { Spread } from './spread.ts';
import type { Accepted } from './telemetry-of-receiver.ts';

/** What metrics, logs and traces take of a function's CPU time. */
export interface TelemetryShare {
  readonly name: string;
  /** Milliseconds for an event, of a function that does that alone less those of one that does nothing. */
  readonly alone: Spread;
  /** Milliseconds for an event, of the function itself. */
  readonly total: Spread;
  /** One divided by the other, of each two neighbouring rounds. */
  readonly share: Spread;
  /**
   * The share by which the function is cheaper without them, of each two neighbouring rounds. Noisy, as the difference of
   * two large figures; larger, probably as among other work their code and data are less often in the processor's caches.
   */
  readonly leftOut: Spread;
}

/** A function, and what is measured of it. */
interface Watched {
  readonly name: string;
  readonly plan: FunctionPlan;
  /** Its file, from the project's root. */
  readonly entry: string;
  /** What does its telemetry alone. */
  readonly telemetry: string;
  /** How many webhooks or events a round has. */
  readonly size: number;
  /** What the function takes, for a round. */
  readonly events: () => readonly unknown[];
  /** The same as what `telemetry` takes. */
  readonly tellable: () => readonly unknown[];
  /** What comes after a round. */
  readonly after?: () => Promise<void>;
}

const rounds = { warmUp: 10, rounds: 25 } as const;
const webhooksOfRound = 120;
const batchesOfRound = 10;

/** Puts what tells nothing in the place of whatever tells. */
const untold: Plugin = {
  name: 'untold',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/(telemetry|trace|ambient-trace)\.ts$/ }, () => ({
      path: join(import.meta.dirname, 'untold.ts'),
    })),
};

/** Of the receiver for a webhook, and of a consumer for an event of which its handler logs a line too. */
export async function telemetryShares(setting: Setting): Promise<TelemetryShare[]> {
  return [await shareIn(await theReceiver(setting), setting), await shareIn(await aConsumer(setting), setting)];
}

async function theReceiver(setting: Setting): Promise<Watched> {
  const webhooks = await webhooksFor(1, setting.secret);
  const filled = <Item>(items: readonly Item[]): (Item | undefined)[] =>
    Array.from({ length: webhooksOfRound }, (_, index) => items[index % items.length]);
  const [requests, accepted] = [filled(await requestsOf(webhooks)), filled(webhooks.map(acceptedOf))];
  return {
    name: 'receiver, a webhook',
    plan: functionNamed(setting, 'receiver'),
    entry: 'functions/receive/handler.ts',
    telemetry: 'telemetry-of-receiver.ts',
    size: webhooksOfRound,
    events: () => requests,
    tellable: () => accepted,
    after: () => setting.emptyQueues(),
  };
}

async function aConsumer(setting: Setting): Promise<Watched> {
  const plan = functionNamed(setting, everyWebhooksConsumer);
  const webhooks = await webhooksFor(1, setting.secret);
  const queueArn = `arn:aws:sqs:${setting.region}:000000000000:${plan.name}`;
  // New events each time: a copy of one that is done with is told otherwise.
  const events = () => batchesOf(webhooks, batchesOfRound, queueArn);
  return {
    name: 'consumer, an event, with a line of its handler’s',
    plan,
    entry: consumerOf(pipeline, everyWebhooksConsumer).handler,
    telemetry: 'telemetry-of-consumer.ts',
    size: batchesOfRound * batchSize,
    events,
    tellable: () => events().map(({ Records }) => ({ processed: Records.map(processedOf) })),
  };
}

async function shareIn(watched: Watched, setting: Setting): Promise<TelemetryShare> {
  const { name, plan, entry, telemetry, size, events, tellable, after } = watched;
  const measured = (directory: string) => new MeasuredFunction({ ...plan, directory }, setting);
  const file = join('../..', entry);
  const functions = {
    ours: measured(plan.directory),
    alone: measured(await bareBundle(telemetry)),
    nothing: measured(await bareBundle('nothing.ts')),
    told: measured(await bareBundle(file)),
    untold: measured(await bareBundle(file, [untold])),
  };
  const costOf = (of: 'ours' | 'told' | 'untold') => async () => {
    const cost = await functions[of].costOfEach(events(), size);
    await after?.();
    return cost;
  };
  const costAlone = async () =>
    (await functions.alone.costOfEach(tellable(), size)) - (await functions.nothing.costOfEach(tellable(), size));
  try {
    const { ours: alone, bare: total, ratio: share } = await compared(costAlone, costOf('ours'), rounds);
    const { ratio } = await compared(costOf('told'), costOf('untold'), rounds);
    const saved = (withThem: number): number => 1 - 1 / withThem;
    const leftOut = { median: saved(ratio.median), min: saved(ratio.min), max: saved(ratio.max) };
    return { name, alone, total, share, leftOut };
  } finally {
    await Promise.all(Object.values(functions).map((each) => each.stop()));
  }
}

/** What the receiver knows of a webhook once it has accepted it; its body, which nothing tells, is left out. */
function acceptedOf({ type, headers, body }: Webhook): Accepted {
  const { event, ...message } = aMessage({ body: '', headers, deliveryId: headers['x-github-delivery'] ?? '' });
  const { repository } = JSON.parse(body) as { repository?: { full_name?: string } };
  return {
    message: { ...message, event: { ...event, source, type }, tenant: repository?.full_name ?? 'nobody' },
    targets: routeBy(pipeline)(source, [type]),
    unconfirmed: [],
    bytes: Buffer.byteLength(body),
    secret: 0,
    identicalDeliveries: true,
  };
}

/** What a consumer knows of an event once it has processed it. */
function processedOf({ body, messageId }: { readonly body: string; readonly messageId: string }): Processed {
  return { message: { ...decodeMessage(body), body: '', trace: nextStep(undefined).traceparent }, messageId };
}
