import { createHmac } from 'node:crypto';
import { escape as escapeQuery } from 'node:querystring';
import { RefusedError } from '../../core/errors.ts';
import { isSame } from '../schemes/constant-time.ts';
import { keysOf, noUsableSecret } from '../schemes/key.ts';
import { checkTimestamp } from '../schemes/timestamp.ts';
import { signaturesIn, type VerifyAtOnce } from '../schemes/verify.ts';
import type { Headers } from '../webhook.ts';
import type { Provider } from './provider.ts';

const timestampHeader = 'x-contentful-timestamp';
const listHeader = 'x-contentful-signed-headers';
const idHeader = 'x-contentful-idempotency-key';
/** As its SDK has it where nobody says otherwise. */
const toleranceSeconds = 30;

const keys = keysOf(undefined);

/** Method, path, the headers that are listed and the body, each on a line of its own. */
const verify: VerifyAtOnce = ({ method, url, headers, body }, secrets, now) => {
  const signatures = signaturesIn(headers, { header: 'x-contentful-signature', exact: true });
  const names = signedNames(headers);
  checkTimestamp(headers.get(timestampHeader) ?? '', 'ms', toleranceSeconds, now);
  const fields = names.map((name) => `${name}:${(headers.get(name) ?? '').trim()}`);
  const head = `${method}\n${pathOf(url)}\n${fields.join(';')}\n`;
  const id = names.includes(idHeader) ? headers.get(idHeader) : undefined;
  let usable = 0;
  for (const [secret, key] of keys(secrets).entries()) {
    if (!key) continue;
    usable += 1;
    const expected = Buffer.from(createHmac('sha256', key).update(head).update(body).digest('hex'));
    if (signatures.some((signature) => isSame(signature, expected))) return { secret, ...(id ? { id } : {}) };
  }
  if (usable === 0) throw noUsableSecret('a secret must be a text that is not blank');
  throw new RefusedError(401, 'signature-mismatch');
};

/**
 * Contentful, with request verification. Which headers are signed stands in a header that is signed itself; the URL's
 * path is signed as the platform was given it. Where the idempotency key is signed, it is the event's id. Whether it
 * is, and whether what is sent again is signed anew, as the SDK's 30 seconds need it, was not checked.
 *
 * Sources: https://www.contentful.com/developers/docs/webhooks/request-verification/,
 * https://www.contentful.com/developers/docs/webhooks/retry-policy/
 */
export const contentful: Provider = {
  name: 'contentful',
  scheme: verify,
  deadlineSeconds: 30,
  retrySpanHours: 24,
  type: { header: 'x-contentful-topic' },
  tenant: { field: 'sys.space.sys.id' },
  deliveryId: { header: idHeader },
  time: { field: 'sys.updatedAt' },
  // A payload of one's own may say less than would tell two events apart.
  identicalDeliveries: true,
};

/** The names of the signed headers in their order, the time and the list itself among them. */
function signedNames(headers: Headers): string[] {
  const names = [...new Set((headers.get(listHeader) ?? '').split(','))].sort();
  if (!names.includes(timestampHeader)) throw new RefusedError(401, 'timestamp-missing');
  if (!names.includes(listHeader)) throw new RefusedError(401, 'signature-malformed');
  return names;
}

/** As its SDK writes it: the query is encoded twice. */
function pathOf(url: string): string {
  const text = url.toWellFormed();
  const [path = '', query = ''] = text.slice(text.indexOf('/', text.indexOf('://') + 3)).split('?');
  return encodeURI(query === '' ? path : `${path}?${escapeQuery(query)}`);
}
