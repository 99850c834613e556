import { createHash } from 'node:crypto';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';

/** Whole objects of the archive bucket, by key. */
export interface ObjectStore {
  /** Writes an object; the same key written twice holds the later bytes. Encrypted at rest by the bucket's default. */
  put(key: string, bytes: Uint8Array, options: { contentType: string; signal?: AbortSignal }): Promise<void>;
  /** @throws Error with `name` `NoSuchKey` where there is none. */
  get(key: string, options?: { signal?: AbortSignal }): Promise<Buffer>;
}

export interface ObjectStoreOptions {
  /** Lends its region, credentials, connections and hash: another client would be 140 KB more to load. */
  readonly client: {
    readonly config: Pick<SQSClient['config'], 'region' | 'credentials' | 'requestHandler' | 'sha256'>;
  };
  readonly bucket: string;
  /** Where S3 is, unless at AWS. @default what the SDK's own variables say */
  readonly endpoint?: string | undefined;
  /** How long one attempt may take, of two. @default 3000 */
  readonly attemptMs?: number;
}

/** The endpoint that the environment names for S3, as the SDK reads it; `undefined` for AWS's own. */
export function s3Endpoint(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  return env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || undefined;
}

/** Objects of one bucket, without the S3 client. */
export function objectStoreOf(options: ObjectStoreOptions): ObjectStore {
  const call = callerOf(options);
  return {
    async put(key, bytes, { contentType, signal }) {
      await call('PUT', key, { 'content-type': contentType, ...digests(bytes) }, bytes, signal);
    },
    get: (key, { signal } = {}) => call('GET', key, {}, undefined, signal),
  };
}

/**
 * The one hash that the signature needs anyway, a second time as the checksum that S3 keeps, and without which it takes
 * nothing into a bucket with Object Lock.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-put-object
 */
function digests(bytes: Uint8Array): Record<string, string> {
  const hash = createHash('sha256').update(bytes).digest();
  return { 'x-amz-content-sha256': hash.toString('hex'), 'x-amz-checksum-sha256': hash.toString('base64') };
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

function callerOf({ client, bucket, endpoint = s3Endpoint(), attemptMs = 3_000 }: ObjectStoreOptions) {
  const { region, credentials, requestHandler, sha256 } = client.config;
  // S3 is the one service whose paths are not escaped twice.
  const signer = new SignatureV4({ service: 's3', region, credentials, sha256, uriEscapePath: false });

  async function attempt(
    method: string,
    key: string,
    headers: Record<string, string>,
    body: Uint8Array | undefined,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { protocol, hostname, port, host, path } = addressOf(bucket, key, endpoint, await region());
    const length: Record<string, string> = body ? { 'content-length': String(body.length) } : {};
    const request = await signer.sign({
      method,
      protocol,
      hostname,
      ...(port === '' ? {} : { port: Number(port) }),
      path,
      query: {},
      headers: { ...headers, ...length, host },
      body,
    });
    const { response } = await requestHandler.handle(request as never, {
      abortSignal: signal,
      requestTimeout: attemptMs,
    });
    return { status: response.statusCode, body: await bytesOf(response.body, signal) };
  }

  return async (
    method: 'GET' | 'PUT',
    key: string,
    headers: Record<string, string>,
    body: Uint8Array | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Buffer> => {
    for (let left = 1; ; left -= 1) {
      signal?.throwIfAborted();
      const timeout = AbortSignal.timeout(attemptMs);
      const until = signal ? AbortSignal.any([signal, timeout]) : timeout;
      let answer: Answer;
      try {
        answer = await attempt(method, key, headers, body, until);
      } catch (error) {
        if (left === 0 || signal?.aborted) throw error;
        continue;
      }
      if (answer.status >= 200 && answer.status < 300) return answer.body;
      if (left === 0 || (answer.status < 500 && answer.status !== 429)) throw errorOf(method, answer);
    }
  };
}

/** Names with dots have no certificate as hosts, and other endpoints have no hosts for buckets: there, by path. */
function addressOf(bucket: string, key: string, endpoint: string | undefined, region: string) {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const byPath = endpoint !== undefined || bucket.includes('.');
  const base = endpoint ?? (byPath ? `https://s3.${region}.${suffix}` : `https://${bucket}.s3.${region}.${suffix}`);
  const { protocol, hostname, port, host, pathname } = new URL(base);
  const root = `${pathname.replace(/\/$/, '')}${byPath ? `/${bucket}` : ''}`;
  return { protocol, hostname, port, host, path: `${root}/${key.split('/').map(encoded).join('/')}` };
}

/** Percent-encoding as signatures want it. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

async function bytesOf(stream: AsyncIterable<Uint8Array> & { destroy?(): void }, signal: AbortSignal): Promise<Buffer> {
  const cut = (): void => stream.destroy?.();
  signal.addEventListener('abort', cut, { once: true });
  try {
    const parts: Uint8Array[] = [];
    for await (const part of stream) parts.push(part);
    signal.throwIfAborted();
    return Buffer.concat(parts);
  } finally {
    signal.removeEventListener('abort', cut);
  }
}

/** An error named as S3 names it (`NoSuchKey`, `AccessDenied`). */
function errorOf(method: string, { status, body }: Answer): Error {
  const text = body.toString('utf8');
  const [, code = `Status${status}`] = /<Code>(\w+)<\/Code>/.exec(text) ?? [];
  return Object.assign(new Error(`S3 must do ${method} Object, answered ${status} ${code}`), { name: code });
}
