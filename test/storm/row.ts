import { rmSync } from 'node:fs';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import type { RequestSnapshot } from '../../infra/local/aws/request-counts.ts';
import { type Runtime, startRuntime } from '../../infra/local/runtime.ts';
import { synthesize } from '../support/assembly.ts';
import { withEnvironment } from '../support/assembly-environment.ts';
import { eventually } from '../support/eventually.ts';
import { isFinal } from '../support/outcomes.ts';
import { type Call, startLimitedDownstream } from './limited-downstream.ts';
import { photographedSpeed } from './photographer.ts';
import { scenario } from './scenario.ts';
import { sent } from './sender.ts';

/** What the ledger says of an event in the end. Times in milliseconds since 1970. */
export interface Settled {
  readonly status: string;
  readonly attempts: number;
  readonly tenant: string;
  readonly receivedAt: number;
  readonly updatedAt: number;
}

/** Everything that was seen of one storm. */
export interface Seen {
  /** Events that the receiver accepted, by their ids. */
  readonly accepted: ReadonlySet<string>;
  readonly ledger: ReadonlyMap<string, Settled>;
  readonly deadInQueue: number;
  readonly calls: readonly Call[];
  /** AWS requests between the first event and the last. */
  readonly requests: RequestSnapshot;
  readonly invocations: number;
  readonly log: readonly string[];
  /** When the storm began, in milliseconds since 1970. */
  readonly beganAt: number;
}

/** How long the queue may take to empty once everything is sent, in milliseconds. */
const patienceMs = 150_000;

/** How long events may be neither in the queue nor at an end: the sweeper brings spooled ones once a minute. */
const spoolMs = 75_000;

/**
 * Runs the storm once, in a runtime of its own.
 *
 * @param pipeline the definition's file, from the project's root
 * @param watcher told of the runtime's page as the storm begins; what it does is waited for, and alarms are quick for it
 * @throws Error saying how far it came where it does not end in time
 */
export async function storm(pipeline: string, watcher?: (page: string) => Promise<void>): Promise<Seen> {
  const synthesized = await synthesize({ pipeline });
  const downstream = await startLimitedDownstream(scenario.downstream);
  const assembly = withEnvironment(synthesized, { DOWNSTREAM_URL: downstream.url });
  const log: string[] = [];
  const secret = 'storm-shop-secret';
  let runtime: Runtime | undefined;
  try {
    runtime = await startRuntime({
      assembly,
      secrets: { shop: secret },
      metrics: true,
      ...(watcher ? { alarmSpeed: photographedSpeed } : {}),
      log: (line) => log.push(line),
    });
    runtime.requests.reset();
    downstream.begin();
    const beganAt = Date.now();
    const [accepted] = await Promise.all([sent(runtime.url, 'shop', secret), watcher?.(`${runtime.url}/_local/`)]);
    const { requests, ledger } = await settledIn(runtime, accepted);
    const { consumers } = await runtime.state();
    return {
      accepted,
      ledger,
      deadInQueue: consumers.reduce((sum, { dead }) => sum + dead, 0),
      calls: await downstream.calls(),
      requests,
      invocations: runtime.function('orders').figures().invocations,
      log,
      beganAt,
    };
  } finally {
    await runtime?.stop();
    await downstream.close();
    rmSync(assembly, { recursive: true });
  }
}

/** Waits until the queue is empty and every event has come to an end; what has not by then is lost. */
async function settledIn(runtime: Runtime, accepted: ReadonlySet<string>): Promise<Pick<Seen, 'requests' | 'ledger'>> {
  let left = 0;
  let emptySince = Number.POSITIVE_INFINITY;
  return eventually(
    () => `the queue is empty: ${left} messages are left`,
    async () => {
      const { consumers } = await runtime.state();
      left = consumers.reduce((sum, { visible, inFlight, delayed }) => sum + visible + inFlight + delayed, 0);
      if (left > 0) return undefined;
      emptySince = Math.min(emptySince, Date.now());
      const requests = runtime.requests.snapshot();
      const ledger = await ledgerOf(runtime);
      const isOver = [...accepted].every((id) => isFinal(ledger.get(id))) || Date.now() > emptySince + spoolMs;
      return isOver ? { requests, ledger } : undefined;
    },
    patienceMs + spoolMs,
    200,
  );
}

async function ledgerOf({ awsEndpoint, state }: Runtime): Promise<ReadonlyMap<string, Settled>> {
  const client = new DynamoDBClient({
    endpoint: awsEndpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    const { ledgerTable } = await state();
    const settled = new Map<string, Settled>();
    for await (const { Items = [] } of paginateScan({ client }, { TableName: ledgerTable })) {
      for (const { id, status, attempts, tenant, receivedAt, updatedAt } of Items) {
        settled.set(id?.S ?? '', {
          status: status?.S ?? '',
          attempts: Number(attempts?.N),
          tenant: tenant?.S ?? '',
          receivedAt: Date.parse(receivedAt?.S ?? ''),
          updatedAt: Number(updatedAt?.N),
        });
      }
    }
    return settled;
  } finally {
    client.destroy();
  }
}
