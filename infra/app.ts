import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ConfigurationError, messageOf } from '../functions/core/errors.ts';
import { loadPipeline } from './definition/load.ts';
import { checkPublicUrl } from './definition/public-url.ts';
import { checkStage } from './definition/stage.ts';
import { addStacks } from './stacks/stage-stacks.ts';

/**
 * Synthesizes the stacks of one stage. Context `stage` names it, context `pipeline` the file that exports `pipeline`, context
 * `publicUrl` what platforms are told to send to.
 * Started by the CDK's command line, or by itself with CDK_OUTDIR and CDK_CONTEXT_JSON; the templates are the same.
 */
async function synthesize(): Promise<void> {
  const root = dirname(import.meta.dirname);
  const app = new App({
    // What the command line would pass on; without it, the feature flags would differ.
    context: JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')).context,
    outdir: process.env.CDK_OUTDIR ?? join(root, 'cdk.out'),
    // Synthesized below or, after a mistake, not at all.
    autoSynth: false,
    analyticsReporting: false,
  });
  const stage = checkStage(app.node.tryGetContext('stage') ?? 'dev');
  const path = app.node.tryGetContext('pipeline') ?? 'functions/pipeline.ts';
  const { definition, file } = await loadPipeline(String(path), root);
  const publicUrl = checkPublicUrl(app.node.tryGetContext('publicUrl'));
  addStacks(app, { stage, definition, publicUrl, root, pipelineFile: file });
  // The CDK's own switch for its validation, for tests that synthesize often.
  if (process.env.CDK_VALIDATION !== 'false') Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
}

try {
  await synthesize();
} catch (error) {
  // What esbuild has to say of a handler stands above; the CDK's own message adds a command line to it.
  const message = messageOf(error).replace(/, bundle output is located at .*$/s, '');
  const problems = error instanceof ConfigurationError ? error.problems : [message];
  for (const problem of problems) console.error(problem);
  process.exitCode = 1;
}
