import { consume } from '../../../../functions/consume/consume.ts';
import { waitIfBlocker } from '../wait-if-blocker.ts';

export const handler = consume('latest', waitIfBlocker);
