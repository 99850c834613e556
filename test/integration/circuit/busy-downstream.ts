import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** A call as the downstream saw it; times in ms since 1970. */
export interface Call {
  readonly begun: number;
  ended: number;
  readonly ok: boolean;
}

/** A downstream that takes its time, and answers 503 while it is down. */
export interface BusyDownstream {
  readonly url: string;
  readonly calls: readonly Call[];
  up: boolean;
  close(): Promise<void>;
}

/** How long it works on each call: long enough for two to meet. */
const workMs = 150;

export async function startBusyDownstream(): Promise<BusyDownstream> {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    request.resume();
    const call: Call = { begun: Date.now(), ended: Number.POSITIVE_INFINITY, ok: downstream.up };
    calls.push(call);
    await wait(workMs);
    call.ended = Date.now();
    response.writeHead(call.ok ? 204 : 503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const downstream: BusyDownstream = {
    url: `http://127.0.0.1:${port}`,
    calls,
    up: false,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return downstream;
}

/** The most calls that were under way at once. */
export function mostAtOnce(calls: readonly Call[]): number {
  const changes = calls.flatMap(({ begun, ended }) => [
    { at: begun, by: 1 },
    { at: ended, by: -1 },
  ]);
  let under = 0;
  let most = 0;
  // What ends in the very moment in which another begins is over.
  for (const { by } of changes.sort((a, b) => a.at - b.at || a.by - b.by)) {
    under += by;
    most = Math.max(most, under);
  }
  return most;
}
