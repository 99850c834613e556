import { parseArgs } from 'node:util';
import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import { stageIn } from './stage-option.ts';

/** The receiver takes no longer time for a mistake either. */
const mostMinutes = 15;

export const usage = `npm run arm -- SOURCE [options]
  Lets SOURCE take the secret that its platform delivers when the webhook is made there (Asana, Notion).
  --minutes NUMBER   for so long, at most ${mostMinutes} (${mostMinutes})
  --pipeline FILE    another definition than functions/pipeline.ts
  --stage NAME       the stage (dev)
  --local            at the runtime on this machine, not at AWS
  --aws-port NUMBER  of its AWS endpoint (4566)
  --help             print this`;

export interface ArmOptions {
  readonly help: boolean;
  readonly source: string;
  readonly minutes: number;
  readonly pipelineFile: string;
  readonly stage: string;
  /** The AWS endpoint of this machine; `undefined` where AWS itself is meant. */
  readonly endpoint: string | undefined;
}

/**
 * Reads the command line of `npm run arm`.
 *
 * @throws ConfigurationError naming everything that is wrong with it
 */
export function armOptions(args: readonly string[]): ArmOptions {
  const { values, positionals } = parsed(args);
  const problems: string[] = [];
  const [source = ''] = positionals;
  if (!values.help && (source === '' || positionals.length !== 1)) {
    problems.push(`one source must be named, got ${positionals.join(' ') || 'nothing'}`);
  }
  const minutes = Number(values.minutes);
  if (!/^\d{1,2}$/.test(values.minutes) || minutes < 1 || minutes > mostMinutes) {
    problems.push(`--minutes must be a whole number from 1 to ${mostMinutes}, got ${values.minutes || 'nothing'}`);
  }
  const port = Number(values['aws-port']);
  if (!/^\d{1,5}$/.test(values['aws-port']) || port < 1 || port > 65_535) {
    problems.push(`--aws-port must be a whole number from 1 to 65535, got ${values['aws-port'] || 'nothing'}`);
  }
  if (values.pipeline === '') problems.push('--pipeline must be a path, got nothing');
  stageIn(values.stage, problems);
  if (problems.length > 0) throw new ConfigurationError([...problems, '`npm run arm -- --help` says more']);
  const { help, pipeline: pipelineFile, stage } = values;
  return {
    help,
    source,
    minutes,
    pipelineFile,
    stage,
    endpoint: values.local ? `http://127.0.0.1:${port}` : undefined,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        minutes: { type: 'string', default: String(mostMinutes) },
        pipeline: { type: 'string', default: 'functions/pipeline.ts' },
        stage: { type: 'string', default: 'dev' },
        local: { type: 'boolean', default: false },
        'aws-port': { type: 'string', default: '4566' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    const [sentence] = messageOf(cause).split(/\.(?: |$)|\n/);
    throw new ConfigurationError([`${sentence}; \`npm run arm -- --help\` lists the options`], { cause });
  }
}
