/**
 * The AWS endpoint with what an assembly asks for, and no function: `emulator-process.ts <assembly> <source> <secret>`.
 * Answers its URL to `url`, and empties all queues on `empty`. In a process of its own, so that what it costs is
 * nobody else's.
 */
import { startEndpoint } from '../../infra/local/aws/endpoint.ts';
import { Sqs } from '../../infra/local/aws/sqs/sqs.ts';
import { Closers } from '../../infra/local/closers.ts';
import { outputNamed } from '../../infra/local/outputs.ts';
import { provision } from '../../infra/local/provision/provision.ts';
import { planAssembly } from '../../infra/local/runtime.ts';
import { openServices } from '../../infra/local/services.ts';
import { answerParent } from './child.ts';

const [assembly = '', source = '', secret = ''] = process.argv.slice(2);
const { plan, outputs, region } = planAssembly(assembly);
const account = '000000000000';
let url = '';
const sqs = new Sqs({ queueUrlBase: () => `${url}/${account}`, region, account });
const services = await openServices(sqs, { region, account, closers: new Closers(), log: () => {} });
await provision(plan, services);
services.secrets.put(`${outputNamed(outputs, 'SecretPrefix')}${source}`, secret);
const endpoint = await startEndpoint({ port: 0, ...services });
url = endpoint.url;

/** PurgeQueue would do it once a minute. */
async function empty(): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  for (const name of sqs.queueNames()) {
    while (sqs.figures(name).visible > 0) {
      const messages = await sqs.receive(name, { max: 10, waitMs: 0, signal });
      sqs.deleteMessages(
        name,
        messages.map(({ ReceiptHandle }) => ReceiptHandle),
      );
    }
  }
}

answerParent(async (question) => (question === 'url' ? url : empty()));
