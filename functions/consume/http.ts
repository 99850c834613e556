import { messageOf, PermanentError, RetryLater, TransientError } from '../core/errors.ts';
import { ambientTrace } from './ambient-trace.ts';
import { longestDeferralMs } from './patience.ts';

/** What a handler throws so that the right thing happens next. */
export type HttpFailure = RetryLater | TransientError | PermanentError;

/** An HTTP response as any client has it. */
export interface HttpAnswer {
  readonly status: number;
  /** A `Headers`, or an object of names and values. */
  readonly headers?: object | undefined;
}

/**
 * `fetch` for handlers: answers the response if its status is below 400, and otherwise throws what says what happens to
 * the event next. Hand `context.signal` on to it, so that it ends with the handler's time. It sends the attempt's
 * `traceparent` unless it is given one.
 *
 * | what came                                        | thrown         | what happens to the event                        |
 * | ------------------------------------------------ | -------------- | ------------------------------------------------ |
 * | 429                                              | RetryLater     | comes back after `Retry-After`, no attempt spent |
 * | 408, 425, 5xx, or another with a `Retry-After`   | TransientError | comes back after `Retry-After`, one attempt spent|
 * | no response: no name, no connection, a cut one   | TransientError | comes back, one attempt spent                    |
 * | another 4xx                                      | PermanentError | is dead-lettered at once                         |
 * | the signal aborted                               | its reason     | as with whatever else a handler throws           |
 *
 * Messages name method, host, path and status: no query, no body, and no part of the path that may be a secret.
 *
 * @throws TypeError where nothing could be sent: the URL is not absolute or carries credentials, a header is malformed
 */
export async function request(url: string | URL, init: RequestInit = {}): Promise<Response> {
  const asked = requestOf(url, init);
  const what = `${asked.method} ${placeOf(new URL(asked.url))}`;
  let response: Response;
  try {
    response = await fetch(asked);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new TransientError(`${what} got no answer: ${troubleOf(error)}`, { cause: error });
  }
  const failure = failureOf(response, what);
  if (!failure) return response;
  // A body that nobody reads would keep its connection.
  await response.body?.cancel().catch(() => undefined);
  throw failure;
}

/**
 * What a response means for the event, by the table of {@link request}, for handlers that use another client;
 * `undefined` where it is no failure.
 *
 * `Retry-After` may be seconds or a date; a past date is 0, nonsense counts as none, and 11 h are the most: the event
 * asks again then.
 *
 * @example catch (error) { throw (error.response && failureOf(error.response, 'POST /orders', { cause: error })) ?? error }
 * @param what what answered, as messages shall name it
 */
export function failureOf(
  { status, headers = {} }: HttpAnswer,
  what: string,
  { now = Date.now(), ...options }: ErrorOptions & { readonly now?: number } = {},
): HttpFailure | undefined {
  if (status >= 100 && status < 400) return undefined;
  const message = `${what} answered ${status}`;
  const afterSeconds = retryAfterSeconds(headers, now);
  if (status === 429) {
    return new RetryLater(afterSeconds === undefined ? undefined : { seconds: afterSeconds }, message, options);
  }
  const permanent = status >= 400 && status < 500 && status !== 408 && status !== 425;
  // Whoever says when to come again says that it will pass: GitHub's 403 beyond a rate, a 413 while a disk is full.
  if (permanent && afterSeconds === undefined) return new PermanentError(message, options);
  return new TransientError(message, { ...options, afterSeconds });
}

/** Fetch's own messages quote the URL with its credentials, or the header: they go nowhere. */
function requestOf(url: string | URL, init: RequestInit): Request {
  try {
    const asked = new Request(url, init);
    const trace = ambientTrace();
    if (trace && !asked.headers.has('traceparent')) asked.headers.set('traceparent', trace.traceparent);
    return asked;
  } catch {
    throw new TypeError(
      'request must be given an absolute URL without credentials, and a method, headers and body that fit, got others',
    );
  }
}

/** Parts of a path this long may be secrets: those of chat webhooks are. In characters. */
const secretLength = 20;

function placeOf({ host, pathname }: URL): string {
  return host + pathname.replace(/[^/]+/g, (part) => (part.length < secretLength ? part : '…'));
}

/** Fetch says no more than that it failed; why is in the cause, with a code (`ECONNREFUSED`) as a rule. */
function troubleOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : messageOf(cause);
}

/**
 * Seconds for which a response asks to wait; negative for a date that is past.
 *
 * Source: https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
function retryAfterSeconds(headers: object, now: number): number | undefined {
  const value = headerOf(headers, 'retry-after');
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : (httpDate(value, now) - now) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(longestDeferralMs / 1000, seconds);
}

/** The first value of a header as a text; what is none reads as nonsense. */
function headerOf(headers: object, name: string): string {
  const value: unknown =
    'get' in headers && typeof headers.get === 'function'
      ? headers.get(name)
      : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return String([value].flat()[0]).trim();
}

/** The forms in which HTTP writes a date; `Date.parse` would also make one of `Mon 5` and of `-1`. */
const dateForms = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  /^[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  // Sunday, 06-Nov-94 08:49:37 GMT
  /^[A-Z][a-z]{5,8}, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/,
  // Sun Nov  6 08:49:37 1994
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/,
];

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * An HTTP date in ms since 1970, or NaN.
 *
 * Source: https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats
 */
function httpDate(text: string, now: number): number {
  const found = dateForms.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined);
  if (!found) return Number.NaN;
  const { day = '', month = '', year = '', time = '' } = found;
  const number = String(months.indexOf(month) + 1).padStart(2, '0');
  const date = `${fullYear(year, now)}-${number}-${day.replace(' ', '0')}`;
  // A leap second is one that JavaScript does not know.
  return Date.parse(`${date}T${time.replace(/60$/, '59')}Z`);
}

/** Of two digits, what appears to be more than 50 years ahead is past. */
function fullYear(year: string, now: number): string {
  if (year.length === 4) return year;
  const thisYear = new Date(now).getUTCFullYear();
  const full = Math.floor(thisYear / 100) * 100 + Number(year);
  return String(full > thisYear + 50 ? full - 100 : full);
}
