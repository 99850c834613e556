import { consume } from '../../../functions/consume/consume.ts';
import { effect } from './effect.ts';

/** Does what it should. */
export const handler = consume('succeeds', effect);
