import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ConfigurationError } from '../../functions/core/errors.ts';

export interface SynthesisOptions {
  /** Where the cloud assembly goes. */
  readonly outdir: string;
  /** Another definition than the project's own; absolute, or from the project's root. */
  readonly pipelineFile?: string;
  /** What platforms are told to send to. Default: what the definition says. */
  readonly publicUrl?: string | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal;
}

/** Absolute path of the project. */
export const projectRoot = join(import.meta.dirname, '../..');

/**
 * Synthesizes the app in a process of its own, as the CDK's command line does, for the runtime to start from.
 *
 * @throws ConfigurationError with the problems that the app names.
 */
export async function synthesize({ outdir, pipelineFile, publicUrl, signal }: SynthesisOptions): Promise<void> {
  const app = spawn(process.execPath, ['--import', './infra/require-node.mjs', 'infra/app.ts'], {
    cwd: projectRoot,
    env: {
      ...process.env,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ pipeline: pipelineFile, publicUrl }),
      // What cdk-nag checks are rules of AWS accounts; `npm run synth` and the tests apply them.
      CDK_VALIDATION: 'false',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(signal ? { signal } : {}),
  });
  let said = '';
  app.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = await new Promise<string | undefined>((resolve) => {
    app.once('error', (error) => resolve(error.message));
    app.once('close', (code, killedBy) => resolve(code === 0 ? undefined : (killedBy ?? `exit code ${code}`)));
  });
  if (ended === undefined) return;
  const problems = said.split('\n').filter((line) => line.trim() !== '' && !isChatter(line));
  throw new ConfigurationError(problems.length > 0 ? problems : [`the app could not be synthesized: ${ended}`]);
}

/** Progress, warnings of npm and stack frames, none of which says what is wrong. */
function isChatter(line: string): boolean {
  return /^Bundling asset |^npm warn |^\s+at |^Node\.js v\d/.test(line);
}
