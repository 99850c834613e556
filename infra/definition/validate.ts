import { checkAlarms } from './alarms.ts';
import { checkArchive } from './archive.ts';
import { checkConsumers, type Project } from './consumers.ts';
import { checkDomain } from './domain.ts';
import { Field } from './field.ts';
import { checkLedger } from './ledger.ts';
import { checkLimits } from './limits.ts';
import { checkLogs, checkTracing } from './logs.ts';
import { publicUrlExpected, publicUrlPattern } from './public-url.ts';
import { checkSources } from './sources.ts';

/**
 * Everything that is wrong with a definition, one sentence each: where, what was expected, what came. Empty if it is
 * right. Never throws, whatever the definition is.
 */
export function problemsOf(definition: unknown, project: Project): readonly string[] {
  const problems: string[] = [];
  const pipeline = new Field('pipeline', definition, problems);
  if (
    !pipeline.object('an object', [
      'sources',
      'consumers',
      'domain',
      'publicUrl',
      'archive',
      'ledger',
      'alarms',
      'logs',
      'tracing',
      'limits',
    ])
  )
    return problems;
  const sources = checkSources(pipeline.at('sources'));
  checkConsumers(pipeline.at('consumers'), sources, project);
  checkDomain(pipeline.at('domain'));
  if (pipeline.at('publicUrl').given) pipeline.at('publicUrl').text(publicUrlExpected, publicUrlPattern);
  checkArchive(pipeline.at('archive'), sources);
  checkLedger(pipeline.at('ledger'));
  checkAlarms(pipeline.at('alarms'));
  checkLogs(pipeline.at('logs'));
  checkTracing(pipeline.at('tracing'));
  checkLimits(pipeline.at('limits'), pipeline.at('consumers'), pipeline.at('archive'));
  return problems;
}
