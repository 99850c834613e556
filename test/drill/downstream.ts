import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a downstream does with what it is asked: does it, is down, will never do it, asks to wait an hour, or says nothing. */
export type Mood = 'well' | 'down' | 'refuses' | 'busy' | 'silent';

/** A downstream that is asked about events by their types, and has a mood for each. */
export interface Downstream {
  readonly url: string;
  /** By type. @default all well */
  readonly moods: Map<string, Mood>;
  close(): Promise<void>;
}

const statuses = { well: 204, down: 503, refuses: 422, busy: 429 } as const;

/** Starts one on a free port. */
export async function startDownstream(): Promise<Downstream> {
  const moods = new Map<string, Mood>();
  const server = createServer((request, response) => {
    request.resume();
    const mood = moods.get((request.url ?? '').slice(1)) ?? 'well';
    // Whoever asked hears nothing, until it goes.
    if (mood === 'silent') return;
    response.writeHead(statuses[mood], mood === 'busy' ? { 'retry-after': '3600' } : {}).end();
  });
  // Longer than clients keep an idle connection, so that none is cut that nobody meant to cut.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    moods,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
