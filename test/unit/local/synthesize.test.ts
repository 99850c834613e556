import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigurationError } from '../../../functions/core/errors.ts';
import { synthesize } from '../../../infra/local/synthesize.ts';

const outdir = () => mkdtempSync(join(tmpdir(), 'cdk-out-'));

test('hands on what platforms are told to send to, and says what the app says of it', async () => {
  await expect(synthesize({ outdir: outdir(), publicUrl: 'example.com' })).rejects.toEqual(
    new ConfigurationError([
      'context `publicUrl` must be a URL such as https://hooks.example.com, without a slash at its end, got "example.com"',
    ]),
  );
});

test('hands on which definition is meant', async () => {
  await expect(synthesize({ outdir: outdir(), pipelineFile: '/nowhere/pipeline.ts' })).rejects.toThrow(
    "the pipeline's file must exist, got /nowhere/pipeline.ts",
  );
});

test('is given up where nobody needs it any more', async () => {
  const stopping = new AbortController();
  const given = synthesize({ outdir: outdir(), signal: stopping.signal });
  stopping.abort();
  await expect(given).rejects.toThrow(/aborted/);
});
