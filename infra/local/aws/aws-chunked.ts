import { Buffer } from 'node:buffer';
import { AwsError } from '../service.ts';

/** A body as it was before `aws-chunked` was put around it, and the headers that it then has. */
export interface Unchunked {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Whether a request's body comes in AWS's own chunks, as the SDKs send S3 their streams. */
export function isAwsChunked(headers: Readonly<Record<string, string>>): boolean {
  return codingsOf(headers).includes('aws-chunked') || (headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
}

/**
 * Takes the chunks apart: signatures of chunks are passed over, trailing headers join the others, and of
 * `Content-Encoding` only what belongs to the object stays.
 *
 * @throws AwsError where the chunks are malformed, cut off or not as long as declared.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export function unchunk(headers: Readonly<Record<string, string>>, body: Buffer): Unchunked {
  const chunks: Buffer[] = [];
  let at = 0;
  const line = (): string => {
    const end = body.indexOf('\r\n', at);
    if (end < 0) throw incomplete();
    const text = body.toString('latin1', at, end);
    at = end + 2;
    return text;
  };
  for (;;) {
    const size = /^([\da-f]{1,8})(?:;.*)?$/i.exec(line());
    if (!size?.[1])
      throw new AwsError(400, 'InvalidRequest', 'a chunk of aws-chunked content must begin with its size in hex');
    const length = Number.parseInt(size[1], 16);
    if (length === 0) break;
    chunks.push(body.subarray(at, at + length));
    at += length;
    if (line() !== '') throw incomplete();
  }
  const trailers: Record<string, string> = {};
  const declared = (headers['x-amz-trailer'] ?? '').toLowerCase().split(/\s*,\s*/);
  while (at < body.length) {
    const text = line();
    if (text === '') break;
    const [, name, value] = /^([^:]+):\s*(.*?)\s*$/.exec(text) ?? [];
    if (name === undefined || value === undefined) throw malformedTrailer(text);
    if (name.toLowerCase() === 'x-amz-trailer-signature') continue;
    if (!declared.includes(name.toLowerCase())) throw malformedTrailer(name);
    trailers[name.toLowerCase()] = value;
  }
  const missing = declared.find((name) => name !== '' && trailers[name] === undefined);
  if (missing) throw malformedTrailer(missing);
  const whole = Buffer.concat(chunks);
  const expected = headers['x-amz-decoded-content-length'];
  if (expected !== undefined && Number(expected) !== whole.length) throw incomplete();
  return { headers: { ...withoutChunking(headers), ...trailers }, body: whole };
}

function withoutChunking(headers: Readonly<Record<string, string>>): Record<string, string> {
  const rest: Record<string, string> = { ...headers };
  const codings = codingsOf(headers).filter((coding) => coding !== 'aws-chunked');
  delete rest['content-encoding'];
  if (codings.length > 0) rest['content-encoding'] = codings.join(',');
  return rest;
}

function codingsOf(headers: Readonly<Record<string, string>>): string[] {
  return (headers['content-encoding'] ?? '')
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '');
}

function incomplete(): AwsError {
  return new AwsError(
    400,
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header.',
  );
}

function malformedTrailer(what: string): AwsError {
  return new AwsError(
    400,
    'MalformedTrailerError',
    `The request contained trailing data that was not well-formed or did not conform to our published schema: ${what}`,
  );
}
