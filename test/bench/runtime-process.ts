/**
 * The embedded runtime with an assembly: `runtime-process.ts <assembly> <source> <secret>`. Answers its URL to
 * `url`, and `undefined` to `drained` once every queue is empty.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { startRuntime } from '../../infra/local/runtime.ts';
import { answerParent } from './child.ts';

const [assembly = '', source = '', secret = ''] = process.argv.slice(2);
const runtime = await startRuntime({ assembly, secrets: { [source]: secret } });
const pollMs = 5;

async function drained(): Promise<void> {
  for (;;) {
    const { consumers } = await runtime.state();
    const dead = consumers.find((consumer) => consumer.dead > 0);
    if (dead) throw new Error(`no event must die, but ${dead.name} has ${dead.dead} dead ones`);
    if (consumers.every(({ visible, inFlight, delayed }) => visible + inFlight + delayed === 0)) return;
    await wait(pollMs);
  }
}

answerParent(async (question) => (question === 'url' ? runtime.url : drained()));
