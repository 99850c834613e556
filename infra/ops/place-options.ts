import { stageIn } from './stage-option.ts';

/** Where a command works, as its options say. */
export interface PlaceOptions {
  /** Of the definition, from the project's root. */
  readonly pipelineFile: string;
  readonly stage: string;
  /** `undefined` where it is the runtime on this machine that says so. */
  readonly bucket: string | undefined;
  readonly table: string | undefined;
  /** `undefined` where SQS or the runtime on this machine is asked. */
  readonly queueUrlPrefix: string | undefined;
  /** Port of the runtime on this machine; `undefined` where AWS is meant. */
  readonly localPort: number | undefined;
}

/** The options themselves, as `parseArgs` takes them. */
export const placeFlags = {
  pipeline: { type: 'string' },
  stage: { type: 'string', default: 'dev' },
  bucket: { type: 'string' },
  table: { type: 'string' },
  'queue-url-prefix': { type: 'string' },
  local: { type: 'boolean', default: false },
  port: { type: 'string' },
} as const;

/** What a command's help says of them. */
export const placeUsage = `  --pipeline FILE    another definition than functions/pipeline.ts
  --stage NAME       the stage whose queues are meant (dev)
  --bucket NAME      the archive's bucket; what BUCKET says if not given
  --table NAME       the ledger's table; what LEDGER_TABLE says if not given
  --queue-url-prefix URL  what the queues' URLs begin with; what QUEUE_URL_PREFIX says if not given, or SQS by the stage
  --local            at the runtime on this machine, which says where bucket, table and queues are
  --port NUMBER      where that runtime takes webhooks (3000)`;

/** What `parseArgs` made of them. */
export interface PlaceValues {
  readonly pipeline?: string | undefined;
  readonly stage: string;
  readonly bucket?: string | undefined;
  readonly table?: string | undefined;
  readonly 'queue-url-prefix'?: string | undefined;
  readonly local: boolean;
  readonly port?: string | undefined;
}

/**
 * Reads the options that say where a command works; what is wrong with them goes to the problems.
 *
 * @param withLedger whether it is any good without the ledger's table
 */
export function placesAmong(
  values: PlaceValues,
  { withLedger, env }: { readonly withLedger: boolean; readonly env: Readonly<Record<string, string | undefined>> },
  problems: string[],
): PlaceOptions {
  const { local, port = '3000' } = values;
  if (values.pipeline === '') problems.push('--pipeline must be a path, got nothing');
  if (values.port !== undefined && !local) problems.push('--port must come with --local, got none');
  const number = Number(port);
  const isPort = /^\d{1,5}$/.test(port) && number >= 1 && number <= 65_535;
  if (!isPort) problems.push(`--port must be a whole number from 1 to 65535, got ${port || 'nothing'}`);
  const place = (flag: 'bucket' | 'table' | 'queue-url-prefix', variable: string, what?: string) => {
    // What the environment says is about another place than this machine.
    const value = values[flag] ?? (local ? undefined : env[variable]);
    if (value) return value;
    if (what !== undefined && !local) problems.push(`--${flag} or ${variable} must be ${what}, got nothing`);
    else if (values[flag] === '') problems.push(`--${flag} must not be empty`);
    return undefined;
  };
  return {
    pipelineFile: values.pipeline ?? 'functions/pipeline.ts',
    stage: stageIn(values.stage, problems),
    bucket: place('bucket', 'BUCKET', "the archive's bucket"),
    table: place('table', 'LEDGER_TABLE', withLedger ? "the ledger's table" : undefined),
    queueUrlPrefix: place('queue-url-prefix', 'QUEUE_URL_PREFIX'),
    localPort: local ? number : undefined,
  };
}
