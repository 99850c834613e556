/** A request's headers: lower-case names, values of headers that came several times joined by commas. */
export type Headers = ReadonlyMap<string, string>;

/** A request as it arrived. */
export interface Request {
  /** @default 'POST' */
  readonly method?: string;
  /** The URL that the platform was given, with this request's query string. From configuration, not from a header. */
  readonly url: string;
  readonly headers: Headers;
  /** The exact bytes. */
  readonly body: Buffer;
}

/**
 * A webhook as it arrived. Its body is parsed when somebody first asks, which must not be before it is verified, and
 * by the bytes alone: the content type is not signed, and must not decide what a signed body says.
 */
export interface Webhook extends Required<Request> {
  /** Not signed, unless the scheme signs the URL. */
  readonly query: URLSearchParams;
  /** The body, or a form's field `payload`, parsed as JSON; `undefined` where that is not JSON. */
  readonly json: unknown;
  /** The body's fields where it is a form, as HTML's forms are encoded. */
  readonly form: URLSearchParams | undefined;
  /** What a handler gets to see as the event's data: JSON, else a form's fields, else the text. */
  readonly data: unknown;
}

interface Content extends Pick<Webhook, 'json' | 'form'> {
  readonly text: string;
}

/** Wraps a request; nothing that it holds makes it throw. */
export function webhookOf({ method = 'POST', url, headers, body }: Request): Webhook {
  let known: Content | undefined;
  const content = (): Content => {
    known ??= contentOf(body.toString('utf8'));
    return known;
  };
  return {
    method,
    url,
    headers,
    body,
    get query() {
      const at = url.indexOf('?');
      return new URLSearchParams(at < 0 ? '' : url.slice(at + 1));
    },
    get json() {
      return content().json;
    },
    get form() {
      return content().form;
    },
    get data() {
      const { json, form, text } = content();
      return json ?? (form ? Object.fromEntries(form) : json === null ? null : text);
    },
  };
}

function contentOf(text: string): Content {
  // No JSON begins like this.
  if (!/^[\w.~%+*[\]-]+=/.test(text)) return { text, json: parsed(text), form: undefined };
  const form = new URLSearchParams(text);
  return { text, json: parsed(form.get('payload') ?? ''), form };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
