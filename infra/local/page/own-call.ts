import { messageOf } from '../../../functions/core/errors.ts';
import type { AwsService } from '../service.ts';
import { isObject, type JsonObject } from '../template/json.ts';

/** A call that a service refused. */
export class RefusedCall extends Error {
  override readonly name = 'RefusedCall';
}

/**
 * Calls an emulated service in process: neither do faults that were switched on reach it, nor does it count among the
 * requests that AWS would bill.
 *
 * @param target such as `AmazonSQS.StartMessageMoveTask`
 * @throws RefusedCall with the service's sentence
 */
export async function ownCall(service: AwsService, target: string, input: JsonObject): Promise<JsonObject> {
  const { status, body } = await service
    .handle({
      method: 'POST',
      path: '/',
      query: new URLSearchParams(),
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target },
      body: Buffer.from(JSON.stringify(input)),
      target,
      signal: new AbortController().signal,
    })
    .catch((error: unknown) => {
      throw new RefusedCall(messageOf(error), { cause: error });
    });
  const output: unknown = JSON.parse(String(body || '{}'));
  if (status >= 300) throw new RefusedCall(reasonIn(output, status));
  return isObject(output) ? output : {};
}

function reasonIn(output: unknown, status: number): string {
  const { message, __type } = isObject(output) ? output : {};
  return String(message ?? __type ?? `status ${status}`);
}
