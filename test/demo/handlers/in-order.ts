import { consume } from '../../../functions/consume/consume.ts';
import { effect } from './effect.ts';

/** Does what it should, one event of a type after the other. */
export const handler = consume('in-order', effect);
