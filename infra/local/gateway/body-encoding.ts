import { isUtf8 } from 'node:buffer';

/** A body as it stands in the event; none at all where the request had none. */
export type EventBody =
  | { readonly isBase64Encoded: false }
  | { readonly body: string; readonly isBase64Encoded: boolean };

const textTypes = new Set(['application/json', 'application/xml', 'application/javascript']);

/**
 * Puts a body into a payload of format 2.0. Nothing but `text/*` and JSON, XML and JavaScript under their own names
 * arrives as text: form-urlencoded, `+json`, `+xml` and untyped bodies come base64. AWS documents that the content
 * type decides, but not how; the list is what others measured, see
 * https://github.com/ministackorg/ministack/pull/766. `Content-Encoding` decides nothing and nothing is decompressed.
 *
 * What AWS does with bytes under a text type that are not UTF-8 (a compressed body, say) is not documented; it may
 * alter them. Here they come base64, so that no byte is ever lost.
 */
export function eventBodyOf(bytes: Buffer, contentType: string | undefined): EventBody {
  if (bytes.length === 0) return { isBase64Encoded: false };
  if (isTextType(contentType) && isUtf8(bytes)) return { body: bytes.toString('utf8'), isBase64Encoded: false };
  return { body: bytes.toString('base64'), isBase64Encoded: true };
}

function isTextType(contentType = ''): boolean {
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return mediaType.startsWith('text/') || textTypes.has(mediaType);
}
