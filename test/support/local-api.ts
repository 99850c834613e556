import { type HttpApi, type HttpApiOptions, startHttpApi } from '../../infra/local/gateway/http-api.ts';
import type { LambdaFunction } from '../../infra/local/lambda/lambda-function.ts';
import { Bundles } from './lambda-bundle.ts';

type Body = NonNullable<RequestInit['body']>;

/** Answers with the event that it got: without a status code the whole object becomes the body. */
export const echo = 'export const handler = async (event) => event;';

/** HTTP APIs with one route, `POST /webhooks/github`, and functions made of source text behind it. */
export class LocalApis {
  readonly bundles = new Bundles();
  readonly #apis: HttpApi[] = [];

  async start(integration: LambdaFunction | string = echo, options: Partial<HttpApiOptions> = {}): Promise<HttpApi> {
    const made = typeof integration === 'string' ? this.bundles.function(integration) : integration;
    const routes = [{ key: 'POST /webhooks/github', function: made }];
    const api = await startHttpApi({ port: 0, apiId: 'api1234567', routes, ...options });
    this.#apis.push(api);
    return api;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#apis.splice(0).map((api) => api.close()));
    await this.bundles.remove();
  }
}

/** Posts to the one route. */
export function post(api: HttpApi, body: Body | undefined, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${api.url}/webhooks/github`, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });
}

/** The event that an echoing function got. */
export async function eventOf(answer: Promise<Response>): Promise<Record<string, unknown>> {
  return (await (await answer).json()) as Record<string, unknown>;
}
