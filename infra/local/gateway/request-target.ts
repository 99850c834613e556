/** Where a request goes. */
export interface RequestTarget {
  /** As sent, still percent-encoded. */
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
}

/** The parts of a request line's target, of the usual form (`/path?query`) or the absolute one that proxies use. */
export function requestTargetOf(target: string): RequestTarget {
  const local = target.replace(/^https?:\/\/[^/?#]*/i, '');
  const at = local.indexOf('?');
  const path = at < 0 ? local : local.slice(0, at);
  return { path: path || '/', query: at < 0 ? '' : local.slice(at + 1) };
}
