import { ConfigurationError } from '../../functions/core/errors.ts';
import { queueName } from '../../functions/core/names.ts';
import type { PlaceOptions } from './place-options.ts';
import { reasonOf } from './source-secret.ts';

/** Where archive, ledger and queues are. */
export interface Places {
  readonly bucket: string;
  readonly table: string;
  /** URLs of queues by their names without the stage's prefix; without them, the options say where they are. */
  readonly queueUrls: ReadonlyMap<string, string> | undefined;
  /** The AWS endpoint of this machine; `undefined` where AWS itself is meant. */
  readonly endpoint: string | undefined;
}

/** Of what the runtime on this machine says of itself. */
interface LocalState {
  readonly consumers: readonly { readonly name: string; readonly queueUrl: string }[];
  readonly ledgerTable: string;
  readonly archiveBucket: string;
  readonly awsEndpoint: string;
}

/**
 * What the options name, and for the rest what the runtime on this machine says of itself.
 *
 * @throws Error where nobody answers there
 */
export async function placesOf(options: Omit<PlaceOptions, 'pipelineFile' | 'stage'>): Promise<Places> {
  const { bucket = '', table = '', queueUrlPrefix, localPort } = options;
  if (localPort === undefined) return { bucket, table, queueUrls: undefined, endpoint: undefined };
  const state = await stateAt(`http://127.0.0.1:${localPort}/_local/state`);
  const queueUrls = new Map(
    state.consumers.map(({ name, queueUrl }) => [queueName(name, queueUrl.endsWith('.fifo')), queueUrl]),
  );
  return {
    bucket: bucket || state.archiveBucket,
    table: table || state.ledgerTable,
    queueUrls: queueUrlPrefix === undefined ? queueUrls : undefined,
    endpoint: state.awsEndpoint,
  };
}

async function stateAt(url: string): Promise<LocalState> {
  let response: Response;
  try {
    response = await fetch(url, { redirect: 'error' });
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new Error(`the runtime on this machine must answer ${url}: ${reasonOf(cause)}`, { cause: error });
  }
  const state = response.ok ? ((await response.json()) as Partial<LocalState>) : {};
  const { consumers, ledgerTable, archiveBucket, awsEndpoint } = state;
  if (consumers && ledgerTable && archiveBucket && awsEndpoint) {
    return { consumers, ledgerTable, archiveBucket, awsEndpoint };
  }
  throw new ConfigurationError([`${url} must tell of the runtime's places, got ${response.status} without them`]);
}
