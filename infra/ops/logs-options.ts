import { parseArgs } from 'node:util';
import { ConfigurationError, messageOf } from '../../functions/core/errors.ts';
import { type LogLevel, type LogSettings, logLevels } from '../../functions/core/log-settings.ts';
import { nameSyntax } from '../definition/names.ts';

/** Longer is no look but a habit, which belongs into the definition. In hours. */
const mostHours = 24;

export const usage = `npm run logs -- [options]
  Changes for a while what functions write down, without a deployment. Each sees it within two minutes of its work.
  --level NAME       the least that is written: ${logLevels.join(', ')}
  --sample SHARE     lines about events that went well, 0 to 1; warnings and errors are always written
  --for TIME         for so long, such as 90s, 30m or 2h; at most ${mostHours}h (30m)
  --function NAME    of this function alone: receiver, sweeper, archiver, compactor, watcher or a consumer;
                     can be given several times
  --off              back to what the definition says
  --show             what holds now, and nothing else
  --bucket NAME      the bucket; what BUCKET says if not given
  --local            at the runtime on this machine, which says where its bucket is
  --port NUMBER      of that runtime (3000)
  --help             print this
  Exit codes: 0 done, 1 trouble, 2 not understood. What holds is one thing: a second command replaces the first.`;

/** What an operator wants to see in the logs. */
export type LogsOptions = { readonly command: 'help' } | (LogsPlace & LogsCommand);

type LogsCommand = { readonly command: 'show' | 'off' } | { readonly command: 'set'; readonly settings: LogSettings };

/** Where the settings are. */
interface LogsPlace {
  readonly bucket: string | undefined;
  /** Of the runtime on this machine; `undefined` where AWS itself is meant. */
  readonly localPort: number | undefined;
}

/**
 * Reads the command line of `npm run logs`.
 *
 * @param now milliseconds since 1970
 * @throws ConfigurationError naming everything that is wrong with it
 */
export function logsOptions(
  args: readonly string[],
  now: number,
  env: Readonly<Record<string, string | undefined>> = process.env,
): LogsOptions {
  const values = parsed(args);
  if (values.help) return { command: 'help' };
  const problems: string[] = [];
  const bucket = values.bucket ?? (values.local ? undefined : env.BUCKET);
  if (!bucket && (!values.local || bucket === '')) {
    problems.push("--bucket or BUCKET must be the archive's bucket, got nothing");
  }
  const port = values.port ?? '3000';
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    problems.push(`--port must be a whole number from 1 to 65535, got ${port || 'nothing'}`);
  }
  if (values.port !== undefined && !values.local) problems.push('--port must come with --local, got none');
  const place: LogsPlace = { bucket, localPort: values.local ? Number(port) : undefined };
  const command = commandOf(values, now, problems);
  if (problems.length > 0) throw new ConfigurationError([...problems, '`npm run logs -- --help` says more']);
  return { ...place, ...command };
}

type Values = ReturnType<typeof parsed>;

function commandOf(values: Values, now: number, problems: string[]): LogsCommand {
  const asked = (['show', 'off'] as const).filter((name) => values[name]);
  const changes = (['level', 'sample', 'for', 'function'] as const).filter((name) => values[name] !== undefined);
  if (asked.length === 2) problems.push('--show or --off must be given, got both');
  const [command] = asked;
  if (command) {
    for (const name of changes) problems.push(`--${name} must come without --${command}, got both`);
    return { command };
  }
  if (values.level === undefined && values.sample === undefined) {
    problems.push('--level, --sample, --off or --show must be given, got none of them');
  }
  const level = levelIn(values.level, problems);
  const sample = sampleIn(values.sample, problems);
  const until = new Date(now + durationIn(values.for ?? '30m', problems)).toISOString();
  const functions = values.function;
  for (const name of functions ?? []) {
    if (!nameSyntax.pattern.test(name)) {
      problems.push(`--function must be ${nameSyntax.expected}, got ${name || 'nothing'}`);
    }
  }
  return {
    command: 'set',
    settings: {
      v: 1,
      until,
      ...(level === undefined ? {} : { level }),
      ...(sample === undefined ? {} : { sample }),
      ...(functions === undefined ? {} : { functions: [...new Set(functions)] }),
    },
  };
}

function levelIn(text: string | undefined, problems: string[]): LogLevel | undefined {
  const level = logLevels.find((each) => each === text);
  if (text !== undefined && !level)
    problems.push(`--level must be one of ${logLevels.join(', ')}, got ${text || 'nothing'}`);
  return level;
}

function sampleIn(text: string | undefined, problems: string[]): number | undefined {
  if (text === undefined) return undefined;
  const sample = Number(text);
  if (!/^\d(?:\.\d{1,6})?$/.test(text) || sample > 1) {
    problems.push(`--sample must be a number from 0 to 1, got ${text || 'nothing'}`);
  }
  return sample;
}

const unitsMs = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Milliseconds; 0 where it is wrong. */
function durationIn(text: string, problems: string[]): number {
  const [, number, unit] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  const ms = Number(number) * (unitsMs[unit as keyof typeof unitsMs] ?? Number.NaN);
  if (ms > 0 && ms <= mostHours * unitsMs.h) return ms;
  problems.push(`--for must be a time such as 90s, 30m or 2h, at most ${mostHours}h, got ${text || 'nothing'}`);
  return 0;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        level: { type: 'string' },
        sample: { type: 'string' },
        for: { type: 'string' },
        function: { type: 'string', multiple: true },
        off: { type: 'boolean', default: false },
        show: { type: 'boolean', default: false },
        bucket: { type: 'string' },
        local: { type: 'boolean', default: false },
        port: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (cause) {
    const [sentence] = messageOf(cause).split(/\.(?: |$)|\n/);
    throw new ConfigurationError([`${sentence}; \`npm run logs -- --help\` lists the options`], { cause });
  }
}
