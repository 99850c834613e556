import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

/** A response as it came over the wire. */
export interface RawResponse {
  readonly status: number;
  /** Lower-case names; several headers of one name stay several. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** A connection to a local server that sends exactly the bytes that a test gives it. */
export function rawConnection(url: string): Socket {
  return connect(Number(new URL(url).port), '127.0.0.1');
}

/** Sends bytes as they are and reads until the server closes the connection, which the request should ask for. */
export async function sendRaw(url: string, ...parts: (string | Uint8Array)[]): Promise<RawResponse> {
  const socket = rawConnection(url);
  for (const part of parts) socket.write(part);
  return parsed(await text(socket));
}

/** The last response in what a connection has received. */
export function parsed(received: string): RawResponse {
  const end = received.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = received.slice(0, end).split('\r\n');
  const status = Number(statusLine.split(' ')[1]);
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status, headers, body: received.slice(end + 4) };
}
