import type { ServiceName } from '../faults.ts';
import { AwsError, type AwsRequest } from '../service.ts';
import { actionOf } from './s3/route.ts';

/** The protocol in which a caller expects its answer, errors included. */
export type Protocol = 'json' | 'query' | 's3';

/** Whom a request is for, and what it asks. */
export interface Addressee {
  readonly service: ServiceName;
  /** Such as `SendMessage` or `PutObject`. */
  readonly action: string;
}

const services: Readonly<Record<string, ServiceName>> = {
  AmazonSQS: 'sqs',
  DynamoDB_20120810: 'dynamodb',
  secretsmanager: 'secretsmanager',
};

const offer = 'this endpoint has SQS, DynamoDB and Secrets Manager in their JSON protocols, and S3';

/** Protocol of a request, told by its headers alone. */
export function protocolOf(request: AwsRequest): Protocol {
  if (request.target !== undefined) return 'json';
  if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') || request.query.has('Action')) {
    return 'query';
  }
  return (signedFor(request) ?? 's3') === 's3' ? 's3' : 'json';
}

/** @throws AwsError naming the service or action that this endpoint does not have. */
export function addresseeOf(request: AwsRequest, protocol: Protocol): Addressee {
  if (protocol === 's3') return { service: 's3', action: actionOf(request) };
  if (protocol === 'query') {
    const action = new URLSearchParams(request.body.toString('utf8')).get('Action') ?? request.query.get('Action');
    throw new AwsError(
      400,
      'InvalidAction',
      `${named(request, action ?? 'unnamed')} came in the query protocol: ${offer}`,
    );
  }
  const [, prefix = '', action = ''] = /^([^.]*)\.(\w+)$/.exec(request.target ?? '') ?? [];
  const service = Object.hasOwn(services, prefix) ? services[prefix] : undefined;
  if (!service) {
    const what = named(request, request.target ?? `${request.method} ${request.path}`);
    throw new AwsError(400, 'UnknownOperationException', `${what} is unknown here: ${offer}`);
  }
  return { service, action };
}

function named(request: AwsRequest, action: string): string {
  const service = signedFor(request);
  return service ? `${service} ${action}` : action;
}

/** The service in the scope of the request's signature; the signature itself is not checked. */
function signedFor(request: AwsRequest): string | undefined {
  const credential =
    /Credential=([^,\s]+)/.exec(request.headers.authorization ?? '')?.[1] ?? request.query.get('X-Amz-Credential');
  return credential?.split('/').at(-2);
}
