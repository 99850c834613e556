import { parseArgs } from 'node:util';
import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import { publicUrlExpected, publicUrlPattern } from '../definition/public-url.ts';

export const usage = `npm start -- [options]
  --port NUMBER      port of the webhooks (3000)
  --aws-port NUMBER  port of the AWS endpoint (4566)
  --public-url URL   what platforms were told to send to, since some sign it (http://127.0.0.1:PORT)
  --secrets FILE     JSON: source → a secret, a list of them, or an object of what its scheme needs; made up and
                     printed if not given
  --data DIR         keep queues, tables, objects and secrets here; in memory if not given
  --chaos SEED       make things go wrong on purpose, by this number
  --pipeline FILE    another definition than functions/pipeline.ts
  --assembly DIR     start from this cdk.out as it is
  --verbose          print metrics too
  --help             print this`;

export interface StartOptions {
  readonly port: number;
  readonly awsPort: number;
  /** Without a slash at its end. */
  readonly publicUrl?: string;
  readonly secretsFile?: string;
  readonly dataDirectory?: string;
  readonly chaosSeed?: number;
  readonly pipelineFile?: string;
  readonly assembly?: string;
  readonly verbose: boolean;
  readonly help: boolean;
}

/**
 * Reads the command line of `npm start`.
 *
 * @throws ConfigurationError naming each flag that is unknown or has a value that it cannot have.
 */
export function startOptions(args: readonly string[]): StartOptions {
  const { values } = parsed(args);
  const problems: string[] = [];
  const whole = (flag: 'port' | 'aws-port' | 'chaos', most: number): number | undefined => {
    const text = values[flag];
    if (text === undefined) return undefined;
    const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (!(number <= most))
      problems.push(`--${flag} must be a whole number from 0 to ${most}, got ${text || 'nothing'}`);
    return number;
  };
  const path = (flag: 'secrets' | 'data' | 'pipeline' | 'assembly'): string | undefined => {
    if (values[flag] === '') problems.push(`--${flag} must be a path, got nothing`);
    return values[flag];
  };
  const publicUrl = values['public-url']?.replace(/\/$/, '');
  if (publicUrl !== undefined && !publicUrlPattern.test(publicUrl)) {
    problems.push(`--public-url must be ${publicUrlExpected}, got ${publicUrl || 'nothing'}`);
  }
  if (publicUrl !== undefined && values.assembly !== undefined) {
    problems.push('--public-url must not be given with --assembly, whose templates say it already');
  }
  const options: StartOptions = {
    port: whole('port', 65_535) ?? 3000,
    awsPort: whole('aws-port', 65_535) ?? 4566,
    publicUrl,
    secretsFile: path('secrets'),
    dataDirectory: path('data'),
    chaosSeed: whole('chaos', Number.MAX_SAFE_INTEGER),
    pipelineFile: path('pipeline'),
    assembly: path('assembly'),
    verbose: values.verbose,
    help: values.help,
  };
  if (problems.length > 0) throw new ConfigurationError(problems);
  return options;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        'aws-port': { type: 'string' },
        'public-url': { type: 'string' },
        secrets: { type: 'string' },
        data: { type: 'string' },
        chaos: { type: 'string' },
        pipeline: { type: 'string' },
        assembly: { type: 'string' },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    // What follows the first sentence is about positional arguments, of which there are none.
    const [sentence] = messageOf(cause).split(/\.(?: |$)|\n/);
    throw new ConfigurationError([`${sentence}; \`npm start -- --help\` lists the options`], { cause });
  }
}
