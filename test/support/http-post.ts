import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

/** A request as it goes over the wire, byte by byte. */
export interface Post {
  readonly path: string;
  /** A header may be there several times; it is then sent several times. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Several parts travel chunked, without a length beforehand. */
  readonly body: string | Buffer | readonly (string | Buffer)[];
}

export interface Posted {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: string;
  /** Of the event, where it was accepted. */
  readonly id: string;
}

const agent = new Agent({ keepAlive: true });

/** Posts without doing anything to the headers or the body. */
export async function httpPost(url: string, { path, headers = {}, body }: Post): Promise<Posted> {
  const parts = Array.isArray(body) ? (body as readonly (string | Buffer)[]) : undefined;
  const { promise, resolve, reject } = Promise.withResolvers<Posted>();
  const outgoing = request(`${url}${path}`, { method: 'POST', agent, headers: headers as Record<string, string> });
  outgoing.on('error', reject);
  outgoing.on('response', async (incoming) => {
    const answer = await text(incoming);
    const { statusCode: status = 0, headers: answered } = incoming;
    resolve({ status, type: answered['content-type'], body: answer, id: status === 200 ? idIn(answer) : '' });
  });
  if (parts) {
    outgoing.removeHeader('content-length');
    for (const part of parts) outgoing.write(part);
    outgoing.end();
  } else {
    const bytes = Buffer.from(body as string | Buffer);
    outgoing.setHeader('content-length', bytes.length);
    outgoing.end(bytes);
  }
  return promise;
}

function idIn(answer: string): string {
  const [, id = ''] = /^\{"id":"([\w-]{43})"\}$/.exec(answer) ?? [];
  return id;
}
