import { AwsError, type AwsResponse } from '../../service.ts';

/** Errors whose HTTP status is not 400, as the service's model says. */
const statuses: Readonly<Record<string, number>> = {
  OverLimit: 403,
  PurgeQueueInProgress: 403,
  ReceiptHandleIsInvalid: 404,
  ResourceNotFoundException: 404,
};

/**
 * Codes that SQS's older query protocol had for an error, which SDKs and batch answers still show.
 * Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
 */
const queryCodes: Readonly<Record<string, string>> = {
  InvalidParameterValueException: 'InvalidParameterValue',
  MissingRequiredParameterException: 'MissingParameter',
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
  ...Object.fromEntries(
    [
      'BatchEntryIdsNotDistinct',
      'BatchRequestTooLong',
      'EmptyBatchRequest',
      'InvalidBatchEntryId',
      'MessageNotInflight',
      'PurgeQueueInProgress',
      'QueueDeletedRecently',
      'TooManyEntriesInBatchRequest',
      'UnsupportedOperation',
    ].map((code) => [code, `AWS.SimpleQueueService.${code}`]),
  ),
};

/** An error by its code in the JSON protocol. */
export function sqsError(code: string, message: string): AwsError {
  return new AwsError(statuses[code] ?? 400, code, message);
}

/** The code that the query protocol had for an error. */
export function queryCodeOf({ code }: AwsError): string {
  return queryCodes[code] ?? code;
}

/** Whether the caller is at fault rather than the service. */
export function isSendersFault({ status }: AwsError): boolean {
  return status < 500;
}

/** An error as the JSON protocol answers it. */
export function errorAnswer(error: AwsError): AwsResponse {
  return {
    status: error.status,
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-query-error': `${queryCodeOf(error)};${isSendersFault(error) ? 'Sender' : 'Receiver'}`,
    },
    body: JSON.stringify({ __type: `com.amazonaws.sqs#${error.code}`, message: error.message }),
  };
}

export function invalidParameter(message: string): AwsError {
  return sqsError('InvalidParameterValueException', message);
}

export function invalidValue(parameter: string, value: unknown, reason: string): AwsError {
  return invalidParameter(`Value ${String(value)} for parameter ${parameter} is invalid. Reason: ${reason}`);
}

export function missingParameter(name: string): AwsError {
  return sqsError('MissingRequiredParameterException', `The request must contain the parameter ${name}.`);
}

export function queueDoesNotExist(): AwsError {
  return sqsError('QueueDoesNotExist', 'The specified queue does not exist.');
}

/** What SQS has and we do not. */
export function unsupported(what: string): AwsError {
  return sqsError('UnsupportedOperation', `${what} is not implemented here`);
}
