/** An HTTP response, before it is written. */
export interface HttpAnswer {
  readonly status: number;
  /** Lower-case names; a list is that many headers. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

/** What API Gateway says on its own, in its own form. */
export function gatewayAnswer(status: number, message: string): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ message })),
  };
}

export const notFound = gatewayAnswer(404, 'Not Found');
export const tooLarge = gatewayAnswer(413, 'Request Entity Too Large');
export const tooManyRequests = gatewayAnswer(429, 'Too Many Requests');
export const headersTooLarge = gatewayAnswer(431, 'Request Header Fields Too Large');
export const internalError = gatewayAnswer(500, 'Internal Server Error');
export const unavailable = gatewayAnswer(503, 'Service Unavailable');
