import { createPublicKey, sign } from 'node:crypto';

export interface CertificateOptions {
  readonly commonName: string;
  /** Of the owner, as PEM. */
  readonly privateKey: string;
  /** Milliseconds since 1970. */
  readonly from: number;
  /** Milliseconds since 1970. */
  readonly until: number;
  /** Default: the owner. */
  readonly issuer?: { readonly commonName: string; readonly privateKey: string };
  /** Whether it may issue others. */
  readonly ca?: boolean;
}

/** An X.509 certificate as PEM, signed by RSA and SHA-256. Source: https://www.rfc-editor.org/rfc/rfc5280#section-4.1 */
export function madeCertificate({
  commonName,
  privateKey,
  from,
  until,
  issuer,
  ca = false,
}: CertificateOptions): string {
  const { commonName: issuerName, privateKey: issuerKey } = issuer ?? { commonName, privateKey };
  const algorithm = sequence(objectId(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b), der(0x05));
  const basicConstraints = der(0x04, sequence(ca ? der(0x01, Buffer.from([0xff])) : Buffer.alloc(0)));
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    algorithm,
    nameOf(issuerName),
    sequence(timeOf(from), timeOf(until)),
    nameOf(commonName),
    createPublicKey(privateKey).export({ format: 'der', type: 'spki' }),
    der(0xa3, sequence(sequence(objectId(0x55, 0x1d, 0x13), basicConstraints))),
  );
  const signature = der(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', content, issuerKey)]));
  const lines =
    sequence(content, algorithm, signature)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function objectId(...bytes: readonly number[]): Buffer {
  return der(0x06, Buffer.from(bytes));
}

function nameOf(commonName: string): Buffer {
  return sequence(der(0x31, sequence(objectId(0x55, 0x04, 0x03), der(0x0c, Buffer.from(commonName)))));
}

function timeOf(at: number): Buffer {
  return der(0x18, Buffer.from(`${new Date(at).toISOString().replace(/\D/g, '').slice(0, 14)}Z`));
}
