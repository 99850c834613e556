// The runtime behind the page.

/** Asks for JSON; `undefined` where it is what was asked for last. */
export function watched() {
  let etag = '';
  /** @param {string} path @returns {Promise<unknown>} */
  return async (path) => {
    const response = await fetch(path, { cache: 'no-cache', signal: AbortSignal.timeout(5_000) });
    if (!response.ok) throw new Error(await problemIn(response));
    const tag = `${path} ${response.headers.get('etag')}`;
    if (tag === etag) return undefined;
    const answer = await response.json();
    etag = tag;
    return answer;
  };
}

/** Asks the runtime to do something. @param {string} path @param {object} order @returns {Promise<Record<string, unknown>>} */
export async function order(path, order) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-nerite': '1' },
    body: JSON.stringify(order),
  });
  if (!response.ok) throw new Error(await problemIn(response));
  return response.json();
}

/** @param {Response} response */
async function problemIn(response) {
  const text = await response.text();
  try {
    return String(JSON.parse(text).error ?? text);
  } catch {
    return text || `status ${response.status}`;
  }
}
