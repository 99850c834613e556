import { consume } from '../../../../functions/consume/consume.ts';
import { testify } from '../../../support/testify.ts';

/** Does its work for each item. */
export const handler = consume('split', testify);
