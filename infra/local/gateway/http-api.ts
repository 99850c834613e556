import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { finished } from 'node:stream/promises';
import { refusalOf } from '../http/guard.ts';
import { type Clock, systemClock } from '../service.ts';
import { answererFor } from './answerer.ts';
import { answerMalformed } from './client-error.ts';
import { gatewayAnswer, type HttpAnswer, internalError, unavailable } from './http-answer.ts';
import { listen } from './listen.ts';
import { requestTargetOf } from './request-target.ts';
import type { RouteOptions } from './routes.ts';

export interface HttpApiOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly routes: readonly RouteOptions[];
  readonly apiId: string;
  /** Name by which a tunnel lets webhooks in, with its port if it has one; what is below `/_local/` it does not. */
  readonly publicHost?: string | undefined;
  /** Sees requests below `/_local/` and answers whether it takes them. */
  readonly extra?: (request: IncomingMessage, response: ServerResponse) => boolean;
  readonly clock?: Clock;
  /** Hears of each request that was answered; those that this machine's guard refused are left out. */
  readonly answered?: (answered: Answered) => void;
}

/** A request that was answered. */
export interface Answered {
  /** Not set where no route fits. */
  readonly routeKey: string | undefined;
  readonly status: number;
  /** From the request's arrival until its answer was written, in milliseconds. */
  readonly latencyMs: number;
}

export interface HttpApi {
  /** Without a slash at its end. */
  readonly url: string;
  /** Takes no new requests, finishes those that have arrived, and closes every connection. */
  close(): Promise<void>;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Resolves when the answer is on its way. */
  readonly done: Promise<void>;
}

/** A client that is slower than these is cut off; a connection that is silent for `timeout` as well. In milliseconds. */
const patience = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 60_000,
};
const silenceMs = 75_000;

/**
 * Serves an API Gateway HTTP API on 127.0.0.1.
 *
 * @throws Error `port 3000 is in use`, or naming a route that cannot be served.
 */
export async function startHttpApi({
  port,
  routes,
  apiId,
  publicHost,
  extra = () => false,
  clock = systemClock,
  answered = () => {},
}: HttpApiOptions): Promise<HttpApi> {
  const answerOf = answererFor({ routes, apiId, clock });
  const keys = new Set(routes.map(({ key }) => key));
  const exchanges = new Set<Exchange>();
  let closing = false;

  async function answer(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): Promise<void> {
    const from = performance.now();
    const requestId = randomBytes(11).toString('base64');
    const inside = request.url?.startsWith('/_local/') === true;
    const refusal = refusalOf(request, listening.port, inside ? undefined : publicHost);
    if (!refusal && !closing && request.url?.startsWith('/_local/') && extra(request, response)) {
      return finished(response);
    }
    let wanted = !awaitsContinue;
    const proceed = () => {
      if (!wanted) response.writeContinue();
      wanted = true;
    };
    const given = await (async () => {
      if (closing) return unavailable;
      return refusal ? gatewayAnswer(403, refusal) : answerOf(request, requestId, proceed);
    })();
    // A body that was never asked for may or may not follow, so the connection is of no further use.
    if (closing || !wanted) response.setHeader('connection', 'close');
    response.setHeader('apigw-requestid', requestId);
    write(response, given);
    if (!refusal) {
      const key = `${request.method} ${requestTargetOf(request.url ?? '/').path}`;
      answered({
        routeKey: keys.has(key) ? key : undefined,
        status: given.status,
        latencyMs: performance.now() - from,
      });
    }
    return finished(response);
  }

  const accept = (awaitsContinue: boolean) => (request: IncomingMessage, response: ServerResponse) => {
    const done = answer(request, response, awaitsContinue)
      // Mostly because the client has gone; then nobody reads this.
      .catch(() => (response.headersSent ? void response.destroy() : write(response, internalError)))
      .finally(() => exchanges.delete(exchange));
    const exchange = { request, response, done };
    exchanges.add(exchange);
  };
  const server = createServer({ ...patience, maxHeaderSize: 32_768 });
  server.timeout = silenceMs;
  server.on('request', accept(false));
  server.on('checkContinue', accept(true));
  server.on('clientError', (error, socket) => {
    const answering = [...exchanges].some(
      ({ request, response }) => request.socket === socket && (request.complete || response.headersSent),
    );
    answerMalformed(error, socket, answering);
  });
  const listening = await listen(server, port);

  return {
    url: `http://127.0.0.1:${listening.port}`,
    async close() {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Whoever has not even sent the whole request by now is not waited for.
      const working = () => [...exchanges].filter(({ request }) => request.complete).map(({ done }) => done);
      for (let left = working(); left.length > 0; left = working()) await Promise.all(left);
      server.closeAllConnections();
      await closed;
    },
  };
}

function write(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  const bare = status === 204 || status === 304;
  response.writeHead(status, { ...headers, ...(bare ? {} : { 'content-length': body.length }) });
  response.end(bare ? undefined : body);
}
