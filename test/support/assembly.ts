import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

export interface SynthesizeOptions {
  /** File that exports `pipeline`, from the project's root. @default 'functions/pipeline.ts' */
  readonly pipeline?: string;
  /** @default 'dev' */
  readonly stage?: string;
  /** Further CDK context. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Whether cdk-nag and the CDK's own rules are applied, which takes seconds. @default false */
  readonly validation?: boolean;
}

const root = resolve(import.meta.dirname, '../..');
const cache = join(root, 'node_modules/.cache/nerite');
const dayMs = 86_400_000;
const begun = new Map<string, Promise<string>>();

/**
 * Synthesizes the app as `cdk synth` does, and answers the path of the cloud assembly; only to be read. It is made
 * once for each pipeline and state of the sources, also where test files run in processes of their own.
 *
 * @throws Error with what the app wrote to stderr, if it refuses
 */
export function synthesize(options: SynthesizeOptions = {}): Promise<string> {
  const target = join(cache, keyOf(options));
  const assembly = begun.get(target) ?? madeAt(target, options);
  begun.set(target, assembly);
  return assembly;
}

/** How the app ended that was to synthesize into a directory. */
export async function runApp(
  outdir: string,
  { pipeline, stage, context, validation = false }: SynthesizeOptions,
): Promise<{ readonly code: number; readonly stderr: string }> {
  const given = { ...context, ...(pipeline ? { pipeline } : {}), ...(stage ? { stage } : {}) };
  const env = {
    ...process.env,
    CDK_OUTDIR: outdir,
    CDK_CONTEXT_JSON: JSON.stringify(given),
    ...(validation ? {} : { CDK_VALIDATION: 'false' }),
  };
  try {
    const { stderr } = await promisify(execFile)(process.execPath, ['infra/app.ts'], { cwd: root, env });
    return { code: 0, stderr };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, stderr };
  }
}

async function madeAt(target: string, options: SynthesizeOptions): Promise<string> {
  if (existsSync(target)) return target;
  mkdirSync(cache, { recursive: true });
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    const { mtimeMs = Infinity } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (mtimeMs < Date.now() - dayMs) rmSync(path, { recursive: true, force: true });
  }
  const draft = `${target}-${randomUUID()}`;
  const { code, stderr } = await runApp(draft, options);
  if (code !== 0) {
    rmSync(draft, { recursive: true, force: true });
    throw new Error(`the app must synthesize, got exit code ${code}:\n${stderr}`);
  }
  try {
    renameSync(draft, target);
  } catch (error) {
    // Another process was faster; what it made is the same.
    if (!existsSync(target)) throw error;
    rmSync(draft, { recursive: true, force: true });
  }
  return target;
}

/** Differs with everything that an assembly depends on. */
function keyOf({ pipeline = 'functions/pipeline.ts', stage, context, validation }: SynthesizeOptions): string {
  const sources = globSync(['functions/**/*.ts', 'infra/**/*.ts', 'test/**/*.ts'], { cwd: root });
  const files = [
    ...sources.filter((path) => !path.startsWith('infra/local/')),
    'cdk.json',
    'package-lock.json',
    pipeline,
  ];
  const hash = createHash('sha256').update(JSON.stringify([pipeline, stage, context, validation]));
  for (const path of files.sort()) hash.update(`\0${path}\0`).update(readFileSync(resolve(root, path)));
  return hash.digest('hex').slice(0, 32);
}
