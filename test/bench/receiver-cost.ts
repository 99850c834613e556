import { archiveQueue } from '../../functions/core/names.ts';
import { bareBundle } from './bare-bundle.ts';
import { type Comparison, compared } from './comparison.ts';
import { MeasuredFunction } from './measured-function.ts';
import { consumersOfAll, requestsOf, webhooksFor } from './requests.ts';
import { functionNamed, type Setting } from './setting.ts';

const requestsOfRound = 120;

/** CPU milliseconds of the receiver for a webhook that so many consumers take, beside HMAC, JSON.parse and as many sends. */
export async function receiverCost(setting: Setting, consumers: 1 | 2): Promise<Comparison> {
  // Of those that two take: the same two, so that the bare one need not route.
  const webhooks = (await webhooksFor(consumers, setting.secret)).filter(
    ({ type }) => consumers === 1 || type.startsWith('pull_request.'),
  );
  const different = await requestsOf(webhooks);
  const requests = Array.from({ length: requestsOfRound }, (_, index) => different[index % different.length]);
  const plan = functionNamed(setting, 'receiver');
  // The archive's queue is one more that both send to.
  const queueUrls = [...consumersOfAll(webhooks), archiveQueue].map(
    (name) => `${plan.environment.QUEUE_URL_PREFIX}${name}`,
  );
  const environment = { SECRET: setting.secret, QUEUE_URLS: queueUrls.join(',') };
  const bareDirectory = await bareBundle('bare-receiver.ts');
  const ours = new MeasuredFunction(plan, setting);
  const bare = new MeasuredFunction({ ...plan, directory: bareDirectory, environment }, setting);
  const costIn = async (measured: MeasuredFunction): Promise<number> => {
    const cost = await measured.costOfEach(requests);
    await setting.emptyQueues();
    return cost;
  };
  try {
    return await compared(
      () => costIn(ours),
      () => costIn(bare),
      { warmUp: 10, rounds: 25 },
    );
  } finally {
    await Promise.all([ours.stop(), bare.stop()]);
  }
}
