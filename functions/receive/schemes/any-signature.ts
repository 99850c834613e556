import { webhookOf } from '../webhook.ts';
import { type Scheme, type VerifyAtOnce, verifierOf } from './verify.ts';

/** A header that no request can have, since no header's value holds the separator. */
const together = { header: 'any of several', separator: '\n', exact: true } as const;

/**
 * The verifier of a platform that signs once for each of its keys, each signature in a header of its own, of which any
 * may match. What is signed is hashed once for each secret, however many signatures there are.
 *
 * @param names the headers' names, in lower case; not all of them need be there
 */
export function anySignatureIn(names: readonly string[], scheme: Omit<Scheme, 'signature'>): VerifyAtOnce {
  const verify = verifierOf({ ...scheme, signature: together });
  return ({ method, url, headers, body }, secrets, now) => {
    const signatures = names.map((name) => headers.get(name)).filter((value) => value);
    const signed = new Map([...headers, [together.header, signatures.join(together.separator)]]);
    return verify(webhookOf({ method, url, headers: signed, body }), secrets, now);
  };
}
