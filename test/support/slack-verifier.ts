import { createRequire } from 'node:module';

interface SlackRequest {
  readonly signingSecret: string;
  readonly body: string;
  readonly headers: { readonly 'x-slack-signature': string; readonly 'x-slack-request-timestamp': number };
  readonly nowMilliseconds: number;
}

/** Bolt keeps its verifier in a file of its own; its entry would start with all of Bolt. */
const { isValidSlackRequest } = createRequire(import.meta.url)('@slack/bolt/dist/receivers/verify-request.js') as {
  isValidSlackRequest(request: SlackRequest): boolean;
};

/** What Slack's own verifier says of a request. */
export function verifySlackRequest(
  signingSecret: string,
  body: string,
  signature: string,
  timestamp: number,
  nowMilliseconds: number,
): boolean {
  return isValidSlackRequest({
    signingSecret,
    body,
    headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp },
    nowMilliseconds,
  });
}
