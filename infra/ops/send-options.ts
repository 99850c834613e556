import { parseArgs } from 'node:util';
import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import { publicUrlExpected, publicUrlPattern } from '../definition/public-url.ts';
import { stageIn } from './stage-option.ts';

export const usage = `npm run send -- SOURCE [TYPE] [options]
  SOURCE            a source of the pipeline
  TYPE              an event type of its platform; the usual one if not given
  --list            the types that can be sent, and nothing more
  --to URL          the pipeline's URL (http://127.0.0.1:3000); another than this machine's needs AWS credentials or --secrets
  --public-url URL  what the platform was told to send to, if that is another URL: some sign it
  --count NUMBER    so many events, one after the other (1)
  --secrets FILE    secrets as \`npm start\` takes them; Secrets Manager is asked if not given
  --pipeline FILE   another definition than functions/pipeline.ts
  --stage NAME      the stage whose secrets are asked for (dev)
  --aws-port NUMBER of the AWS endpoint on this machine (4566)
  --help            print this`;

/** What is to be sent, and where. */
export interface SendOptions {
  readonly help: boolean;
  readonly list: boolean;
  readonly source: string;
  readonly type: string | undefined;
  /** Without a slash at its end. */
  readonly to: string;
  readonly publicUrl: string;
  readonly count: number;
  readonly secretsFile: string | undefined;
  readonly pipelineFile: string;
  readonly stage: string;
  /** The AWS endpoint of this machine; `undefined` where AWS itself is meant. */
  readonly endpoint: string | undefined;
}

const here = 'http://127.0.0.1:3000';

/**
 * Reads the command line of `npm run send`.
 *
 * @throws ConfigurationError naming everything that is wrong with it
 */
export function sendOptions(args: readonly string[]): SendOptions {
  const { values, positionals } = parsed(args);
  const problems: string[] = [];
  const url = (flag: 'to' | 'public-url'): string | undefined => {
    const text = values[flag]?.replace(/\/$/, '');
    if (text !== undefined && !publicUrlPattern.test(text)) {
      problems.push(`--${flag} must be ${publicUrlExpected}, got ${text || 'nothing'}`);
    }
    return text;
  };
  const path = (flag: 'secrets' | 'pipeline'): string | undefined => {
    if (values[flag] === '') problems.push(`--${flag} must be a path, got nothing`);
    return values[flag];
  };
  const to = url('to') ?? here;
  const [source = '', type, ...more] = positionals;
  if (!values.help && (source === '' || more.length > 0)) {
    problems.push(`a source must be named, and at most one type, got ${positionals.join(' ') || 'nothing'}`);
  }
  const whole = (flag: 'count' | 'aws-port', fallback: string, least: number, most: number): number => {
    const text = values[flag] ?? fallback;
    if (/^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
    problems.push(`--${flag} must be a whole number from ${least} to ${most}, got ${text || 'nothing'}`);
    return least;
  };
  const port = whole('aws-port', '4566', 1, 65_535);
  const options: SendOptions = {
    help: values.help,
    list: values.list,
    source,
    type,
    to,
    publicUrl: url('public-url') ?? to,
    count: whole('count', '1', 1, 100_000),
    secretsFile: path('secrets'),
    pipelineFile: path('pipeline') ?? 'functions/pipeline.ts',
    stage: stageIn(values.stage ?? 'dev', problems),
    endpoint: /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?:[:/]|$)/.test(to)
      ? `http://127.0.0.1:${port}`
      : undefined,
  };
  if (problems.length > 0) throw new ConfigurationError([...problems, '`npm run send -- --help` says more']);
  return options;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        list: { type: 'boolean', default: false },
        to: { type: 'string' },
        'public-url': { type: 'string' },
        count: { type: 'string' },
        secrets: { type: 'string' },
        pipeline: { type: 'string' },
        stage: { type: 'string' },
        'aws-port': { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    const [sentence] = messageOf(cause).split(/\.(?: |$)|\n/);
    throw new ConfigurationError([`${sentence}; \`npm run send -- --help\` lists the options`], { cause });
  }
}
