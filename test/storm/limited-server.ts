import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { TokenBucket } from '../../infra/local/gateway/token-bucket.ts';
import { systemClock } from '../../infra/local/service.ts';
import type { Call, DownstreamSettings } from './limited-downstream.ts';

/**
 * The downstream's own thread: what it sees is not delayed by whatever else the process does. It has a token bucket of
 * its own, and while it is down every other request is answered 503 and the rest are cut off.
 */
const { answerMs, down, ...limit } = workerData as DownstreamSettings;
const now = (): number => Number(process.hrtime.bigint()) / 1e6;
const bucket = new TokenBucket(limit, { ...systemClock, now });
const calls: Call[] = [];
let begunAt = Number.POSITIVE_INFINITY;

const server = createServer((request, response) => {
  const arrivedAt = now();
  const isDown = arrivedAt >= begunAt + down.fromMs && arrivedAt < begunAt + down.untilMs;
  const fate = isDown ? (calls.length % 2 === 0 ? 503 : 'cut') : bucket.take() ? 204 : 429;
  const { 'idempotency-key': key = '', 'x-started-at': startedAt } = request.headers;
  calls.push({ key: String(key), startedAt: Number(startedAt), arrivedAt, fate });
  request.resume().on('end', () => {
    if (fate === 'cut') request.socket.destroy();
    else if (fate === 204) setTimeout(() => response.writeHead(204).end(), answerMs);
    else response.writeHead(fate, fate === 429 ? { 'retry-after': '1' } : {}).end();
  });
});
// Longer than clients keep an idle connection, so that none is cut that nobody meant to cut.
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port));

parentPort?.on('message', (message: 'begin' | 'calls') => {
  if (message === 'begin') begunAt = now();
  else parentPort?.postMessage(calls);
});
