import { consume } from '../../../../functions/consume/consume.ts';
import { PermanentError } from '../../../../functions/core/errors.ts';

/** Logs as one does who looks for a mistake, and fails with whole payloads in its errors. */
export const handler = consume('careless', (event, { logger, attempt }) => {
  const { data, text, headers } = event;
  logger.debug('payload', { data, headers });
  logger.info(`payload ${text}`);
  logger.info('event', { event });
  logger.warn('as form', { form: new URLSearchParams(flat(data)).toString(), twice: JSON.stringify({ body: text }) });
  const error = new Error(`cannot handle ${text}`, { cause: Object.assign(new TypeError(text), { response: data }) });
  logger.error('failed', { error });
  if (event.type.startsWith('issue')) throw new PermanentError(`not handled: ${text}`, { cause: error });
  if (attempt === 1 && event.type.startsWith('pull_request')) throw error;
});

/** The fields of a payload as one form would have them. */
function flat(value: unknown, into: Record<string, string> = {}): Record<string, string> {
  for (const [name, member] of Object.entries(Object(value))) {
    if (typeof member === 'object') flat(member, into);
    else into[name] = String(member);
  }
  return into;
}
