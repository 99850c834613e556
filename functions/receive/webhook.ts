/** A request's headers: lower-case names, values of headers that came several times joined by commas. */
export type Headers = ReadonlyMap<string, string>;

/**
 * A webhook as it arrived. Its body is parsed when somebody first asks, which must not be before it is verified, and
 * by the bytes alone: the content type is not signed, and must not decide what a signed body says.
 */
export interface Webhook {
  readonly headers: Headers;
  /** The exact bytes. */
  readonly body: Buffer;
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

/** Wraps headers and bytes; nothing that the bytes hold makes it throw. */
export function webhookOf(headers: Headers, body: Buffer): Webhook {
  let known: Content | undefined;
  const content = (): Content => {
    known ??= contentOf(body.toString('utf8'));
    return known;
  };
  return {
    headers,
    body,
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
