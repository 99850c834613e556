import { AwsError, type AwsRequest } from '../service.ts';

/** The JSON object in a request's body. @throws AwsError SerializationException. */
export function jsonInputOf(request: AwsRequest): Record<string, unknown> {
  try {
    const input: unknown = JSON.parse(request.body.toString('utf8'));
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input as Record<string, unknown>;
  } catch {
    // Answered below, as any other body that is not an object.
  }
  throw new AwsError(400, 'SerializationException', 'the body must be a JSON object');
}
