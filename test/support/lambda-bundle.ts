import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FunctionSpec } from '../../infra/local/lambda/invocation.ts';
import { LambdaFunction, type LambdaOptions } from '../../infra/local/lambda/lambda-function.ts';

/** Makes functions out of source text, and takes everything away again. */
export class Bundles {
  readonly #directories: string[] = [];
  readonly #functions: LambdaFunction[] = [];

  /** A function whose bundle is this `index.mjs`. */
  function(source: string, spec: Partial<FunctionSpec> = {}, options: LambdaOptions = {}): LambdaFunction {
    const directory = mkdtempSync(join(tmpdir(), 'nerite-bundle-'));
    this.#directories.push(directory);
    writeFileSync(join(directory, 'index.mjs'), source);
    const made = new LambdaFunction(
      {
        name: 'nerite-test-orders',
        directory,
        handler: 'index.handler',
        environment: {},
        timeoutMs: 10_000,
        memoryMb: 128,
        region: 'us-east-1',
        ...spec,
      },
      options,
    );
    this.#functions.push(made);
    return made;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#functions.splice(0).map((each) => each.close()));
    for (const directory of this.#directories.splice(0)) rmSync(directory, { recursive: true });
  }
}
