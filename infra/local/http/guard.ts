import type { IncomingMessage } from 'node:http';

const hostNames = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Why a request must be refused because of who asks, or `undefined` where it may pass: a web page, of whatever site, must
 * neither reach this machine by a name that it made point here (DNS rebinding) nor make its visitor's browser send
 * requests here (CSRF). Requests that no browser sends on behalf of a page carry no `Origin` and pass.
 *
 * @param port the port that the server listens on
 * @param publicHost a name that somebody made lead here on purpose, with its port if it has one
 */
export function refusalOf(request: IncomingMessage, port: number, publicHost?: string): string | undefined {
  const own = [...hostNames.flatMap((name) => [name, `${name}:${port}`]), ...(publicHost ? [publicHost] : [])];
  const hosts = valuesOf(request, 'host');
  const host = hosts[0]?.toLowerCase();
  if (hosts.length !== 1 || host === undefined || !own.includes(host)) {
    return `Host must be 127.0.0.1:${port} or localhost:${port}, got ${hosts.length ? JSON.stringify(hosts.join(', ')) : 'none'}`;
  }
  const foreign = valuesOf(request, 'origin').find((origin) => !isOwnOrigin(origin, port));
  if (foreign !== undefined) {
    return `Origin must be this server's own, got ${JSON.stringify(foreign)}`;
  }
  const site = valuesOf(request, 'sec-fetch-site').find((value) => value !== 'same-origin' && value !== 'none');
  if (site !== undefined) {
    return `Sec-Fetch-Site must be same-origin or none, got ${JSON.stringify(site)}`;
  }
  return undefined;
}

function isOwnOrigin(origin: string, port: number): boolean {
  const suffix = port === 80 ? '' : `:${port}`;
  return hostNames.some((name) => origin.toLowerCase() === `http://${name}${suffix}`);
}

/** Node keeps only the first of several such headers; a refusal must see all of them. */
function valuesOf(request: IncomingMessage, name: string): string[] {
  const { rawHeaders } = request;
  const values: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === name) values.push(rawHeaders[at + 1] ?? '');
  }
  return values;
}
