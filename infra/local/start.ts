import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { SourceDefinition } from '../../functions/core/definition.ts';
import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import { loadPipeline } from '../definition/load.ts';
import { developmentSecrets } from './development-secrets.ts';
import { outputList } from './outputs.ts';
import { samplesOf } from './page/samples.ts';
import { planAssembly, type Runtime, startRuntime } from './runtime.ts';
import { readSecretsFile, type SourceSecrets, secretString } from './source-secrets.ts';
import { type StartOptions, startOptions, usage } from './start-options.ts';
import type { State } from './state.ts';
import { projectRoot, synthesize } from './synthesize.ts';

const stopping = new AbortController();

/** Starts the pipeline on this machine and serves until SIGINT or SIGTERM. */
async function serve(options: StartOptions): Promise<void> {
  let started: Started;
  try {
    started = await start(options);
  } catch (error) {
    // What was given up half-way may fail in any manner.
    if (stopping.signal.aborted) return;
    throw error;
  }
  const { runtime, secrets } = started;
  try {
    if (stopping.signal.aborted) return;
    introduce(await runtime.state(), secrets, options.secretsFile === undefined);
    if (options.chaosSeed !== undefined) console.log(`things go wrong on purpose, seed ${options.chaosSeed}`);
    console.log(`page ${runtime.url}/_local/`);
    console.log(`ready ${runtime.url}`);
    await new Promise((resolveStop) => stopping.signal.addEventListener('abort', resolveStop));
  } finally {
    await runtime.stop();
  }
}

interface Started {
  readonly runtime: Runtime;
  readonly secrets: SourceSecrets;
}

async function start(options: StartOptions): Promise<Started> {
  const { port, awsPort, dataDirectory, chaosSeed, verbose, secretsFile } = options;
  // What is wrong with the secrets is known at once, not only after the synthesis.
  const given = secretsFile === undefined ? undefined : readSecretsFile(secretsFile);
  const assembly = options.assembly ?? (await synthesized(options));
  const sources = outputList(planAssembly(assembly).outputs, 'Sources');
  const definitions = await definitionsOf(options);
  const secrets = given ?? developmentSecrets(sources, definitions, dataDirectory);
  const log = (line: string) => console.log(line);
  const runtime = await startRuntime({
    assembly,
    port,
    awsPort,
    publicHost: options.publicUrl && new URL(options.publicUrl).host,
    secrets,
    dataDirectory,
    chaosSeed,
    metrics: verbose,
    samples: samplesOf(definitions, options.publicUrl),
    log,
  });
  return { runtime, secrets };
}

/** Each definition and URL has a directory of its own, so that several pipelines can run at once. */
async function synthesized({ pipelineFile, publicUrl, port }: StartOptions): Promise<string> {
  const file = pipelineFile && resolve(pipelineFile);
  // Of a port that is taken by chance nobody knows the number yet.
  const url = publicUrl ?? (port === 0 ? undefined : `http://127.0.0.1:${port}`);
  const digest = createHash('sha256')
    .update(JSON.stringify([file, url]))
    .digest('hex');
  const outdir = join(projectRoot, `.nerite/cdk.out-${digest.slice(0, 8)}`);
  console.log('synthesizing the templates and bundles ...');
  await synthesize({
    outdir,
    ...(file ? { pipelineFile: file } : {}),
    publicUrl: url,
    signal: stopping.signal,
  });
  return outdir;
}

/** How sources sign, so that secrets can be made up that fit, and samples sent; an assembly does not say. */
async function definitionsOf({
  assembly,
  pipelineFile,
}: StartOptions): Promise<Readonly<Record<string, SourceDefinition>>> {
  if (assembly !== undefined) return {};
  return (await loadPipeline(pipelineFile === undefined ? 'functions/pipeline.ts' : resolve(pipelineFile), projectRoot))
    .definition.sources;
}

function introduce({ sources, awsEndpoint, archiveBucket }: State, secrets: SourceSecrets, madeUp: boolean): void {
  for (const { name, url } of sources) {
    console.log(`source ${name}: POST ${url}`);
    const secret = secrets[name];
    if (secret === undefined) console.log('  no secret: it answers 503');
    // Secrets that somebody gave are not ours to show.
    else if (madeUp) console.log(`  development secret: ${secretString(secret)}`);
  }
  console.log(`bucket ${archiveBucket}`);
  console.log(`AWS endpoint ${awsEndpoint}, account 000000000000, any credentials`);
}

function stopOnSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // Asked a second time, there is no waiting for anything.
      if (stopping.signal.aborted) process.exit(1);
      stopping.abort();
    });
  }
  // Whoever read what is printed has gone.
  process.stdout.on('error', () => stopping.abort());
}

async function main(): Promise<void> {
  const options = startOptions(process.argv.slice(2));
  if (options.help) {
    console.log(usage);
    return;
  }
  stopOnSignals();
  await serve(options);
}

try {
  await main();
  // Nothing is left to do; a worker that is slow to end must not keep the process.
  process.exit(0);
} catch (error) {
  const problems = error instanceof ConfigurationError ? error.problems : [messageOf(error)];
  for (const problem of problems) console.error(problem);
  process.exit(1);
}
