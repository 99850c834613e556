import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Faults, ServiceName } from '../faults.ts';
import { refusalOf } from '../http/guard.ts';
import type { AwsRequest, AwsResponse, AwsService } from '../service.ts';
import { type Addressee, addresseeOf, type Protocol, protocolOf } from './addressee.ts';
import { isAwsChunked, unchunk } from './aws-chunked.ts';
import { awsErrorOf, errorResponse, faultError } from './error-response.ts';
import { readBody } from './request-body.ts';
import type { RequestCounts } from './request-counts.ts';

export interface AwsEndpoint {
  /** `http://127.0.0.1:<port>`, for the SDK's own `AWS_ENDPOINT_URL`. */
  readonly url: string;
  /** Ends every connection, long polls included, and waits until no service is at work any more. */
  close(): Promise<void>;
}

export interface EndpointOptions {
  /** 0 takes any free port. */
  readonly port: number;
  readonly sqs: AwsService;
  readonly dynamodb: AwsService;
  readonly s3: AwsService;
  readonly secrets: AwsService;
  readonly faults?: Faults;
  /** Counts what reaches a service, or would have but for a fault. */
  readonly counts?: RequestCounts;
  /** Hears of each call that a service, or a fault in its place, answered with an error. */
  readonly refused?: (refused: Refused) => void;
}

/** A call that was answered with an error. */
export interface Refused extends Addressee {
  readonly request: AwsRequest;
  /** AWS's code of the error. */
  readonly code: string;
}

/**
 * One HTTP server on one port of this machine for every emulated service. Signatures are not checked.
 *
 * @throws Error `port 4566 is in use` and the like.
 */
export async function startEndpoint({
  port,
  sqs,
  dynamodb,
  s3,
  secrets,
  faults,
  counts,
  refused,
}: EndpointOptions): Promise<AwsEndpoint> {
  const services: Record<ServiceName, AwsService> = { sqs, dynamodb, s3, secretsmanager: secrets };
  const underWay = new Map<AbortController, Promise<void>>();
  let bound = port;
  const server = createServer((incoming, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const done = answer(incoming, response, bound, { services, faults, counts, refused }, gone.signal)
      .catch(() => void incoming.socket.destroy())
      .finally(() => underWay.delete(gone));
    underWay.set(gone, done);
  });
  // Longer than SDKs keep an idle connection, so that it is never cut just as a request sets out on it.
  server.keepAliveTimeout = 120_000;
  bound = await listen(server, port);
  return {
    url: `http://127.0.0.1:${bound}`,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const gone of underWay.keys()) gone.abort();
      server.closeAllConnections();
      await Promise.all([closed, ...underWay.values()]);
    },
  };
}

interface Behind extends Pick<EndpointOptions, 'faults' | 'counts' | 'refused'> {
  readonly services: Readonly<Record<ServiceName, AwsService>>;
}

async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  port: number,
  { services, faults, counts, refused }: Behind,
  signal: AbortSignal,
): Promise<void> {
  const refusal = refusalOf(incoming, port);
  if (refusal !== undefined) {
    response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(`${refusal}\n`);
    return;
  }
  const requestId = randomUUID();
  let request = requestOf(incoming, signal);
  const protocol = protocolOf(request);
  let addressee: Addressee | undefined;
  const count = (units: number | undefined) => addressee && counts?.add(addressee.service, addressee.action, units);
  let outcome: AwsResponse;
  try {
    request = { ...request, body: await readBody(incoming) };
    if (protocol === 's3' && isAwsChunked(request.headers)) {
      request = { ...request, ...unchunk(request.headers, request.body) };
    }
    addressee = addresseeOf(request, protocol);
    const { service, action } = addressee;
    const fault = faults?.next(service, action, request);
    if (fault === 'hang') {
      count(0);
      return await aborted(signal);
    }
    if (fault === 'fail' || fault === 'throttle') throw faultError(service, action, fault);
    if (fault === 'lose-answer') {
      const { units } = await services[service].handle(request).catch((thrown) => awsErrorOf(thrown, service));
      count(units);
      incoming.socket.destroy();
      return;
    }
    outcome = await services[service].handle(request);
    count(outcome.units);
  } catch (thrown) {
    const error = awsErrorOf(thrown, addressee?.service);
    count(error.units);
    if (addressee) refused?.({ ...addressee, request, code: error.code });
    if (signal.aborted) return;
    outcome = errorResponse(error, request, protocol, requestId, addressee?.service);
    // What is left of a body that was refused is not read, so the connection cannot be used again.
    if (!incoming.complete) response.setHeader('connection', 'close');
  }
  send(response, outcome, request, protocol, requestId);
}

/** A request without its body; headers that came several times are joined. */
function requestOf(incoming: IncomingMessage, signal: AbortSignal): AwsRequest {
  const [path = '/', query = ''] = split(incoming.url ?? '/');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const method = incoming.method ?? 'GET';
  const target = headers['x-amz-target'];
  return { method, path, query: new URLSearchParams(query), headers, body: Buffer.alloc(0), target, signal };
}

function split(url: string): [string, string] {
  const at = url.indexOf('?');
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}

function send(
  response: ServerResponse,
  { status, headers = {}, body = '' }: AwsResponse,
  request: AwsRequest,
  protocol: Protocol,
  requestId: string,
): void {
  if (response.destroyed) return;
  response.statusCode = status;
  response.setHeader(protocol === 's3' ? 'x-amz-request-id' : 'x-amzn-requestid', requestId);
  if (protocol === 'json') response.setHeader('content-type', jsonTypeOf(request));
  const bodiless = status === 204 || status === 304;
  if (request.method !== 'HEAD' && !bodiless) response.setHeader('content-length', Buffer.byteLength(body));
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(request.method === 'HEAD' || bodiless ? undefined : body);
}

/** Versions 1.0 and 1.1 of the protocol differ in their content type alone; the answer has the question's. */
function jsonTypeOf(request: AwsRequest): string {
  const type = request.headers['content-type'] ?? '';
  return type.startsWith('application/x-amz-json-1.') ? type : 'application/x-amz-json-1.0';
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Answers the port, which differs from the one that was asked for where that was 0. */
function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(cause.code === 'EADDRINUSE' ? new Error(`port ${port} is in use`, { cause }) : cause);
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
