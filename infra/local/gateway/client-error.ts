import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { gatewayAnswer, headersTooLarge } from './http-answer.ts';

const badRequest = gatewayAnswer(400, 'Bad Request');
const requestTimeout = gatewayAnswer(408, 'Request Timeout');

const answers = new Map([
  ['HPE_HEADER_OVERFLOW', headersTooLarge],
  ['ERR_HTTP_REQUEST_TIMEOUT', requestTimeout],
]);

/**
 * Answers what is no HTTP request, or none that came in time, and closes the connection.
 *
 * @param answering whether an answer is under way on this connection, of which this one would become a part
 */
export function answerMalformed(error: NodeJS.ErrnoException, socket: Duplex, answering: boolean): void {
  if (answering || !socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const { status, body } = answers.get(error.code ?? '') ?? badRequest;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    'connection: close',
  ];
  socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]));
}
