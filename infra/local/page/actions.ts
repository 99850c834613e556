import { messageOf } from '../../../functions/core/errors.ts';
import type { Fault } from '../faults.ts';
import type { JsonObject } from '../template/json.ts';
import { Refusal } from './answer.ts';
import { choiceIn, countIn, optionalTextIn, textIn } from './order-in.ts';
import { ownCall } from './own-call.ts';
import type { WatchedQueue } from './queues.ts';
import type { PageSurroundings } from './surroundings.ts';
import type { SwitchedFaults } from './switched-faults.ts';

/** Something that can be done from the page. Answers what came of it. */
export type Action = (order: JsonObject) => Promise<JsonObject>;

const mostAtOnce = 100;
/** Nobody waits longer for an answer: what is not sent by then is not sent. */
const mostMs = 20_000;
const services = ['sqs', 'dynamodb', 's3', 'secretsmanager'] as const;
const kinds = ['fail', 'lose-answer', 'throttle', 'hang'] as const;

/** Sends events of a source's platform, signed, through the front door, one after the other. */
export function sendAction({ samples, services: { secrets }, state, secretPrefix, clock }: PageSurroundings): Action {
  return async (order) => {
    if (!samples) throw new Refusal(409, 'this runtime was started without the definition that says how sources sign');
    const sources = state().sources;
    const name = choiceIn(
      order,
      'source',
      sources.map((source) => source.name),
    );
    const url = sources.find((source) => source.name === name)?.url ?? '';
    const type = optionalTextIn(order, 'type') ?? samples.of(name)?.types[0] ?? '';
    const count = countIn(order, 'count', mostAtOnce) ?? 1;
    const secret = await secretOf(secrets, secretPrefix + name);
    const statuses: Record<string, number> = {};
    const begun = clock.now();
    for (let sent = 0; sent < count; sent++) {
      if (clock.now() > begun + mostMs) break;
      const { headers, body } = made(() => samples.make(name, type, { secret, url, at: clock.now() }));
      const answer = await fetch(url, { method: 'POST', headers, body: new Uint8Array(body), redirect: 'manual' });
      await answer.arrayBuffer();
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
    }
    return { source: name, type, statuses };
  };
}

async function secretOf(secrets: PageSurroundings['services']['secrets'], SecretId: string): Promise<string> {
  const { SecretString } = await ownCall(secrets, 'secretsmanager.GetSecretValue', { SecretId }).catch(() => {
    throw new Refusal(409, `the secret ${SecretId} has no value to sign with`);
  });
  return String(SecretString);
}

function made<Made>(make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    throw new Refusal(409, messageOf(error));
  }
}

/** Lets SQS move the dead letters of a queue back into it. */
export function redriveAction({ services: { sqs } }: PageSurroundings, queues: readonly WatchedQueue[]): Action {
  return async (order) => {
    const names = queues.map((queue) => queue.name);
    const consumer = choiceIn(order, 'consumer', names);
    const { queue = '', deadLetterQueueArn = '' } = queues.find(({ name }) => name === consumer) ?? {};
    const place = deadLetterQueueArn.slice(0, deadLetterQueueArn.lastIndexOf(':') + 1);
    // SQS did not move them there itself, so the destination must be named.
    await ownCall(sqs, 'AmazonSQS.StartMessageMoveTask', {
      SourceArn: deadLetterQueueArn,
      DestinationArn: place + queue,
    }).catch((error: unknown) => {
      throw new Refusal(409, messageOf(error));
    });
    return { consumer };
  };
}

/** Switches a fault on, or with `off` one off. */
export function faultAction(faults: SwitchedFaults): Action {
  return async (order) => {
    const off = countIn(order, 'off', Number.MAX_SAFE_INTEGER);
    if (off !== undefined) {
      if (!faults.off(off)) throw new Refusal(404, `no fault ${off} is on`);
      return { off };
    }
    const action = optionalTextIn(order, 'action');
    if (action !== undefined && !/^[A-Z][A-Za-z]{2,50}$/.test(action)) {
      throw new Refusal(400, `action must be one of the service's, such as SendMessage, got ${action.slice(0, 80)}`);
    }
    const times = countIn(order, 'times', 1_000_000);
    const fault: Fault = {
      service: choiceIn(order, 'service', services),
      kind: choiceIn(order, 'kind', kinds),
      ...(action === undefined ? {} : { action }),
      ...(times === undefined ? {} : { times }),
    };
    return { on: made(() => faults.on(fault)) };
  };
}

/** Fires each schedule now, and waits until they have run, though not for good. */
export function scheduleAction({
  invokeSchedules,
  clock,
}: Pick<PageSurroundings, 'invokeSchedules' | 'clock'>): Action {
  return async () => {
    const { promise: tooLong, resolve } = Promise.withResolvers<boolean>();
    const cancel = clock.after(mostMs, () => resolve(false));
    try {
      return { done: await Promise.race([invokeSchedules().then(() => true), tooLong]) };
    } finally {
      cancel();
    }
  };
}

/** Reads the name of a consumer out of an address. @throws Refusal naming those that there are */
export function queueNamed(queues: readonly WatchedQueue[], name: string | null): WatchedQueue {
  const order = name === null ? {} : { consumer: name };
  const wanted = textIn(order, 'consumer');
  const queue = queues.find((each) => each.name === wanted);
  if (!queue) throw new Refusal(404, `consumer must be one of ${queues.map((each) => each.name).join(', ')}`);
  return queue;
}
