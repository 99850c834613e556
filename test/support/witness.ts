import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** What a handler saw of an event, in one of its runs. */
export interface Testimony {
  readonly consumer: string;
  readonly id: string;
  readonly type: string;
  readonly idempotencyKey: string;
  readonly attempt: number;
  /** Of the body's bytes, in hex. */
  readonly sha256: string;
}

/** A downstream to which handlers tell what they saw; whatever they tell is an effect. */
export interface Witness {
  readonly url: string;
  /** In the order in which they came, those left out that were turned away. */
  readonly testimonies: readonly Testimony[];
  /** Called with each testimony before it is answered. */
  heard: (testimony: Testimony) => void;
  /** Turns testimonies away, and holds back the answers to others, by what it returns. @default neither */
  reception: (testimony: Testimony) => 'away' | Promise<void> | undefined;
  close(): Promise<void>;
}

/** Starts a witness on a free port. */
export async function startWitness(): Promise<Witness> {
  const testimonies: Testimony[] = [];
  const server = createServer(async (request, response) => {
    const testimony = (await json(request)) as Testimony;
    const reception = witness.reception(testimony);
    if (reception === 'away') {
      response.writeHead(503).end();
      return;
    }
    testimonies.push(testimony);
    witness.heard(testimony);
    await reception;
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const witness: Witness = {
    url: `http://127.0.0.1:${port}`,
    testimonies,
    heard: () => undefined,
    reception: () => undefined,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return witness;
}
