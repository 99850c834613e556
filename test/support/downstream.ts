import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A downstream that handlers have effects on: it counts each effect naively, and once by its idempotency key. */
export interface Downstream {
  readonly url: string;
  /** How often each idempotency key came. */
  readonly byKey: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

export async function startDownstream(): Promise<Downstream> {
  const byKey = new Map<string, number>();
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const key = String(request.headers['idempotency-key']);
      byKey.set(key, (byKey.get(key) ?? 0) + 1);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    byKey,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
