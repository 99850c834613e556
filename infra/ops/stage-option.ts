import { messageOf } from '../../functions/core/errors.ts';
import { checkStage } from '../definition/stage.ts';

/**
 * The stage that an option names, as it is; what is wrong with it goes to the problems.
 *
 * @param text the value of `--stage`
 */
export function stageIn(text: string, problems: string[]): string {
  try {
    return checkStage(text);
  } catch (error) {
    problems.push(messageOf(error).replace('context `stage`', '--stage'));
    return text;
  }
}
