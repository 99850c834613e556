import { type KeyObject, X509Certificate } from 'node:crypto';
import { RefusedError } from '../../core/errors.ts';

/** Whose certificates these are, and how they are had. */
export interface CertificateStoreOptions {
  /** Whether the platform keeps certificates there. It is asked about plain https URLs only: no port, user, query. */
  readonly keepsAt: (url: URL) => boolean;
  /** Whether a certificate is the platform's. */
  readonly isOf: (certificate: X509Certificate) => boolean;
  readonly fetch?: typeof globalThis.fetch;
  /** Milliseconds for the whole of a download. @default 1500 */
  readonly waitMs?: number;
}

/**
 * The RSA public key of a platform's certificate, by the URL that a request itself names.
 *
 * @param now milliseconds since 1970
 * @throws RefusedError 401 where nothing that counts is to be had there, 503 where it cannot be fetched just now
 */
export type CertificateStore = (url: string, now: number) => Promise<KeyObject>;

interface Kept {
  readonly key: KeyObject;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
}

interface Failed {
  readonly refusal: RefusedError;
  readonly until: number;
}

const keptMs = 24 * 3_600_000;
const failedMs = 60_000;
/** Anybody can name URLs: so many failures at a time, and we stop asking. */
const mostFailures = 10;
const mostKept = 50;
const mostBytes = 32_768;

/** Downloads certificates of one platform, seldom: each is kept for a day, and a failure for a minute. */
export function certificateStore(options: CertificateStoreOptions): CertificateStore {
  const { fetch = globalThis.fetch, waitMs = 1_500 } = options;
  const kept = new Map<string, Kept>();
  const failed = new Map<string, Failed>();
  const underWay = new Map<string, Promise<Kept>>();

  async function download(href: string, now: number): Promise<Kept> {
    try {
      const certificate = await certificateAt(href, now, options.isOf, { fetch, waitMs });
      const found = {
        key: certificate.publicKey,
        from: certificate.validFromDate.getTime(),
        until: Math.min(certificate.validToDate.getTime(), now + keptMs),
      };
      const [oldest] = kept.keys();
      if (kept.size >= mostKept && oldest !== undefined) kept.delete(oldest);
      kept.set(href, found);
      return found;
    } catch (cause) {
      const refusal = cause instanceof RefusedError ? cause : unavailable(nameOf(cause));
      failed.set(href, { refusal, until: now + failedMs });
      throw refusal;
    } finally {
      underWay.delete(href);
    }
  }

  return async (text, now) => {
    const url = plainUrlOf(text);
    if (!url || !options.keepsAt(url)) throw new RefusedError(401, 'certificate-url');
    const { href } = url;
    const known = kept.get(href);
    if (known && known.from <= now && now <= known.until) return known.key;
    for (const [at, { until }] of failed) if (until <= now) failed.delete(at);
    const failure = failed.get(href);
    if (failure) throw failure.refusal;
    let downloading = underWay.get(href);
    if (!downloading) {
      if (failed.size + underWay.size >= mostFailures) throw unavailable('too many downloads failed');
      downloading = download(href, now);
      underWay.set(href, downloading);
    }
    return (await downloading).key;
  };
}

/** What a certificate calls its owner; `undefined` where that is nothing, or several things. */
export function commonNameOf({ subject }: X509Certificate): string | undefined {
  const names = (subject ?? '').split('\n').filter((part) => part.startsWith('CN='));
  return names.length === 1 ? names[0]?.slice('CN='.length) : undefined;
}

function plainUrlOf(text: string): URL | undefined {
  if (text.length > 500) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'https:' && url.href === `https://${url.hostname}${url.pathname}` ? url : undefined;
}

async function certificateAt(
  href: string,
  now: number,
  isOf: CertificateStoreOptions['isOf'],
  { fetch, waitMs }: Required<Pick<CertificateStoreOptions, 'fetch' | 'waitMs'>>,
): Promise<X509Certificate> {
  const response = await fetch(href, { redirect: 'error', signal: AbortSignal.timeout(waitMs) });
  if (!response.ok) {
    await response.body?.cancel();
    if (response.status >= 500 || response.status === 429) throw unavailable(`status ${response.status}`);
    throw new RefusedError(401, 'certificate-missing');
  }
  const [certificate, ...issuers] = certificatesIn(await textOf(response));
  if (!certificate || !isOf(certificate) || certificate.publicKey.asymmetricKeyType !== 'rsa') {
    throw new RefusedError(401, 'certificate-malformed');
  }
  if (now < certificate.validFromDate.getTime() || now > certificate.validToDate.getTime()) {
    throw new RefusedError(401, 'certificate-expired');
  }
  if (!isChain([certificate, ...issuers])) throw new RefusedError(401, 'certificate-malformed');
  return certificate;
}

/** What is sent along must belong together. For the root, TLS to the pinned host vouches. */
function isChain(certificates: readonly X509Certificate[]): boolean {
  return certificates.every((certificate, at) => {
    const issuer = certificates[at + 1];
    return !issuer || (issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey));
  });
}

function certificatesIn(text: string): X509Certificate[] {
  const begin = '-----BEGIN CERTIFICATE-----';
  try {
    return text
      .split(begin)
      .slice(1)
      .map((part) => new X509Certificate(begin + part));
  } catch {
    return [];
  }
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new RefusedError(401, 'certificate-malformed');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('latin1');
}

function unavailable(problem: string): RefusedError {
  return new RefusedError(503, 'certificate-unavailable', { cause: new Error(`no certificate: ${problem}`) });
}

/** A message could quote what was received. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
