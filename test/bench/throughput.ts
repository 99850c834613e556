import { eachAtOnce, post, type Webhook } from '../support/webhooks.ts';
import { bareAssembly, bareSource } from './bare-assembly.ts';
import { Child } from './child.ts';
import { type Comparison, compared } from './comparison.ts';
import { webhooksFor } from './requests.ts';
import { type Setting, source } from './setting.ts';

/** Requests under way at once. */
const atOnce = 16;

/**
 * Events a second from the first request until the queue is empty: through our receiver and one consumer, beside
 * functions that do nothing but send and return, in the same runtime.
 */
export async function throughput({ assembly, secret }: Setting): Promise<Comparison> {
  const children = {
    ours: new Child('runtime-process.ts', { args: [assembly, source, secret] }),
    bare: new Child('runtime-process.ts', { args: [await bareAssembly(), bareSource, secret] }),
  };
  try {
    const through = async (child: Child, as: string) => {
      const url = await child.ask<string>('url');
      return async (round: number): Promise<number> => {
        const webhooks = await webhooksFor(1, secret, { round });
        const start = performance.now();
        await eachAtOnce(webhooks, atOnce, (webhook) => accepted(url, { ...webhook, source: as }));
        await child.ask('drained');
        return webhooks.length / ((performance.now() - start) / 1_000);
      };
    };
    const ours = await through(children.ours, source);
    const bare = await through(children.bare, bareSource);
    return await compared(ours, bare, { warmUp: 3, rounds: 9 });
  } finally {
    await Promise.all([children.ours.stop(), children.bare.stop()]);
  }
}

async function accepted(url: string, webhook: Webhook): Promise<void> {
  const { status } = await post(url, webhook);
  if (status !== 200) throw new Error(`a webhook must be accepted, got status ${status}`);
}
