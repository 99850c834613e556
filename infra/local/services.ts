import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../functions/core/errors.ts';
import { startDynamoDb } from './aws/dynamodb.ts';
import { S3 } from './aws/s3/s3.ts';
import { Secrets } from './aws/secrets.ts';
import type { Sqs } from './aws/sqs/sqs.ts';
import type { Closers } from './closers.ts';
import type { Services } from './provision/provision.ts';
import { type AwsService, systemClock } from './service.ts';
import { SnapshotFile } from './snapshot-file.ts';

export interface OpenServices extends Services {
  /** Queues and secrets as the AWS endpoint serves them. */
  readonly served: { readonly sqs: AwsService; readonly secrets: AwsService };
  /** Must be called when something has changed other than through the AWS endpoint. */
  readonly changed: () => void;
  /** Everything is provisioned: from here on, what changes is kept. */
  keep(): void;
}

/**
 * Opens the services, with what a data directory holds of them.
 *
 * @throws Error naming what in the directory cannot be opened.
 */
export async function openServices(
  sqs: Sqs,
  {
    region,
    account,
    dataDirectory,
    closers,
    log,
  }: {
    readonly region: string;
    readonly account: string;
    readonly dataDirectory?: string;
    readonly closers: Closers;
    readonly log: (line: string) => void;
  },
): Promise<OpenServices> {
  const secrets = new Secrets({ region, account });
  if (dataDirectory === undefined) {
    const dynamodb = await startDynamoDb({ region });
    closers.add(() => dynamodb.close());
    const services = { sqs, secrets, dynamodb, s3: new S3({}) };
    return { ...services, served: services, changed: () => {}, keep: () => {} };
  }
  makeDirectory(dataDirectory);
  const dynamodb = await startDynamoDb({ directory: join(dataDirectory, 'dynamodb'), region });
  closers.add(() => dynamodb.close());
  const s3 = new S3({ directory: join(dataDirectory, 's3') });
  const files = {
    sqs: new SnapshotFile(join(dataDirectory, 'sqs.json'), () => sqs.snapshot(), { clock: systemClock, log }),
    secrets: new SnapshotFile(join(dataDirectory, 'secrets.json'), () => secrets.snapshot(), {
      clock: systemClock,
      log,
    }),
  };
  // A start that fails leaves what is there as it is.
  let kept = false;
  closers.add(() => {
    if (kept) for (const file of Object.values(files)) file.write();
  });
  files.sqs.restore((snapshot) => sqs.restore(snapshot));
  files.secrets.restore((snapshot) => secrets.restore(snapshot));
  return {
    sqs,
    secrets,
    dynamodb,
    s3,
    served: { sqs: noticing(sqs, files.sqs), secrets: noticing(secrets, files.secrets) },
    changed: () => files.sqs.changed(),
    keep: () => {
      kept = true;
      for (const file of Object.values(files)) file.changed();
    },
  };
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw new Error(`${path} must be a directory that can be written to: ${messageOf(cause)}`, { cause });
  }
}

/** Each call may change something: a receive does too. */
function noticing(service: AwsService, file: SnapshotFile): AwsService {
  return {
    handle: async (request) => {
      try {
        return await service.handle(request);
      } finally {
        file.changed();
      }
    },
  };
}
