import { plainConsumer } from '../defaults.ts';
import type { Field } from '../field.ts';

/** SQS hides a message for at most 12 h, so that no retry may wait longer than 11. */
export function checkRetry(retry: Field): void {
  const expected = 'an object with attempts, baseSeconds or capSeconds';
  if (!retry.object(expected, ['attempts', 'baseSeconds', 'capSeconds'])) return;
  const [attempts, base, cap] = [retry.at('attempts'), retry.at('baseSeconds'), retry.at('capSeconds')];
  if (attempts.given) attempts.integer(1, 100);
  const baseSeconds = base.given ? base.integer(1, 39_600) : plainConsumer.retry.baseSeconds;
  const capSeconds = cap.given ? cap.integer(1, 39_600) : plainConsumer.retry.capSeconds;
  if (baseSeconds === undefined || capSeconds === undefined || baseSeconds <= capSeconds) return;
  base.refuse(`at most capSeconds (${capSeconds}${cap.given ? '' : ' by default'})`, baseSeconds);
}
