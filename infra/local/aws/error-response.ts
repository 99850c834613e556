import type { FaultKind, ServiceName } from '../faults.ts';
import { AwsError, type AwsRequest, type AwsResponse } from '../service.ts';
import type { Protocol } from './addressee.ts';
import { queryCodeOf } from './sqs/errors.ts';
import { xmlDocument } from './xml.ts';

/** What a service that speaks JSON puts before an error's code. */
const namespaces: Readonly<Partial<Record<ServiceName, string>>> = {
  sqs: 'com.amazonaws.sqs#',
  dynamodb: 'com.amazonaws.dynamodb.v20120810#',
};

/** An error in the form in which the caller's protocol has it. */
export function errorResponse(
  error: AwsError,
  request: AwsRequest,
  protocol: Protocol,
  requestId: string,
  service?: ServiceName,
): AwsResponse {
  const { status, code, message } = error;
  if (protocol === 'json') {
    const headers: Record<string, string> = { 'x-amzn-errortype': code };
    const type = `${(service && namespaces[service]) ?? ''}${code}`;
    // SDKs still read SQS's older code of an error, from a header.
    if (service === 'sqs') {
      headers['x-amzn-query-error'] = `${queryCodeOf(error)};${status < 500 ? 'Sender' : 'Receiver'}`;
    }
    return { status, headers, body: JSON.stringify({ __type: type, message }) };
  }
  const headers = { ...error.headers, 'content-type': protocol === 's3' ? 'application/xml' : 'text/xml' };
  const body =
    protocol === 's3'
      ? xmlDocument('Error', { Code: code, Message: message, Resource: request.path, RequestId: requestId })
      : xmlDocument('ErrorResponse', {
          Error: { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message },
          RequestId: requestId,
        });
  return { status, headers, body };
}

const throttled: Readonly<Record<ServiceName, readonly [number, string]>> = {
  sqs: [403, 'RequestThrottled'],
  dynamodb: [400, 'ProvisionedThroughputExceededException'],
  s3: [503, 'SlowDown'],
  secretsmanager: [400, 'ThrottlingException'],
};

const failed: Readonly<Record<ServiceName, string>> = {
  sqs: 'InternalFailure',
  dynamodb: 'InternalServerError',
  s3: 'InternalError',
  secretsmanager: 'InternalServiceError',
};

/** The error with which a service answers a call that goes wrong on purpose. */
export function faultError(
  service: ServiceName,
  action: string,
  kind: Extract<FaultKind, 'fail' | 'throttle'>,
): AwsError {
  if (kind === 'fail') return new AwsError(500, failed[service], `${action} fails on purpose`);
  const [status, code] = throttled[service];
  return new AwsError(status, code, `${action} is throttled on purpose`);
}

/** What a caller gets for anything thrown: an AwsError as it is, a defect of ours as the service's internal error. */
export function awsErrorOf(thrown: unknown, service: ServiceName | undefined): AwsError {
  if (thrown instanceof AwsError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new AwsError(500, failed[service ?? 's3'], message);
}
